//! The answer to a statement: a value with a stable code, the facts, who must act and whether trying again helps
//! (protocol §4). It refuses to know gRPC; a ruling is never an error of the machine.

mod sentence;

pub use sentence::Sentence;

use crate::{
    figures::{Identity, Papers},
    form::{Reason, words},
    id::{BoardId, BundleId, ContestId, Sid, StationId},
    statement::Kind,
};

/// What becomes of a statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ruling {
    /// Nothing is logged.
    Refused(Refusal),
    /// It stands in the log already, as the entry of that index; nothing is logged again.
    Repeated {
        /// The entry.
        index: u64,
    },
    /// The rules allow it, but more members must sign before it is logged.
    Draft {
        /// Distinct members who have signed.
        signatures: usize,
        /// Members needed.
        threshold: usize,
    },
    /// Logged, and never counts: a batch or withdrawal of a table with every fault named.
    SetAside(Vec<Fault>),
    /// A batch that is logged and live.
    Live {
        /// How its bundle stands with it.
        state: BundleState,
        /// What people should look at; never blocks.
        flags: Vec<Flag>,
    },
    /// Logged, and takes effect.
    Recorded,
}

/// The outcome in one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the variants of `Ruling` say it")]
pub enum Verdict {
    Refused,
    Repeated,
    Draft,
    SetAside,
    Live,
    Recorded,
}
words!(Verdict: "a verdict"; Refused = "refused", Repeated = "repeated", Draft = "draft", SetAside = "set-aside",
    Live = "live", Recorded = "recorded");

/// Who must do something now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Actor {
    /// Nobody: all is well.
    Nobody,
    /// The counting table that sent it.
    Table,
    /// The counting board.
    Board,
    /// The organisers.
    Organisers,
}
words!(Actor: "who must act"; Nobody = "nobody", Table = "table", Board = "board", Organisers = "organisers");

/// How a bundle stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum BundleState {
    /// No live batch.
    Missing,
    /// Fewer equal counts by different tables than the contest asks for.
    Waiting,
    /// In the totals.
    Counted,
    /// Two live batches differ.
    Conflict,
    /// The counts agree with each other but not with `papers`.
    Mismatch,
    /// The board settled it with `-`: expected, not counted.
    GivenUp,
    /// The batch the board had settled on died with a revoked key; only a new `settle` closes it.
    Unsettled,
}
words!(BundleState: "how a bundle stands"; Missing = "missing", Waiting = "waiting", Counted = "counted",
    Conflict = "conflict", Mismatch = "mismatch", GivenUp = "given-up", Unsettled = "unsettled");

impl BundleState {
    /// Whether the contest may be closed with a bundle in this state.
    pub fn lets_close(self) -> bool {
        matches!(self, Self::Counted | Self::GivenUp)
    }
}

/// Something people should look at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Flag {
    /// An equal count beyond those the contest asks for.
    Duplicate,
    /// It differs from another live batch of its bundle.
    Conflict,
    /// The same figures stand under another bundle of the contest.
    Lookalike,
    /// A printed number of its papers stands in another bundle as well.
    Serials,
}
words!(Flag: "a flag"; Duplicate = "F-DUPLICATE", Conflict = "F-CONFLICT", Lookalike = "F-LOOKALIKE",
    Serials = "F-SERIALS");

/// Where a contest is on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Counting, before the first close.
    Counting,
    /// Closed.
    Closed,
    /// Certified.
    Certified,
    /// Announced.
    Announced,
    /// Counting again.
    Reopened,
    /// Void.
    Annulled,
}
words!(Phase: "a phase"; Counting = "counting", Closed = "closed", Certified = "certified", Announced = "announced",
    Reopened = "reopened", Annulled = "annulled");

impl Phase {
    /// Whether batches count.
    pub fn is_open(self) -> bool {
        matches!(self, Self::Counting | Self::Reopened)
    }
}

