//! How much one party may ask at a time.

use promises::{
    client::bundles,
    door::Door,
    hall::{Hall, event_toml, strike_list},
};
use proto::v1::{
    FollowEntriesRequest, FollowEntriesResponse, GetCheckpointRequest, SubmitRequest,
    intake_service_client::IntakeServiceClient, log_service_client::LogServiceClient,
};
use std::time::Duration;
use tokio::runtime::Runtime;
use tonic::{Code, Status, Streaming, transport::Channel};

fn hall() -> Hall {
    let hall = Hall::open(&event_toml(2, &strike_list("c01", 50)), 2);
    hall.prepare("c01", &bundles(10));
    hall
}

/// Opens streams, a few over each of these connections in turn, until one is refused; those that are open, and what
/// was said.
async fn follow_until_refused(
    door: &Door,
    log: &mut [LogServiceClient<Channel>],
) -> (Vec<Streaming<FollowEntriesResponse>>, Status) {
    let mut open = Vec::new();
    loop {
        let connection = open.len() % log.len();
        let request = FollowEntriesRequest { event: door.event.to_string(), ..FollowEntriesRequest::default() };
        // Beyond sixteen streams of a connection HTTP/2 itself makes the client wait.
        match tokio::time::timeout(Duration::from_secs(5), log[connection].follow_entries(request)).await {
            Ok(Ok(stream)) => open.push(stream.into_inner()),
            Ok(Err(status)) => return (open, status),
            Err(_) => panic!("{} streams are open and nobody was refused", open.len()),
        }
    }
}

async fn connections(door: &Door, many: usize) -> Vec<LogServiceClient<Channel>> {
    let mut all = Vec::new();
    for _ in 0..many {
        all.push(LogServiceClient::new(door.connect().await.expect("the server listens")));
    }
    all
}

#[test]
fn a_table_has_sixteen_calls_at_a_time_an_observer_four_and_strangers_of_one_address_eight_together() {
    let hall = hall();
    let (runtime, door) = (Runtime::new().expect("a runtime"), Door::of(&hall));
    runtime.block_on(async {
        let (table, stranger) = (door.as_station(&hall, "s01"), door.with_key(None));
        for (door, calls) in [(&table, 16), (&door, 4), (&stranger, 8)] {
            let mut log = connections(door, 3).await;
            let (open, status) = follow_until_refused(door, &mut log).await;
            assert_eq!((open.len(), status.code()), (calls, Code::ResourceExhausted), "{status:?}");
            assert!(status.message().contains("are under way already"), "{status:?}");
        }
        // What is let go of may be had again.
        let request = GetCheckpointRequest { event: door.event.to_string(), ..GetCheckpointRequest::default() };
        let mut log = connections(&stranger, 1).await.remove(0);
        let again = async {
            while log.get_checkpoint(request.clone()).await.is_err() {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(Duration::from_secs(5), again).await.expect("answered again");
    });
}

#[test]
fn whoever_has_no_key_in_force_is_refused_before_a_message_is_read() {
    let hall = hall();
    let (runtime, door) = (Runtime::new().expect("a runtime"), Door::of(&hall));
    runtime.block_on(async {
        let mut intake = IntakeServiceClient::new(door.with_key(None).connect().await.expect("the server listens"));
        let large = SubmitRequest { notes: vec![vec![0; 8 << 20].into()], ..SubmitRequest::default() };
        let status = intake.submit(large).await.expect_err("no key was shown");
        assert_eq!(status.code(), Code::Unauthenticated, "{status:?}");
    });
}
