//! The arguments of what is signed at the desk: one command for each kind of statement.

use super::{Hall, Hands};
use ::committee::papers::TypedBundle;
use clap::{ArgGroup, Args, Subcommand};
use std::path::PathBuf;
use tally::{BoardId, BundleId, CandidateNo, ContestId, Reason, id::WarningCode, statement::Next, text::Text};

/// What is signed at the desk.
#[derive(Debug, Subcommand)]
#[allow(missing_docs, reason = "the help text of each command is its documentation")]
pub enum DeskCommand {
    /// Record a counting board as the congress elected it (organisers sign)
    #[command(before_help = "Example:\n  kiemphieu committee board b1 --as o1 --as o2")]
    Board(BoardArgs),
    /// Open a contest, or replace it
    #[command(before_help = "Example:\n  kiemphieu committee contest c01 --as k1 --as k2")]
    Contest(ContestFileArgs),
    /// State the papers of a contest and their bundles
    #[command(
        before_help = "Examples:\n  kiemphieu committee papers c01 --file papers.toml --as k1 --as k2\n  kiemphieu committee papers c01 --received 150 --issued 147 --unused 3 --spoiled 0 --bundle b001=50:s01 --bundle b002=97"
    )]
    Papers(PapersArgs),
    /// Record what the board decided about doubtful papers, or accept a warning
    #[command(
        before_help = "Examples:\n  kiemphieu committee decide c01 --papers b003 1 --invalid blank --reason \"all names struck\" --as k1 --as k2\n  kiemphieu committee decide c01 --warning W-OUTLIER --reason \"recounted, the same\""
    )]
    Decide(DecideArgs),
    /// Say which count stands for a bundle, or give the bundle up
    #[command(
        before_help = "Examples:\n  kiemphieu committee settle c01 b003 --stands d79fb6a1 --reason \"recounted before the board\" --as k1 --as k2\n  kiemphieu committee settle c01 b003 --give-up --reason \"the bundle is lost\""
    )]
    Settle(SettleArgs),
    /// Close a contest: nothing counts after
    #[command(before_help = "Example:\n  kiemphieu committee close c01 --as k1 --as k2")]
    Close(OneContestArgs),
    /// Certify the result that the verified log gives
    #[command(
        before_help = "Examples:\n  kiemphieu committee certify c01 --as k1 --as k2\n  kiemphieu committee certify c01 --deviation \"the congress decided …\" --elected 01 --elected 02 --next \"short 1\""
    )]
    Certify(CertifyArgs),
    /// Add what the paper minutes add
    #[command(
        before_help = "Example:\n  kiemphieu committee minutes c01 --present 148 --absent 2 --copies 3 --seal NP-0012 --as k1 --as k2"
    )]
    Minutes(MinutesArgs),
    /// Announce: the head has read the result out, its figures become public
    #[command(before_help = "Example:\n  kiemphieu committee announce c01 --as k1 --as k2")]
    Announce(OneContestArgs),
    /// Reopen a closed contest; its certificate falls
    #[command(
        before_help = "Example:\n  kiemphieu committee reopen c01 --reason \"complaint about bundle b001\" --as k1 --as k2"
    )]
    Reopen(ReasonedArgs),
    /// Annul a contest for good
    #[command(
        before_help = "Example:\n  kiemphieu committee annul c01 --reason \"the ballot was printed with a wrong title\" --as k1 --as k2"
    )]
    Annul(ReasonedArgs),
    /// Let a key in: a spare table, an observer, an organiser, a witness (organisers sign)
    #[command(
        before_help = "Example:\n  kiemphieu committee key s04.key.vkey --title \"Bàn dự phòng\" --as o1 --as o2"
    )]
    Key(KeyArgs),
    /// Revoke a key for good (organisers sign)
    #[command(
        before_help = "Example:\n  kiemphieu committee revoke station/s04 --last-seq 1 --reason \"the laptop went back\" --as o1 --as o2"
    )]
    Revoke(RevokeArgs),
}

