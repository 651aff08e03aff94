//! The arguments of `kiemphieu committee …`. It refuses to know what becomes of them.

pub mod desk;
pub mod enrol;
pub mod paper;
pub mod rounds;
mod what;

pub(super) use what::What;

use crate::way::Way;
use ::committee::founding::Person;
use clap::{ArgGroup, Args, Subcommand};
use desk::DeskCommand;
use enrol::{AdmitArgs, EnrolArgs, InviteArgs};
use paper::{KitArgs, RecordArgs};
use rounds::{NextArgs, PlanArgs};
use std::path::PathBuf;
use tally::{
    BundleId, ContestId, Id,
    text::{Text, Word},
};

/// What the committee does.
#[derive(Debug, Subcommand)]
#[allow(missing_docs, reason = "the help text of each command is its documentation")]
pub enum CommitteeCommand {
    /// Found an event: check its folder, make the keys, write the signed manifest, print its sid
    #[command(
        before_help = "Example:\n  kiemphieu committee init deploy/examples/ham-tan-2020 --home committee --vkey log.key.vkey tally.key.vkey s01.key.vkey"
    )]
    Init(InitArgs),
    /// Make your own key on your own machine; its public half goes to whoever founds the event
    #[command(
        before_help = "Example:\n  kiemphieu committee make-key organiser/o2 --origin kiemphieu.example/ham-tan-2020 --home o2 --pin"
    )]
    MakeKey(MakeKeyArgs),
    /// Sign a manifest that is not founded yet, on your own machine; take over the signatures of its copies
    #[command(
        before_help = "Examples:\n  kiemphieu committee cosign manifest.note --as o2 --home o2\n  kiemphieu committee cosign committee/manifest.note --from from-o2.note from-o3.note"
    )]
    Cosign(CosignArgs),
    /// What is signed at the desk
    #[command(flatten)]
    Desk(DeskCommand),
    /// List the drafts that wait for signatures: what each means, who has signed or refused, what to type next
    #[command(before_help = "Example:\n  kiemphieu committee drafts")]
    Drafts(ReadArgs),
    /// Read a draft, rule it here, and add your signature
    #[command(before_help = "Example:\n  kiemphieu committee sign 62cd9cb1 --as k2")]
    Sign(SignArgs),
    /// Say no to a draft, with the reason for the other members
    #[command(
        before_help = "Example:\n  kiemphieu committee refuse 62cd9cb1 --reason \"bundle b003 is still open\" --as k2"
    )]
    Refuse(RefuseArgs),
    /// Verify the log and show how each contest stands and what comes next
    #[command(before_help = "Example:\n  kiemphieu committee status --json")]
    Status(ReadArgs),
    /// Prefill the further round of a contest: the tied only, the seats left open, or the annulled vote again
    #[command(before_help = NEXT)]
    Next(NextArgs),
    /// Show the chain of contests from the Executive Committee to the delegation; prefill one with `plan adopt`
    #[command(before_help = PLAN)]
    Plan(Box<PlanArgs>),
    /// Show bundles that somebody has or had to look at: both sides, and everything that was ever said of each
    #[command(
        before_help = "Examples:\n  kiemphieu committee cases\n  kiemphieu committee cases c01\n  kiemphieu committee cases c01 b003 --json"
    )]
    Cases(CasesArgs),
    /// Print before the vote: ballot, voting guide, bundle covers, tally sheet, blank minutes
    #[command(before_help = paper::KIT)]
    Kit(KitArgs),
    /// Print after the certificate: minutes, reading script, hand-over record, all figures as tables
    #[command(before_help = paper::RECORD)]
    Record(RecordArgs),
    /// Every set of rules this program counts by: what each rule says, where it is written, how well that was verified
    #[command(
        before_help = "Examples:\n  kiemphieu committee rules\n  kiemphieu committee rules party-190 --json\n  kiemphieu committee rules --event deploy/examples/ham-tan-2020"
    )]
    Rules(RulesArgs),
    /// On your own machine: make your key, show it to the organisers, read its fingerprint aloud
    #[command(before_help = ENROL)]
    Enrol(EnrolArgs),
    /// Make a one-time code for a new device (an organiser)
    #[command(before_help = INVITE)]
    Invite(InviteArgs),
    /// List the codes that are open and the keys that came in (an organiser)
    #[command(before_help = DEPOSITS)]
    Deposits(ReadArgs),
    /// Let a new key in, once its fingerprint was read aloud to you (organisers sign)
    #[command(before_help = ADMIT)]
    Admit(AdmitArgs),
}

