//! Messages that claim to be enormous, and notes whose signatures were never made.

use bytes::Bytes;
use http::Request;
use promises::{
    door::Door,
    foe::{self, Foe},
};
use proto::v1::{SubmitRequest, intake_service_client::IntakeServiceClient};
use std::{
    future::poll_fn,
    io,
    time::{Duration, Instant},
};
use tonic::Code;

/// A message says that 1 GiB follows, and bytes follow for as long as the server takes them; again and again.
pub async fn gigantic(foe: Foe, lasting: Duration) -> String {
    let until = Instant::now() + lasting;
    let claims = (0..4).map(|n| {
        let foe = foe.clone();
        tokio::spawn(async move {
            let (mut claims, mut most) = (0_u64, 0_usize);
            while Instant::now() < until {
                let method = if n % 2 == 0 { "Submit" } else { "SubmitStream" };
                if let Ok(taken) = claim(&foe, method).await {
                    (claims, most) = (claims + 1, most.max(taken));
                }
            }
            (claims, most)
        })
    });
    let (mut all, mut most) = (0, 0);
    for task in claims.collect::<Vec<_>>() {
        let (claims, taken) = task.await.expect("no panic");
        (all, most) = (all + claims, most.max(taken));
    }
    assert!(all >= 4, "no claim was even made");
    assert!(most <= 4 << 20, "the server took {most} bytes of a message that it can never take");
    format!("{all} claims, at most {} KiB taken of one", most >> 10)
}

/// The bytes that were taken of one such message.
async fn claim(foe: &Foe, method: &str) -> io::Result<usize> {
    let (mut client, connection) = h2::client::handshake(foe.shake().await?).await.map_err(io::Error::other)?;
    let driver = tokio::spawn(connection);
    let request = Request::post(format!("http://hall/kiemphieu.v1.IntakeService/{method}"));
    let request = request.header("content-type", "application/grpc").header("te", "trailers").body(());
    let request = request.map_err(io::Error::other)?;
    let (_response, mut sending) = client.send_request(request, false).map_err(io::Error::other)?;
    sending.send_data(foe::message(1 << 30, &[]), false).map_err(io::Error::other)?;
    let mut taken = 0;
    let pushing = async {
        while taken < 1 << 30 {
            sending.reserve_capacity(64 << 10);
            let Some(Ok(room)) = poll_fn(|cx| sending.poll_capacity(cx)).await else { return };
            if sending.send_data(Bytes::from(vec![0; room]), false).is_err() {
                return;
            }
            taken += room;
        }
    };
    // The server that neither takes nor refuses is waited for no longer than a call may take.
    let _ = tokio::time::timeout(Duration::from_secs(12), pushing).await;
    driver.abort();
    Ok(taken)
}

/// Full messages of bad signatures from a table's own key, as fast as the server answers.
pub async fn bad_signatures(door: Door, notes: Vec<Bytes>, lasting: Duration) -> String {
    let until = Instant::now() + lasting;
    let senders = (0..8).map(|_| tokio::spawn(send_bad(door.clone(), notes.clone(), until)));
    let (mut ruled, mut suspended, mut others) = (0, 0, Vec::new());
    for sender in senders.collect::<Vec<_>>() {
        let sent = sender.await.expect("no panic");
        (ruled, suspended) = (ruled + sent.ruled, suspended + sent.suspended);
        others.extend(sent.others);
    }
    assert!(suspended > 0, "whoever sends only bad signatures is suspended");
    assert!(ruled <= 16, "{ruled} full messages of bad signatures were looked at");
    let other = others.first().map_or(String::new(), |said| format!(", {} told otherwise: {said}", others.len()));
    format!("{ruled} messages ruled on, {suspended} refused at the door{other}")
}

/// What was said to whoever sent only bad signatures.
#[derive(Default)]
struct Sent {
    ruled: u64,
    suspended: u64,
    others: Vec<String>,
}

async fn send_bad(door: Door, notes: Vec<Bytes>, until: Instant) -> Sent {
    let mut sent = Sent::default();
    let mut intake = IntakeServiceClient::new(door.connect().await.expect("an enrolled key comes in"));
    while Instant::now() < until {
        let request = SubmitRequest { event: door.event.to_string(), notes: notes.clone(), ..SubmitRequest::default() };
        match intake.submit(request).await {
            Ok(_) => sent.ruled += 1,
            Err(status) if status.code() == Code::ResourceExhausted => sent.suspended += 1,
            Err(status) => sent.others.push(format!("{:?} {}", status.code(), status.message())),
        }
    }
    sent
}
