//! Why nothing is logged: each refusal with its facts, a stable code and the field it is about.

use super::{Actor, BundleState, Phase};
use crate::{
    figures::Papers,
    id::{BoardId, BundleId, ContestId, Sid, StationId},
    reconcile::Check,
    statement::Kind,
};

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
    /// No room for one more statement that waits for signatures: of one member, or of the event.
    DraftRoom {
        /// The member whose drafts there are too many of; none: all together.
        name: Option<String>,
        /// Drafts that wait.
        waiting: usize,
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
    /// Checks of the reconciliation fail, or warnings were not accepted: every one of them.
    Checks(Vec<Check>),
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
            Self::DraftRoom { .. } => "R-DRAFT-ROOM",
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
            Self::Checks(failed) => failed.first().map_or("E-CHECK", |check| check.code),
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
            | Self::NotEntitled { .. }
            | Self::DraftRoom { .. } => "signatures",
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
            Self::UnknownContest(_) | Self::Phase { .. } | Self::NoPapers | Self::Blocked | Self::Checks(_) => {
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

    pub(super) fn actor(&self) -> Actor {
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
