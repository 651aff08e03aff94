//! Peers that ask and do not read: observers that follow, a table that sends and never hears.

use bytes::Bytes;
use http::Request;
use promises::foe::{self, Foe};
use prost::Message;
use proto::v1::{FollowEntriesRequest, SubmitStreamRequest};
use std::{
    future::poll_fn,
    time::{Duration, Instant},
};

/// Longer than the server waits for anybody.
const PATIENCE: Duration = Duration::from_secs(75);

/// Three observers' streams and one of a table; all of them are cut, and when.
pub async fn all(observer: Foe, table: Foe, note: Bytes, event: String) -> String {
    let follow = FollowEntriesRequest { event: event.clone(), ..FollowEntriesRequest::default() };
    let follow = framed(&follow);
    let mut lazy: Vec<_> = (0..3)
        .map(|_| tokio::spawn(never_read(observer.clone(), "LogService/FollowEntries", follow.clone(), false)))
        .collect();
    let submit = framed(&SubmitStreamRequest { event, notes: vec![note], ..SubmitStreamRequest::default() });
    lazy.push(tokio::spawn(never_read(table, "IntakeService/SubmitStream", submit, true)));
    let mut cut = Vec::new();
    for reader in lazy {
        let lasted = reader.await.expect("no panic");
        assert!((30..PATIENCE.as_secs()).contains(&lasted), "a peer that does not read was cut after {lasted} s");
        cut.push(lasted.to_string());
    }
    format!("cut after {} s", cut.join(", "))
}

fn framed(message: &impl Message) -> Bytes {
    let bytes = message.encode_to_vec();
    foe::message(u32::try_from(bytes.len()).expect("short"), &bytes)
}

/// Asks, goes on asking if it `repeats`, keeps the connection alive and reads no answer; the seconds until it is cut.
async fn never_read(foe: Foe, path: &str, message: Bytes, repeats: bool) -> u64 {
    let began = Instant::now();
    let stream = foe.shake().await.expect("it may come in");
    let (mut client, connection) = h2::client::handshake(stream).await.expect("it speaks HTTP/2");
    let mut driver = tokio::spawn(connection);
    let request = Request::post(format!("http://hall/kiemphieu.v1.{path}"));
    let request = request.header("content-type", "application/grpc").header("te", "trailers").body(());
    let (answer, mut sending) = client.send_request(request.expect("a request"), false).expect("it may ask");
    sending.send_data(message.clone(), !repeats).expect("it may ask");
    // The answer is held and never looked at.
    let _answer = answer.await.expect("a head");
    let asking = async {
        if !repeats {
            std::future::pending::<()>().await;
        }
        loop {
            sending.reserve_capacity(message.len());
            let Some(Ok(room)) = poll_fn(|cx| sending.poll_capacity(cx)).await else { break };
            if room >= message.len() && sending.send_data(message.clone(), false).is_err() {
                break;
            }
        }
        std::future::pending::<()>().await;
    };
    tokio::select! {
        () = asking => {}
        _ = &mut driver => {}
        () = tokio::time::sleep(PATIENCE) => {}
    }
    driver.abort();
    began.elapsed().as_secs()
}
