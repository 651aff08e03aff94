//! How much one party may ask at a time.

use promises::{
    client::bundles,
    door::Door,
    hall::{Hall, event_toml, strike_list},
};
use proto::v1::{
    FollowEntriesRequest, GetCheckpointRequest, SubmitRequest, intake_service_client::IntakeServiceClient,
    log_service_client::LogServiceClient,
};
use tokio::runtime::Runtime;
use tonic::{Code, Status, Streaming};

fn hall() -> Hall {
    let hall = Hall::open(&event_toml(2, &strike_list("c01", 50)), 2);
    hall.prepare("c01", &bundles(10));
    hall
}

/// Opens streams over one connection after the other until one is refused; how many there are, and what was said.
async fn follow_until_refused(door: &Door) -> (usize, Status) {
    let mut open: Vec<(_, Streaming<_>)> = Vec::new();
    loop {
        let mut log = LogServiceClient::new(door.connect().await.expect("the server listens"));
        let request = FollowEntriesRequest { event: door.event.to_string(), ..FollowEntriesRequest::default() };
        match log.follow_entries(request).await {
            Ok(stream) => open.push((log, stream.into_inner())),
            Err(status) => return (open.len(), status),
        }
        assert!(open.len() < 100, "nobody is ever refused");
    }
}

#[test]
fn a_table_has_sixteen_calls_at_a_time_an_observer_four_and_strangers_of_one_address_eight_together() {
    let hall = hall();
    let (runtime, door) = (Runtime::new().expect("a runtime"), Door::of(&hall));
    runtime.block_on(async {
        // An observer shares its calls among its connections; the last connection of strangers is refused itself.
        let table = door.as_station(&hall, "s01");
        for (door, calls) in [(&table, 15), (&door, 4)] {
            let (open, status) = follow_until_refused(door).await;
            assert_eq!((open >= calls, status.code()), (true, Code::ResourceExhausted), "{open} open: {status:?}");
            assert!(status.message().contains("are under way already"), "{status:?}");
            assert!(open <= 16);
        }
        let stranger = door.with_key(None);
        let mut log = LogServiceClient::new(stranger.connect().await.expect("the server listens"));
        let request = FollowEntriesRequest { event: door.event.to_string(), ..FollowEntriesRequest::default() };
        let mut open = Vec::new();
        let status = loop {
            match log.follow_entries(request.clone()).await {
                Ok(stream) => open.push(stream),
                Err(status) => break status,
            }
        };
        assert_eq!((open.len(), status.code()), (8, Code::ResourceExhausted), "{status:?}");
        drop(open);
        // What is let go of may be had again.
        let request = GetCheckpointRequest { event: door.event.to_string(), ..GetCheckpointRequest::default() };
        let again = async {
            while log.get_checkpoint(request.clone()).await.is_err() {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(std::time::Duration::from_secs(5), again).await.expect("answered again");
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