/// Why nothing is logged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The bytes are no signed note, or no statement; the line and the fault.
    Malformed(String),
    /// The note is larger than its kind may be.
    Oversized {
        /// Its bytes.
        bytes: usize,
        /// The most there may be.
        max: usize,
    },
    /// A signature does not verify.
    BadSignature {
        /// The key it claims.
        name: String,
    },
    /// A signature of a key that this event does not know at this point of its log.
    UnknownKey {
        /// The key.
        name: String,
    },
    /// Signature lines are not ascending by name, a key signs twice, or there are too many.
    SignatureLines(String),
    /// A known key signs what it has no say in.
    NotEntitled {
        /// The key.
        name: String,
        /// What it signed.
        kind: Kind,
    },
    /// The key was revoked.
    Revoked {
        /// The key.
        name: String,
        /// The last statement accepted of a station.
        last_seq: Option<u64>,
    },
    /// The statement is of another election event.
    OtherEvent {
        /// The event it names.
        named: Option<Sid>,
    },
    /// It does not follow the head of its chain.
    WrongHead {
        /// The sid it should have named in `prev`.
        head: Sid,
        /// Statements of the table so far; 0 for desk chains.
        seq: u64,
    },
    /// The log has its manifest already, or the first entry is none.
    ManifestPlace,
    /// A field cannot stand; field and why.
    Field {
        /// The field.
        field: &'static str,
        /// What is wrong with it.
        why: String,
    },
    /// The name of a key is used already, or the key under another name.
    KeyTaken {
        /// The key.
        name: String,
    },
    /// No such key is known, so it cannot be revoked.
    NoSuchKey {
        /// The key.
        name: String,
    },
    /// Log and tally keys cannot be revoked in version 1.
    KeyFixed {
        /// The key.
        name: String,
    },
    /// Fewer organisers than the threshold would be left.
    TooFewOrganisers {
        /// Organisers left.
        left: usize,
        /// The threshold.
        threshold: u64,
    },
    /// No such counting board.
    UnknownBoard(BoardId),
    /// No such contest.
    UnknownContest(ContestId),
    /// No such table.
    UnknownStation(StationId),
    /// The program has no rules of that name and never guesses.
    UnknownProfile(String),
    /// The contest is in the wrong phase.
    Phase {
        /// Its phase.
        phase: Phase,
        /// What it must be.
        must_be: &'static str,
    },
    /// A name on the list belongs to a member of the counting board.
    CandidateOnBoard {
        /// The name.
        name: String,
    },
    /// After the first batch only the base of a contest may change.
    ContestFixed {
        /// The field that changed.
        field: &'static str,
    },
    /// No papers were stated for the contest.
    NoPapers,
    /// The bundles do not add up to the papers collected.
    BundlesCollected {
        /// The sum of the bundles.
        bundles: u64,
        /// Collected.
        collected: u64,
    },
    /// A bundle is smaller than the secrecy of the vote allows.
    BundleTooSmall {
        /// The bundle.
        bundle: BundleId,
        /// Its papers.
        papers: Papers,
        /// The smallest allowed.
        min: u64,
    },
    /// A table is named although several tables count every bundle.
    TableNamed {
        /// The bundle.
        bundle: BundleId,
    },
    /// No such bundle in `papers`.
    UnknownBundle(BundleId),
    /// The batch to settle on is not a live one of that bundle.
    NotLive {
        /// The batch.
        batch: Sid,
    },
    /// The batch to settle on has another number of papers than `papers` says.
    NotThePapers {
        /// Papers of the batch.
        batch: Papers,
        /// What `papers` says.
        papers: Papers,
    },
    /// Bundles keep the contest open.
    OpenBundles {
        /// How many.
        count: usize,
        /// The first of them.
        first: BundleId,
        /// How that one stands.
        state: BundleState,
    },
    /// A check of the reconciliation fails, or a warning was not accepted.
    Check {
        /// Its code, `E-…` or `W-…`.
        code: &'static str,
        /// The figures of it.
        why: String,
    },
    /// Bulletins are the server's own to make.
    NotTheServer,
    /// There is a bulletin of this close already.
    BulletinStands,
    /// A bulletin says something else than the log; the field.
    BulletinDiffers {
        /// The first field that differs.
        field: &'static str,
    },
    /// It does not name the latest closed bulletin.
    NotTheBulletin {
        /// The latest, if there is one.
        latest: Option<Sid>,
    },
    /// It does not name the latest certificate.
    NotTheCertificate {
        /// The latest.
        latest: Sid,
    },
    /// It does not name the minutes it corrects.
    NotTheMinutes {
        /// The latest.
        latest: Option<Sid>,
    },
    /// The result differs from what the rules say, and no deviation is given.
    NotTheOutcome {
        /// The field that differs.
        field: &'static str,
        /// What the rules say.
        rules: String,
    },
    /// More papers came back than were issued: nothing can be certified.
    Blocked,
    /// A key was revoked below its head after the close: reopen first.
    RevokedAfterClose,
}

/// Why a table's statement is set aside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// No such contest.
    UnknownContest,
    /// The contest is not open.
    NotOpen(Phase),
    /// No papers were stated for the contest.
    NoPapers,
    /// No such bundle.
    UnknownBundle,
    /// The bundle belongs to another table.
    OtherTable(StationId),
    /// The marks are of another form of ballot.
    OtherForm,
    /// The list has another number of names.
    OtherList {
        /// Names in the batch.
        batch: usize,
        /// Names of the contest.
        names: usize,
    },
    /// A ground on which no paper of this form is invalid.
    VoidReason(Reason),
    /// The figures do not add up.
    Broken(Identity),
    /// What it takes back is not a live batch of this table in this contest.
    NotLive,
    /// The board has settled on the batch it takes back.
    Settled,
}

