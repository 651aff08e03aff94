//! Who may do what: every kind of key at every door, and exactly the listed pairs pass (protocol §2 and §6).

mod callers;
mod doors;

use callers::{Callers, Who};
use doors::{RPCS, Rpc, call, is_shut};
use prost::Message;
use proto::v1::{self, intake_service_client::IntakeServiceClient, log_service_client::LogServiceClient};
use proto::v1::{results_service_client::ResultsServiceClient, statement::Kind as Typed};
use std::collections::BTreeSet;
use tonic::{Code, Status, transport::Channel};

/// The services of the port: those of the hall, and two that every gRPC tool knows.
const SERVICES: [&str; 7] = [
    "grpc.health.v1.Health",
    "grpc.reflection.v1.ServerReflection",
    "grpc.reflection.v1alpha.ServerReflection",
    "kiemphieu.v1.EnrolService",
    "kiemphieu.v1.IntakeService",
    "kiemphieu.v1.LogService",
    "kiemphieu.v1.ResultsService",
];

/// Doors that are open and shut for what is asked: a figure before its announcement, a key that is known.
const BY_WHAT_IS_ASKED: [&str; 3] = ["EnrolService.Deposit", "ResultsService.GetBulletin", "ResultsService.GetOutcome"];

#[test]
fn every_rpc_of_every_service_stands_in_the_matrix() {
    let files = prost_types::FileDescriptorSet::decode(v1::FILE_DESCRIPTOR_SET).unwrap();
    let named: BTreeSet<String> = files
        .file
        .iter()
        .flat_map(|f| &f.service)
        .flat_map(|s| s.method.iter().map(|m| format!("{}.{}", s.name(), m.name())))
        .collect();
    let listed: BTreeSet<String> = RPCS.iter().map(|rpc| rpc.name.to_owned()).collect();
    assert_eq!(named, listed);
}