/// Declares the arguments of a desk command: its own, then hall and hands.
macro_rules! desk_args {
    ($($(#[$doc:meta])* $name:ident { $($(#[$attr:meta])* $field:ident: $type:ty,)* })*) => {$(
        #[derive(Debug, Args)]
        $(#[$doc])*
        pub struct $name {
            $($(#[$attr])* pub(super) $field: $type,)*
            #[command(flatten)]
            pub(super) hall: Hall,
            #[command(flatten)]
            pub(super) hands: Hands,
        }
    )*};
}

desk_args! {
    /// Arguments of `board`.
    BoardArgs {
        /// The board
        id: BoardId,
        /// The event file it stands in; default: the home's
        #[arg(long, value_name = "FILE")]
        event_toml: Option<PathBuf>,
    }
    /// Arguments of `contest`.
    ContestFileArgs {
        /// The contest
        id: ContestId,
        /// The event file it stands in; default: the home's
        #[arg(long, value_name = "FILE")]
        event_toml: Option<PathBuf>,
    }
    /// Arguments of `papers`.
    PapersArgs {
        /// The contest
        contest: ContestId,
        /// A sheet: received, issued, unused, spoiled, bundles = [{ id, papers, table }]
        #[arg(long, value_name = "FILE", conflicts_with_all = ["received", "issued", "unused", "spoiled", "collected", "bundles"])]
        file: Option<PathBuf>,
        /// Papers the board received
        #[arg(long, value_name = "N", required_unless_present = "file")]
        received: Option<u64>,
        /// Papers issued
        #[arg(long, value_name = "N", required_unless_present = "file")]
        issued: Option<u64>,
        /// Papers never issued
        #[arg(long, value_name = "N", required_unless_present = "file")]
        unused: Option<u64>,
        /// Papers handed back for new ones
        #[arg(long, value_name = "N", required_unless_present = "file")]
        spoiled: Option<u64>,
        /// Papers collected; default: the sum of the bundles
        #[arg(long, value_name = "N")]
        collected: Option<u64>,
        /// A bundle: b001=50 for any table, b001=50:s01 for one
        #[arg(long = "bundle", value_name = "ID=N[:TABLE]", num_args = 1.., required_unless_present = "file")]
        bundles: Vec<TypedBundle>,
    }
    /// Arguments of `decide`.
    #[command(group(ArgGroup::new("about").args(["papers", "warning"]).required(true)))]
    #[command(group(ArgGroup::new("ruling").args(["valid", "invalid"])))]
    DecideArgs {
        /// The contest
        contest: ContestId,
        /// So many papers of a bundle
        #[arg(long, num_args = 2, value_names = ["BUNDLE", "N"], requires = "ruling")]
        papers: Option<Vec<String>>,
        /// They are valid
        #[arg(long, requires = "papers")]
        valid: bool,
        /// They are invalid, on this ground
        #[arg(long, value_name = "GROUND", requires = "papers")]
        invalid: Option<Reason>,
        /// A warning of the program, accepted
        #[arg(long, value_name = "CODE")]
        warning: Option<WarningCode>,
        /// Why
        #[arg(long)]
        reason: Text,
    }
    /// Arguments of `settle`.
    #[command(group(ArgGroup::new("choice").args(["stands", "give_up"]).required(true)))]
    SettleArgs {
        /// The contest
        contest: ContestId,
        /// The bundle
        bundle: BundleId,
        /// The batch that stands: its sid, or at least the first 8 digits
        #[arg(long, value_name = "SID")]
        stands: Option<String>,
        /// Give the bundle up
        #[arg(long)]
        give_up: bool,
        /// Why
        #[arg(long)]
        reason: Text,
    }
    /// Arguments of `close` and `announce`.
    OneContestArgs {
        /// The contest
        contest: ContestId,
    }
    /// Arguments of `reopen` and `annul`.
    ReasonedArgs {
        /// The contest
        contest: ContestId,
        /// Why
        #[arg(long)]
        reason: Text,
    }
    /// Arguments of `certify`.
    CertifyArgs {
        /// The contest
        contest: ContestId,
        /// Why the board departs from what the rules say
        #[arg(long, value_name = "TEXT", requires = "next")]
        deviation: Option<Text>,
        /// Elected in spite of the rules, by votes; once for each
        #[arg(long, value_name = "NN", requires = "deviation")]
        elected: Vec<CandidateNo>,
        /// What comes next: none, "short 2", "tie 03 04 for 1"
        #[arg(long, requires = "deviation")]
        next: Option<Next>,
    }
    /// Arguments of `minutes`.
    MinutesArgs {
        /// The contest
        contest: ContestId,
        /// Delegates present
        #[arg(long, value_name = "N")]
        present: u64,
        /// Delegates absent
        #[arg(long, value_name = "N")]
        absent: u64,
        /// Copies made
        #[arg(long, value_name = "N")]
        copies: u64,
        /// The number of a seal; once for each
        #[arg(long = "seal", value_name = "S")]
        seals: Vec<Text>,
        /// A complaint or unusual event; once for each
        #[arg(long = "complaint", value_name = "TEXT")]
        complaints: Vec<Text>,
    }
    /// Arguments of `key`.
    KeyArgs {
        /// The public key
        #[arg(value_name = "VKEYFILE")]
        file: PathBuf,
        /// What the table or the person is called
        #[arg(long)]
        title: Option<Text>,
    }
    /// Arguments of `revoke`.
    RevokeArgs {
        /// The name of the key, as station/s04
        name: String,
        /// Of a station: the last statement that is accepted
        #[arg(long, value_name = "N")]
        last_seq: Option<u64>,
        /// Why
        #[arg(long)]
        reason: Text,
    }
}