const NEXT: &str = "Examples:
  kiemphieu committee next c01
  kiemphieu committee next c01 --names 4 --out c01-2.toml
  kiemphieu committee contest c01-2 --event-toml c01-2.toml --as k1 --as k2

Everything comes from the verified log; the file may be changed before it is signed. The congress decides, not the program.";

const PLAN: &str = "Examples:
  kiemphieu committee plan
  kiemphieu committee plan --is executive=c01
  kiemphieu committee plan adopt standing --seats 9 --board b2 --out standing.toml
  kiemphieu committee plan adopt secretary --name 'Nguyễn Thành Lộc' --out secretary.toml
  kiemphieu committee contest secretary --event-toml secretary.toml --as k6 --as k7

Nothing is forced: leave steps out, take them in another order, put anybody on a list.";

/// Which rules are told.
#[derive(Clone, Debug, Args)]
pub struct RulesArgs {
    /// Only these, by the name an event file or a signed contest uses
    #[arg(value_name = "NAME")]
    pub(super) name: Option<Word>,
    /// With the rule files of this event folder or home, `DIR/profiles/*.toml`
    #[arg(long, value_name = "DIR")]
    pub(super) event: Option<PathBuf>,
    /// Answer in JSON on stdout
    #[arg(long)]
    pub(super) json: bool,
}

const ENROL: &str = "Examples:
  kiemphieu committee enrol ticket.txt 12345678 --id k1 --home k1
  kiemphieu committee enrol ticket.txt '1234 5678' --id organiser/o4 --pin

Then stay at the machine: an organiser lets the key in when the digits you read aloud are those they see.";

const INVITE: &str = "Examples:
  kiemphieu committee invite station/s04 --as o1
  kiemphieu committee invite board/k1 --as o1 --server 192.168.1.10:7440 --qr
  kiemphieu committee invite observer/tinh --as o1      and, with a code of its own, its witness:
  kiemphieu committee invite tinh-uy.example/w1 --as o1

The code is valid for 10 minutes, 5 tries and one device; ask again for a new one, and the former ends. Spare tables come
in the same way in advance: invite station/s09, enrol the spare laptop, admit station/s09. A name is never used again:
the table that replaces s04 is s04b. When the server is started again, open codes end: make new ones.";

const DEPOSITS: &str = "Example:
  kiemphieu committee deposits --as o1

Do not copy a fingerprint from this list into `admit`: type the one that is read aloud at the device.";

const ADMIT: &str = "Examples:
  kiemphieu committee admit station/s04 --fingerprint '12345 67890 …' --title 'Bàn số 4' --as o1 --as o2
  kiemphieu committee admit station/s04 --title 'Bàn số 4' --as o1 --propose      the others: committee sign …
  kiemphieu committee admit board/k1 --as o1            keeps the key for `committee board`

The fingerprint is what the person at the device reads aloud. If it differs, nothing is signed: somebody else used the code.";

/// Where the committee sits and which server it asks.
#[derive(Clone, Debug, Args)]
pub struct Hall {
    /// The committee's folder
    #[arg(long, value_name = "DIR", default_value = "committee")]
    pub(super) home: PathBuf,
    #[command(flatten)]
    pub(super) way: Way,
}

/// Who signs, and how the answer is given.
#[derive(Clone, Debug, Args)]
#[command(group(ArgGroup::new("signer").args(["signers", "keys"]).required(true).multiple(true)))]
pub struct Hands {
    /// Sign as this person, with the home's key file; once for each
    #[arg(long = "as", value_name = "ID")]
    pub(super) signers: Vec<Id>,
    /// Sign with this key file; once for each
    #[arg(long = "key", value_name = "FILE")]
    pub(super) keys: Vec<PathBuf>,
    /// Leave a draft for the others when too few sign here
    #[arg(long)]
    pub(super) propose: bool,
    /// Answer in JSON on stdout
    #[arg(long)]
    pub(super) json: bool,
}

