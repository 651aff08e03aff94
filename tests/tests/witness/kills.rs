//! A witness killed between request and answer: what it said it has kept, and it never says two things of one size.

use crate::statuses::witness;
use promises::{chance::Chance, cosigner::MadeLog};
use std::{collections::BTreeMap, thread, time::Duration};
use tlog::{Checkpoint, Hash};

const KILLS: u64 = 50;

/// Offers two branches at once, kills the witness after some microseconds, and says what was cosigned.
#[test]
fn a_witness_killed_fifty_times_cosigns_one_root_of_a_size_and_never_goes_back() {
    let origin = "log.example/made";
    let mut log = MadeLog::new(origin);
    let (_home, mut witness) = witness(&log);
    let (mut cosigned, mut chance) = (BTreeMap::<u64, Hash>::new(), Chance::new(17));
    let (mut answers, mut lost) = (0, 0);
    for round in 0..KILLS {
        let old = log.size();
        let branches: Vec<MadeLog> = (0..3_u64)
            .map(|branch| {
                let more = chance.between(1, 3);
                (0..more).fold(log.clone(), |log, n| log.with(&format!("{round} {branch} {n}")))
            })
            .collect();
        let asking: Vec<_> = branches
            .iter()
            .map(|branch| {
                let (url, request) = (witness.url.clone(), branch.asks(old).to_string());
                thread::spawn(move || promises::cosigner::ask(&url, "POST", "/add-checkpoint", request.as_bytes()))
            })
            .collect();
        thread::sleep(Duration::from_micros(chance.between(0, 12_000)));
        witness.kill();
        let mut kept = Vec::new();
        for (branch, asked) in branches.iter().zip(asking) {
            if asked.join().unwrap().is_ok_and(|reply| reply.status == 200) {
                answers += 1;
                kept.push(branch.checkpoint());
                let root = *cosigned.entry(branch.size()).or_insert(branch.checkpoint().root);
                assert_eq!(root, branch.checkpoint().root, "two roots of {} entries, round {round}", branch.size());
            }
        }
        assert!(kept.len() <= 1, "round {round}: branches that exclude each other were cosigned");
        witness.again();
        let shown = witness.shown(origin).map(|note| Checkpoint::parse(note.text()).unwrap());
        if let Some(told) = kept.first() {
            assert_eq!(shown.as_ref(), Some(told), "round {round}: what was answered is remembered");
        }
        match shown {
            None => assert_eq!(old, 0, "round {round}: everything is forgotten"),
            Some(shown) if shown.size == old => assert_eq!(shown, log.checkpoint(), "round {round}"),
            Some(shown) => {
                // Kept, and the answer may have been lost on the way.
                lost += usize::from(kept.is_empty());
                let branch = branches.iter().find(|branch| branch.checkpoint() == shown);
                log = branch.unwrap_or_else(|| panic!("round {round}: it shows what nobody asked: {shown:?}")).clone();
            }
        }
    }
    println!(
        "{KILLS} kills: {answers} cosignatures answered, {lost} kept whose answer was lost, {} entries",
        log.size()
    );
    assert!(answers > 5 && log.size() > 10, "the kills came too early to say anything: {answers} answers");
}
