//! Every door of the server, with whom it is for, and a call at each.

use crate::callers::{Callers, Who};
use proto::v1::{
    self, enrol_service_client::EnrolServiceClient, get_head_request::Subject,
    intake_service_client::IntakeServiceClient, log_service_client::LogServiceClient,
    results_service_client::ResultsServiceClient,
};
use tally::{BundleId, Statement, statement::Batch};
use tlog::{KeyKind, VerifierKey};
use tonic::{Code, Status, transport::Channel};

/// A door and whom it lets in.
pub struct Rpc {
    pub name: &'static str,
    pub passes: &'static [Who],
}

const EVERYBODY: &[Who] = &Who::ALL;
const SIGNERS: &[Who] = &[Who::Station, Who::Board, Who::Organiser];
const ACCREDITED: &[Who] = &[Who::Board, Who::Organiser, Who::Observer];
const DESK: &[Who] = &[Who::Board, Who::Organiser];
const ORGANISER: &[Who] = &[Who::Organiser];
/// Keys that this event's log has never seen.
const NEW: &[Who] = &[Who::Foreign, Who::Unlisted];

pub const RPCS: [Rpc; 20] = [
    Rpc { name: "IntakeService.Submit", passes: SIGNERS },
    Rpc { name: "IntakeService.SubmitStream", passes: SIGNERS },
    Rpc { name: "IntakeService.CheckStatement", passes: SIGNERS },
    Rpc { name: "IntakeService.GetHead", passes: SIGNERS },
    Rpc { name: "IntakeService.RefuseDraft", passes: DESK },
    Rpc { name: "LogService.GetCheckpoint", passes: EVERYBODY },
    Rpc { name: "LogService.ListEntries", passes: EVERYBODY },
    Rpc { name: "LogService.FollowEntries", passes: EVERYBODY },
    Rpc { name: "LogService.GetInclusionProof", passes: EVERYBODY },
    Rpc { name: "LogService.GetConsistencyProof", passes: EVERYBODY },
    Rpc { name: "LogService.AddCosignature", passes: ACCREDITED },
    Rpc { name: "ResultsService.GetBulletin", passes: ACCREDITED },
    Rpc { name: "ResultsService.WatchBulletins", passes: EVERYBODY },
    Rpc { name: "ResultsService.GetProgress", passes: EVERYBODY },
    Rpc { name: "ResultsService.ListCases", passes: ACCREDITED },
    Rpc { name: "ResultsService.ListDrafts", passes: ACCREDITED },
    Rpc { name: "ResultsService.GetOutcome", passes: ACCREDITED },
    Rpc { name: "EnrolService.Invite", passes: ORGANISER },
    Rpc { name: "EnrolService.Deposit", passes: NEW },
    Rpc { name: "EnrolService.ListDeposits", passes: ORGANISER },
];

/// Whether the door stayed shut; whatever else was said came from inside.
pub fn is_shut(answer: &Result<(), Status>) -> bool {
    matches!(answer.as_ref().map_err(Status::code), Err(Code::Unauthenticated | Code::PermissionDenied))
}