impl Ruling {
    /// The outcome in one word.
    pub fn verdict(&self) -> Verdict {
        match self {
            Self::Refused(_) => Verdict::Refused,
            Self::Repeated { .. } => Verdict::Repeated,
            Self::Draft { .. } => Verdict::Draft,
            Self::SetAside(_) => Verdict::SetAside,
            Self::Live { .. } => Verdict::Live,
            Self::Recorded => Verdict::Recorded,
        }
    }

    /// Whether the statement becomes an entry.
    pub fn is_logged(&self) -> bool {
        matches!(self, Self::SetAside(_) | Self::Live { .. } | Self::Recorded)
    }

    /// A stable code; of several faults the first.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Refused(refusal) => refusal.code(),
            Self::Repeated { .. } => "R-REPEATED",
            Self::Draft { .. } => "R-SIGNATURES",
            Self::SetAside(faults) => faults.first().map_or("S-FAULT", |f| f.code()),
            Self::Live { state, .. } => match state {
                BundleState::Missing => "B-MISSING",
                BundleState::Waiting => "B-WAITING",
                BundleState::Counted => "B-COUNTED",
                BundleState::Conflict => "B-CONFLICT",
                BundleState::Mismatch => "B-MISMATCH",
                BundleState::GivenUp => "B-GIVEN-UP",
                BundleState::Unsettled => "B-UNSETTLED",
            },
            Self::Recorded => "OK",
        }
    }

    /// Who must do something now.
    pub fn actor(&self) -> Actor {
        match self {
            Self::Repeated { .. } | Self::Recorded => Actor::Nobody,
            Self::Draft { .. } => Actor::Board,
            Self::SetAside(faults) => match faults.first() {
                Some(Fault::UnknownContest | Fault::NotOpen(_) | Fault::NoPapers | Fault::Settled) => Actor::Board,
                _ => Actor::Table,
            },
            Self::Live { state, .. } => match state {
                BundleState::Counted | BundleState::Waiting | BundleState::Missing => Actor::Nobody,
                BundleState::Conflict | BundleState::Mismatch | BundleState::GivenUp | BundleState::Unsettled => {
                    Actor::Board
                }
            },
            Self::Refused(refusal) => refusal.actor(),
        }
    }

    /// Whether sending the same bytes again later can end otherwise.
    pub fn retry_helps(&self) -> bool {
        matches!(
            self,
            Self::Refused(
                Refusal::UnknownKey { .. }
                    | Refusal::UnknownContest(_)
                    | Refusal::NoPapers
                    | Refusal::OpenBundles { .. }
                    | Refusal::Check { .. }
            )
        )
    }
}

