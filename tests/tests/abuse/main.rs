//! Sixteen tables count while somebody tries to stop them: whatever comes to the doors, an enrolled table is answered
//! within a second, the server keeps its size, and a new table gets in from behind the same address.
#![cfg(target_os = "linux")]

mod calls;
mod field;
mod frames;
mod messages;
mod pages;
mod readers;
mod sockets;

use field::Field;
use promises::foe::Foe;
use std::time::{Duration, Instant};

#[test]
fn sixteen_tables_work_through_every_flood() {
    let began = Instant::now();
    field::raise_open_files();
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime");
    // Whoever attacks has a processor of its own, so that the tables measure the server and not this test.
    let foes = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let field = Field::open().await;
        let stranger = Foe::at(&field.door.with_key(None));
        let thief = Foe::at(&field.table("s18"));
        let observer = Foe::at(&field.door);

        let lazy = foes.spawn(readers::all(observer, thief.clone(), field.note("s18"), field.hall.event.clone()));
        tokio::time::sleep(Duration::from_secs(1)).await;
        field.under("10,000 silent sockets", foes.spawn(sockets::silent(stranger.clone(), 10_000))).await;
        field.under("1,000 half handshakes", foes.spawn(sockets::half(stranger.clone(), 1_000))).await;
        field.under("messages of 1 GiB", foes.spawn(messages::gigantic(thief.clone(), SHORT))).await;
        field.under("streams opened and reset", foes.spawn(frames::reset_flood(thief.clone(), SHORT))).await;
        field.under("streams broken", foes.spawn(frames::broken_flood(thief.clone(), SHORT))).await;
        let notes = field.spoiled("s18");
        let spoiler = field.table("s18");
        field.under("bad signatures", foes.spawn(messages::bad_signatures(spoiler, notes, SHORT))).await;
        field.wait_for("slow readers", lazy).await;
        field.say(began.elapsed());
        field.close().await;
    });
    assert!(began.elapsed() < Duration::from_secs(120), "{:?}", began.elapsed());
}

/// How long a flood lasts.
const SHORT: Duration = Duration::from_secs(4);