/// Arguments of `init`.
#[derive(Debug, Args)]
pub struct InitArgs {
    /// The event folder, or its event.toml
    #[arg(value_name = "EVENTDIR")]
    pub(super) folder: PathBuf,
    /// The committee's folder
    #[arg(long, value_name = "DIR", default_value = "committee")]
    pub(super) home: PathBuf,
    /// Public keys of the server (log, tally), of every table, of observers and witnesses, and of people whose own key is
    /// on their own machine
    #[arg(long = "vkey", value_name = "FILE", num_args = 1.., required = true)]
    pub(super) vkeys: Vec<PathBuf>,
    /// Make no keys for members of counting boards, and ask for none of tables: they bring their own by enrolment
    #[arg(long)]
    pub(super) own_keys: bool,
    /// Organisers who sign the manifest here; default: all whose keys are here. The others sign it with `cosign`
    #[arg(long = "as", value_name = "ID")]
    pub(super) signers: Vec<Id>,
    /// Ask each person for a PIN for their new key, in the order of their ids
    #[arg(long)]
    pub(super) pin: bool,
    /// Answer in JSON on stdout
    #[arg(long)]
    pub(super) json: bool,
}

/// Arguments of what only reads.
#[derive(Debug, Args)]
pub struct ReadArgs {
    #[command(flatten)]
    pub(super) hall: Hall,
    /// Read as this person, with the home's key file; default: its first key without a PIN
    #[arg(long = "as", value_name = "ID")]
    pub(super) reader: Option<Id>,
    /// Read with this key file
    #[arg(long = "key", value_name = "FILE", conflicts_with = "reader")]
    pub(super) key: Option<PathBuf>,
    /// Answer in JSON on stdout
    #[arg(long)]
    pub(super) json: bool,
}

/// Arguments of `cases`.
#[derive(Debug, Args)]
pub struct CasesArgs {
    /// One contest alone
    pub(super) contest: Option<ContestId>,
    /// One bundle alone, whether anybody must look at it or not
    #[arg(requires = "contest")]
    pub(super) bundle: Option<BundleId>,
    #[command(flatten)]
    pub(super) read: ReadArgs,
}

/// Arguments of `sign`.
#[derive(Debug, Args)]
pub struct SignArgs {
    /// The draft: its sid, or at least the first 8 digits
    pub(super) sid: String,
    #[command(flatten)]
    pub(super) hall: Hall,
    #[command(flatten)]
    pub(super) hands: Hands,
}

/// Arguments of `refuse`.
#[derive(Debug, Args)]
#[command(group(ArgGroup::new("who").args(["member", "key"]).required(true)))]
pub struct RefuseArgs {
    /// The draft: its sid, or at least the first 8 digits
    pub(super) sid: String,
    #[command(flatten)]
    pub(super) hall: Hall,
    /// Why, for the other members
    #[arg(long)]
    pub(super) reason: Text,
    /// Refuse as this person, with the home's key file
    #[arg(long = "as", value_name = "ID")]
    pub(super) member: Option<Id>,
    /// Refuse with this key file
    #[arg(long = "key", value_name = "FILE")]
    pub(super) key: Option<PathBuf>,
    /// Answer in JSON on stdout
    #[arg(long)]
    pub(super) json: bool,
}

/// Arguments of `cosign`.
#[derive(Debug, Args)]
#[command(group(ArgGroup::new("what").args(["signers", "keys", "copies"]).required(true).multiple(true)))]
pub struct CosignArgs {
    /// The manifest, as its founder wrote it
    #[arg(value_name = "MANIFEST")]
    pub(super) file: PathBuf,
    /// Your folder, for --as
    #[arg(long, value_name = "DIR", default_value = "committee")]
    pub(super) home: PathBuf,
    /// Sign as this organiser, with the home's key file; once for each
    #[arg(long = "as", value_name = "ID")]
    pub(super) signers: Vec<Id>,
    /// Sign with this key file; once for each
    #[arg(long = "key", value_name = "FILE")]
    pub(super) keys: Vec<PathBuf>,
    /// Take over the signatures of these copies
    #[arg(long = "from", value_name = "COPY", num_args = 1..)]
    pub(super) copies: Vec<PathBuf>,
    /// Answer in JSON on stdout
    #[arg(long)]
    pub(super) json: bool,
}

/// Arguments of `make-key`.
#[derive(Debug, Args)]
pub struct MakeKeyArgs {
    /// Who you are: organiser/ID or board/ID, as in event.toml
    #[arg(value_name = "PERSON")]
    pub(super) person: Person,
    /// Origin of the event, as in event.toml
    #[arg(long)]
    pub(super) origin: String,
    /// Your folder
    #[arg(long, value_name = "DIR", default_value = "committee")]
    pub(super) home: PathBuf,
    /// Put the key under a PIN
    #[arg(long)]
    pub(super) pin: bool,
}