impl Refusal {
    /// A stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Malformed(_) => "R-MALFORMED",
            Self::Oversized { .. } => "R-OVERSIZED",
            Self::BadSignature { .. } => "R-BAD-SIGNATURE",
            Self::UnknownKey { .. } => "R-UNKNOWN-KEY",
            Self::SignatureLines(_) => "R-SIGNATURE-LINES",
            Self::NotEntitled { .. } => "R-NOT-ENTITLED",
            Self::Revoked { .. } => "R-REVOKED",
            Self::OtherEvent { .. } => "R-OTHER-EVENT",
            Self::WrongHead { .. } => "R-WRONG-HEAD",
            Self::ManifestPlace => "R-MANIFEST-PLACE",
            Self::Field { .. } => "R-FIELD",
            Self::KeyTaken { .. } => "R-KEY-TAKEN",
            Self::NoSuchKey { .. } => "R-NO-SUCH-KEY",
            Self::KeyFixed { .. } => "R-KEY-FIXED",
            Self::TooFewOrganisers { .. } => "R-TOO-FEW-ORGANISERS",
            Self::UnknownBoard(_) => "R-UNKNOWN-BOARD",
            Self::UnknownContest(_) => "R-UNKNOWN-CONTEST",
            Self::UnknownStation(_) => "R-UNKNOWN-STATION",
            Self::UnknownProfile(_) => "R-UNKNOWN-PROFILE",
            Self::Phase { .. } => "R-PHASE",
            Self::CandidateOnBoard { .. } => "R-CANDIDATE-ON-BOARD",
            Self::ContestFixed { .. } => "R-CONTEST-FIXED",
            Self::NoPapers => "R-NO-PAPERS",
            Self::BundlesCollected { .. } => "R-BUNDLES-COLLECTED",
            Self::BundleTooSmall { .. } => "R-BUNDLE-TOO-SMALL",
            Self::TableNamed { .. } => "R-TABLE-NAMED",
            Self::UnknownBundle(_) => "R-UNKNOWN-BUNDLE",
            Self::NotLive { .. } => "R-NOT-LIVE",
            Self::NotThePapers { .. } => "R-NOT-THE-PAPERS",
            Self::OpenBundles { .. } => "R-OPEN-BUNDLES",
            Self::Check { code, .. } => code,
            Self::NotTheServer => "R-NOT-THE-SERVER",
            Self::BulletinStands => "R-BULLETIN-STANDS",
            Self::BulletinDiffers { .. } => "R-BULLETIN-DIFFERS",
            Self::NotTheBulletin { .. } => "R-NOT-THE-BULLETIN",
            Self::NotTheCertificate { .. } => "R-NOT-THE-CERTIFICATE",
            Self::NotTheMinutes { .. } => "R-NOT-THE-MINUTES",
            Self::NotTheOutcome { .. } => "R-NOT-THE-OUTCOME",
            Self::Blocked => "R-BLOCKED",
            Self::RevokedAfterClose => "R-REVOKED-AFTER-CLOSE",
        }
    }

    /// The field of the statement that the refusal is about, as `verify` names it.
    pub fn field(&self) -> &str {
        match self {
            Self::Malformed(_) | Self::Oversized { .. } => "text",
            Self::BadSignature { .. }
            | Self::UnknownKey { .. }
            | Self::SignatureLines(_)
            | Self::NotEntitled { .. } => "signatures",
            Self::Revoked { last_seq: Some(_), .. } => "seq",
            Self::Revoked { last_seq: None, .. } | Self::NotTheServer => "signatures",
            Self::OtherEvent { .. } => "election",
            Self::WrongHead { .. } => "prev",
            Self::ManifestPlace => "kind",
            Self::Field { field, .. } | Self::ContestFixed { field } | Self::BulletinDiffers { field } => field,
            Self::KeyTaken { .. } | Self::NoSuchKey { .. } | Self::KeyFixed { .. } | Self::TooFewOrganisers { .. } => {
                "key"
            }
            Self::UnknownBoard(_) => "board",
            Self::UnknownContest(_) | Self::Phase { .. } | Self::NoPapers | Self::Blocked | Self::Check { .. } => {
                "contest"
            }
            Self::RevokedAfterClose | Self::OpenBundles { .. } | Self::BulletinStands => "contest",
            Self::UnknownStation(_) | Self::TableNamed { .. } | Self::BundleTooSmall { .. } => "bundle",
            Self::UnknownBundle(_) => "bundle",
            Self::UnknownProfile(_) => "profile",
            Self::CandidateOnBoard { .. } => "candidate",
            Self::BundlesCollected { .. } => "collected",
            Self::NotLive { .. } | Self::NotThePapers { .. } => "stands",
            Self::NotTheBulletin { .. } => "bulletin",
            Self::NotTheCertificate { .. } => "certify",
            Self::NotTheMinutes { .. } => "replaces",
            Self::NotTheOutcome { field, .. } => field,
        }
    }

    fn actor(&self) -> Actor {
        match self {
            Self::UnknownKey { .. }
            | Self::Revoked { .. }
            | Self::ManifestPlace
            | Self::KeyTaken { .. }
            | Self::NoSuchKey { .. }
            | Self::KeyFixed { .. }
            | Self::TooFewOrganisers { .. } => Actor::Organisers,
            Self::Malformed(_)
            | Self::Oversized { .. }
            | Self::BadSignature { .. }
            | Self::SignatureLines(_)
            | Self::OtherEvent { .. }
            | Self::WrongHead { .. } => Actor::Table,
            _ => Actor::Board,
        }
    }
}

impl Fault {
    /// A stable code.
    pub fn code(self) -> &'static str {
        match self {
            Self::UnknownContest => "S-UNKNOWN-CONTEST",
            Self::NotOpen(_) => "S-NOT-OPEN",
            Self::NoPapers => "S-NO-PAPERS",
            Self::UnknownBundle => "S-UNKNOWN-BUNDLE",
            Self::OtherTable(_) => "S-OTHER-TABLE",
            Self::OtherForm => "S-OTHER-FORM",
            Self::OtherList { .. } => "S-OTHER-LIST",
            Self::VoidReason(_) => "S-VOID-REASON",
            Self::Broken(Identity::BallotsValidInvalid) => "S-IDENTITY-1",
            Self::Broken(Identity::NamesLeftValid) => "S-IDENTITY-2",
            Self::Broken(Identity::VotesNamesLeft) => "S-IDENTITY-3",
            Self::Broken(Identity::VotesValid) => "S-IDENTITY-4",
            Self::Broken(Identity::AgreeDisagreeUnusable) => "S-IDENTITY-5",
            Self::NotLive => "S-NOT-LIVE",
            Self::Settled => "S-SETTLED",
        }
    }
}