/// A call at a door that is right in everything but, perhaps, the key.
pub async fn call(name: &str, callers: &Callers, who: Who, channel: Channel) -> Result<(), Status> {
    let event = callers.event();
    let contest = || "c01".to_owned();
    let mut intake = IntakeServiceClient::new(channel.clone());
    let mut log = LogServiceClient::new(channel.clone());
    let mut results = ResultsServiceClient::new(channel.clone());
    let mut enrol = EnrolServiceClient::new(channel);
    match name {
        "IntakeService.Submit" => intake.submit(v1::SubmitRequest { event, ..Default::default() }).await.map(drop),
        "IntakeService.SubmitStream" => {
            let message = v1::SubmitStreamRequest { event, ..Default::default() };
            let answers = intake.submit_stream(tokio_stream::once(message)).await;
            answers?.into_inner().message().await.map(drop)
        }
        "IntakeService.CheckStatement" => {
            let statement = Some((&Statement::Batch(Box::new(batch(callers)))).into());
            intake.check_statement(v1::CheckStatementRequest { event, statement }).await.map(drop)
        }
        "IntakeService.GetHead" => {
            let subject = Some(Subject::Contest(contest()));
            intake.get_head(v1::GetHeadRequest { event, subject }).await.map(drop)
        }
        "IntakeService.RefuseDraft" => {
            let sid = vec![0; 32].into();
            intake.refuse_draft(v1::RefuseDraftRequest { event, sid, reason: "no".into() }).await.map(drop)
        }
        "LogService.GetCheckpoint" => {
            log.get_checkpoint(v1::GetCheckpointRequest { event, ..Default::default() }).await.map(drop)
        }
        "LogService.ListEntries" => {
            log.list_entries(v1::ListEntriesRequest { event, ..Default::default() }).await.map(drop)
        }
        "LogService.FollowEntries" => {
            log.follow_entries(v1::FollowEntriesRequest { event, ..Default::default() }).await.map(drop)
        }
        "LogService.GetInclusionProof" => {
            let entry = Some(v1::get_inclusion_proof_request::Entry::Index(0));
            log.get_inclusion_proof(v1::GetInclusionProofRequest { event, entry, size: 0 }).await.map(drop)
        }
        "LogService.GetConsistencyProof" => {
            let ask = v1::GetConsistencyProofRequest { event, old_size: 1, new_size: 0 };
            log.get_consistency_proof(ask).await.map(drop)
        }
        "LogService.AddCosignature" => {
            log.add_cosignature(v1::AddCosignatureRequest { event, ..Default::default() }).await.map(drop)
        }
        "ResultsService.GetBulletin" => {
            let ask = v1::GetBulletinRequest { event, contest: contest(), size: None };
            results.get_bulletin(ask).await.map(drop)
        }
        "ResultsService.WatchBulletins" => {
            results.watch_bulletins(v1::WatchBulletinsRequest { event, contests: vec![] }).await.map(drop)
        }
        "ResultsService.GetProgress" => results.get_progress(v1::GetProgressRequest { event }).await.map(drop),
        "ResultsService.ListCases" => {
            results.list_cases(v1::ListCasesRequest { event, contest: None, every: true }).await.map(drop)
        }
        "ResultsService.ListDrafts" => results.list_drafts(v1::ListDraftsRequest { event }).await.map(drop),
        "ResultsService.GetOutcome" => {
            results.get_outcome(v1::GetOutcomeRequest { event, contest: contest() }).await.map(drop)
        }
        "EnrolService.Invite" => enrol.invite(v1::InviteRequest { event, name: "station/s50".into() }).await.map(drop),
        "EnrolService.Deposit" => deposit(callers, who, &mut enrol).await,
        "EnrolService.ListDeposits" => enrol.list_deposits(v1::ListDepositsRequest { event }).await.map(drop),
        other => panic!("{other} is called nowhere"),
    }
}

/// With a good code for a new name, over the caller's own connection.
async fn deposit(callers: &Callers, who: Who, enrol: &mut EnrolServiceClient<Channel>) -> Result<(), Status> {
    let name = format!("station/x{}", who as usize);
    let mut organiser = EnrolServiceClient::new(callers.connect(Who::Organiser).await);
    let invited = organiser.invite(v1::InviteRequest { event: callers.event(), name: name.clone() }).await?;
    let public = callers.key(who).map_or([9; 32], |key| *key.verifier().public());
    let key = VerifierKey::new(&format!("kiemphieu.example/hall/{name}"), KeyKind::Ed25519, public).unwrap();
    let code = invited.into_inner().code;
    enrol.deposit(v1::DepositRequest { event: callers.event(), code, key: key.to_string() }).await.map(drop)
}

/// A batch that table s01 might sign next.
fn batch(callers: &Callers) -> Batch {
    let bundle: BundleId = promises::client::bundle(1).parse().unwrap();
    Batch {
        election: callers.event().parse().unwrap(),
        station: "s01".parse().unwrap(),
        seq: 2,
        prev: tlog::Hash(callers.batch_of("s01")[..].try_into().unwrap()),
        contest: "c01".parse().unwrap(),
        bundle,
        counters: Vec::new(),
        passes: 1,
        figures: promises::client::figures(1),
        serials: None,
        time: 1_593_000_000,
    }
}