#[tokio::test]
async fn exactly_the_listed_pairs_of_key_and_door_pass() {
    let callers = Callers::of_a_hall("public");
    let mut wrong = Vec::new();
    for who in Who::ALL {
        let channel = callers.connect(who).await;
        for Rpc { name, passes } in &RPCS {
            let answer = call(name, &callers, who, channel.clone()).await;
            let (expected, came) = (passes.contains(&who), !is_shut(&answer));
            if expected != came {
                wrong.push(format!("{who:?} at {name}: {answer:?}"));
            }
            // Nobody's key is not in force: "unauthenticated"; a key in force at the wrong door: "permission denied".
            if let Err(status) = answer.as_ref().map_err(Status::code)
                && !came
                && !BY_WHAT_IS_ASKED.contains(name)
            {
                let shut = if who.is_in_force() { Code::PermissionDenied } else { Code::Unauthenticated };
                assert_eq!(status, shut, "{who:?} at {name}");
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[tokio::test]
async fn reflection_lists_every_service_and_health_is_asked_without_a_key() {
    use tonic_health::pb::{HealthCheckRequest, health_client::HealthClient};
    use tonic_reflection::pb::v1::{
        ServerReflectionRequest, server_reflection_client::ServerReflectionClient,
        server_reflection_request::MessageRequest, server_reflection_response::MessageResponse,
    };
    let callers = Callers::of_a_hall("accredited");
    let channel = callers.connect(Who::Nobody).await;
    let health = HealthClient::new(channel.clone()).check(HealthCheckRequest::default()).await.unwrap();
    assert_eq!(health.into_inner().status, 1, "serving");
    let ask =
        ServerReflectionRequest { host: String::new(), message_request: Some(MessageRequest::ListServices("".into())) };
    let mut answers = ServerReflectionClient::new(channel)
        .server_reflection_info(tokio_stream::once(ask))
        .await
        .unwrap()
        .into_inner();
    let answer = answers.message().await.unwrap().unwrap().message_response.unwrap();
    let MessageResponse::ListServicesResponse(list) = answer else { panic!("{answer:?}") };
    let listed: BTreeSet<String> = list.service.into_iter().map(|s| s.name).collect();
    for service in SERVICES.iter().filter(|s| !s.contains("v1alpha")) {
        assert!(listed.contains(*service), "{service} is not in {listed:?}");
    }
    assert!(listed.iter().all(|s| SERVICES.contains(&s.as_str())), "{listed:?} holds a service nobody knows of");
}

/// The kinds of the entries that a caller is shown, by index.
async fn entries(channel: &Channel, callers: &Callers) -> Vec<(u64, String)> {
    let request = v1::ListEntriesRequest { event: callers.event(), start: 0, limit: 0, view: 2 };
    let answer = LogServiceClient::new(channel.clone()).list_entries(request).await.unwrap().into_inner();
    answer.entries.into_iter().map(|e| (e.index, kind(e.statement.unwrap().kind.unwrap()))).collect()
}

fn kind(typed: Typed) -> String {
    match typed {
        Typed::Batch(batch) => format!("batch of {}", batch.station),
        other => format!("{other:?}").split('(').next().unwrap_or_default().to_owned(),
    }
}

fn kinds(entries: &[(u64, String)]) -> BTreeSet<&str> {
    entries.iter().map(|(_, kind)| kind.as_str()).collect()
}

#[tokio::test]
async fn before_the_announcement_a_table_sees_its_own_and_the_public_nothing_counted() {
    let callers = Callers::of_a_hall("public");
    let size = callers.size().await;
    for who in [Who::Board, Who::Organiser, Who::Observer] {
        let all = entries(&callers.connect(who).await, &callers).await;
        assert_eq!(all.len() as u64, size, "{who:?} sees everything");
    }
    let own = entries(&callers.connect(Who::Station).await, &callers).await;
    let seen = kinds(&own);
    assert!(seen.contains("batch of s01") && !seen.contains("batch of s02"), "{seen:?}");
    for shown in ["Manifest", "Board", "Contest", "Papers", "Revoke"] {
        assert!(seen.contains(shown), "a table sees {shown}: {seen:?}");
    }
    assert!(!seen.contains("Close") && !seen.contains("Bulletin"), "{seen:?}");
    for who in [Who::Nobody, Who::Foreign, Who::Unlisted, Who::Revoked] {
        let shown = entries(&callers.connect(who).await, &callers).await;
        assert!(!shown.is_empty() && shown.iter().all(|(_, kind)| !kind.starts_with("batch")), "{who:?}: {shown:?}");
        assert!((shown.len() as u64) < size, "{who:?}");
    }
}

#[tokio::test]
async fn figures_are_the_accrediteds_until_they_are_announced_and_everybodys_after() {
    let callers = Callers::of_a_hall("public");
    for announced in [false, true] {
        if announced {
            callers.announce();
        }
        for who in Who::ALL {
            let mut results = ResultsServiceClient::new(callers.connect(who).await);
            let ask = v1::GetBulletinRequest { event: callers.event(), contest: "c01".into(), size: None };
            let bulletin = results.get_bulletin(ask).await.map(|a| a.into_inner().bulletin.unwrap().figures.is_some());
            let ask = v1::GetOutcomeRequest { event: callers.event(), contest: "c01".into() };
            let outcome = results.get_outcome(ask).await.map(|a| !a.into_inner().elected.is_empty());
            let sees = announced || who.is_accredited();
            assert_eq!(bulletin.unwrap_or(false), sees, "{who:?}, announced: {announced}");
            assert_eq!(outcome.unwrap_or(false), sees, "{who:?}, announced: {announced}");
            let ask = v1::GetProgressRequest { event: callers.event() };
            let progress = results.get_progress(ask).await.unwrap().into_inner();
            assert_eq!(progress.contests.len(), 1, "progress is everybody's: {who:?}");
            let decided = progress.contests[0].decided.is_some();
            assert_eq!(decided, who.is_accredited(), "whether it is decided is a figure: {who:?}");
        }
    }
}

#[tokio::test]
async fn where_disclosure_is_accredited_entries_never_become_public() {
    let callers = Callers::of_a_hall("accredited");
    callers.announce();
    for who in [Who::Nobody, Who::Foreign, Who::Unlisted, Who::Revoked] {
        assert!(entries(&callers.connect(who).await, &callers).await.is_empty(), "{who:?}");
    }
    let own = entries(&callers.connect(Who::Station).await, &callers).await;
    assert!(!kinds(&own).contains("batch of s02"));
    assert_eq!(entries(&callers.connect(Who::Observer).await, &callers).await.len() as u64, callers.size().await);
}

#[tokio::test]
async fn the_sid_of_another_tables_batch_cannot_be_guessed_at_any_door() {
    let callers = Callers::of_a_hall("public");
    let sid = callers.batch_of("s02");
    for (who, sees) in [(Who::Observer, true), (Who::Station, false), (Who::Unlisted, false), (Who::Nobody, false)] {
        let ask = v1::GetInclusionProofRequest {
            event: callers.event(),
            entry: Some(v1::get_inclusion_proof_request::Entry::Sid(sid.clone())),
            size: 0,
        };
        let proof = LogServiceClient::new(callers.connect(who).await).get_inclusion_proof(ask).await;
        assert_eq!(proof.is_ok(), sees, "{who:?}");
        assert!(sees || proof.unwrap_err().code() == Code::NotFound, "{who:?}");
    }
    let mut intake = IntakeServiceClient::new(callers.connect(Who::Station).await);
    let of = |station: &str| v1::GetHeadRequest {
        event: callers.event(),
        subject: Some(v1::get_head_request::Subject::Station(station.into())),
    };
    assert_eq!(intake.get_head(of("s01")).await.unwrap().into_inner().seq, 1);
    assert_eq!(intake.get_head(of("s02")).await.unwrap_err().code(), Code::PermissionDenied);
}
