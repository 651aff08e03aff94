//! A server that calls its witness: the quorum is met by HTTP alone, and what a table holds rises to it.

use promises::{
    client::{Chain, Way, bundles},
    cosigner::Witness,
    door::Door,
    hall::{Hall, event_toml, strike_list, words},
    program::{self, Running},
    relay::until,
};
use serde_json::Value;
use std::{fs, path::PathBuf, process::Command, process::Stdio, time::Duration};
use tlog::{Receipt, VerifierKey, cosignature::quorum};
use tokio::runtime::Runtime;

/// A witness in the observer's home that knows the log by its key alone.
pub(crate) fn witness(hall: &Hall) -> Witness {
    let log = hall.event_folder().join("log.key.vkey");
    Witness::start(&hall.at("observer"), words(&[], &[("--log", log)]))
}

/// A hall whose server calls these witnesses, with so many bundles to be counted.
pub(crate) fn calling(mut hall: Hall, urls: &[&str], many: usize) -> Hall {
    hall.arguments = urls.iter().flat_map(|url| words(&["--witness", url], &[])).collect();
    hall.start_server();
    hall.prepare("c01", &bundles(many));
    hall
}

pub(crate) fn toml(many: usize) -> String {
    event_toml(1, &strike_list("c01", u32::try_from(many).unwrap() * promises::client::PAPERS))
}

/// Two bundles of ten papers as table s01 counts them.
fn ballots(hall: &Hall) -> PathBuf {
    let papers: String = ["s01-b001", "s01-b002"].iter().flat_map(|id| vec![format!("{id},01 02 03,\n"); 10]).collect();
    let path = hall.at("s01.csv");
    fs::write(&path, format!("bundle,marks,ground\n{papers}")).unwrap();
    path
}

fn status(hall: &Hall) -> Value {
    let all = words(&["station", "status", "--json"], &[("--home", hall.at("s01"))]);
    serde_json::from_str(&program::run_well(all)).unwrap()
}

/// The receipts of the table, written out; they are asked for once more first.
fn receipts(hall: &Hall, out: &str) -> Vec<Receipt> {
    let paths = [("--home", hall.at("s01")), ("--out", hall.at(out))];
    let all = [words(&["station", "receipts", "--wait-quorum", "20"], &paths), hall.way()].concat();
    program::run_well(all);
    let files = fs::read_dir(hall.at(out)).unwrap().flatten().map(|entry| entry.path());
    let proofs = files.filter(|path| path.extension().is_some_and(|end| end == "tlog-proof"));
    proofs.map(|path| Receipt::parse(&fs::read_to_string(path).unwrap()).unwrap()).collect()
}

fn witness_key(hall: &Hall) -> VerifierKey {
    keyfile::read_public(&hall.at("observer/witness.key.vkey")).unwrap()
}

#[test]
fn the_quorum_is_met_over_http_and_receipts_rise_from_integrated_to_witnessed() {
    let hall = Hall::found(&event_toml(1, &strike_list("c01", 20)), 1);
    let mut witness = witness(&hall);
    let mut hall = calling_counting(hall, &witness);
    witness.kill();
    // Counted while the witness is away: acknowledged at once, and INTEGRATED.
    let papers = ballots(&hall);
    assert_eq!(hall.start_table("s01", "c01", &papers, &[]).wait(Duration::from_secs(30)), 0);
    assert_eq!((status(&hall)["integrated"].as_u64(), status(&hall)["witnessed"].as_u64()), (Some(2), Some(0)));
    until("the trouble is said", || server_said(&hall).contains("the witness cannot be reached"));
    witness.again();
    let risen = receipts(&hall, "receipts");
    assert_eq!(risen.len(), 2);
    for receipt in &risen {
        assert_eq!(quorum(&receipt.checkpoint, &[witness_key(&hall)]).unwrap().len(), 1);
    }
    assert_eq!((status(&hall)["integrated"].as_u64(), status(&hall)["witnessed"].as_u64()), (Some(0), Some(2)));
    until("it is well again", || server_said(&hall).contains("cosigns again"));
    // An observer without a witness key of its own finds the quorum met.
    let stranger = [words(&["observer", "verify", "--json"], &[("--home", hall.at("stranger"))]), hall.way()].concat();
    let verified = program::run(stranger);
    assert_eq!(verified.code, 0, "{}{}", verified.stdout, verified.stderr);
    // A restart loses no cosignature for good, and a better receipt is not replaced by a worse one.
    hall.kill_server();
    witness.kill();
    hall.start_server();
    let later = [words(&["station", "send"], &[("--home", hall.at("s01"))]), hall.way()].concat();
    program::run_well(later);
    assert_eq!(status(&hall)["witnessed"].as_u64(), Some(2));
}

fn calling_counting(mut hall: Hall, witness: &Witness) -> Hall {
    hall.arguments = words(&["--witness", &witness.url], &[]);
    hall.start_server();
    let stated = ["s01-b001", "s01-b002"].map(|id| (id.to_owned(), 10, "s01".to_owned()));
    hall.prepare("c01", &stated);
    hall
}

pub(crate) fn server_said(hall: &Hall) -> String {
    fs::read_to_string(hall.at("server.log")).unwrap()
}

#[test]
fn a_table_killed_again_and_again_while_its_receipts_rise_keeps_every_receipt_whole() {
    let hall = Hall::found(&event_toml(1, &strike_list("c01", 20)), 1);
    let mut witness = witness(&hall);
    let hall = calling_counting(hall, &witness);
    witness.kill();
    let papers = ballots(&hall);
    assert_eq!(hall.start_table("s01", "c01", &papers, &[]).wait(Duration::from_secs(30)), 0);
    witness.again();
    let mut witnessed = 0;
    for kill in 0..30_u64 {
        let all = [words(&["station", "send"], &[("--home", hall.at("s01"))]), hall.way()].concat();
        let mut command = Command::new(program::path());
        command.args(all).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let mut sending = Running(command.spawn().expect("the program starts"));
        std::thread::sleep(Duration::from_millis(10 + kill * 7 % 150));
        sending.kill();
        let now = status(&hall);
        assert_eq!(now["receipts"].as_u64(), Some(2), "kill {kill}: {now}");
        let is = now["witnessed"].as_u64().unwrap();
        assert!(is >= witnessed, "kill {kill}: {is} after {witnessed}");
        witnessed = is;
    }
    assert_eq!(receipts(&hall, "receipts").len(), 2);
    assert_eq!(status(&hall)["witnessed"].as_u64(), Some(2));
}

#[test]
fn a_witness_that_is_killed_while_tables_send_catches_up_with_the_log() {
    let hall = Hall::found(&toml(400), 1);
    let mut witness = witness(&hall);
    let url = witness.url.clone();
    let hall = calling(hall, &[&url], 400);
    let work: Vec<_> = (0..400).map(|n| ("c01", n)).collect();
    let (mut chain, door, runtime) = (Chain::sign(&hall, "s01", &work), Door::of(&hall), Runtime::new().unwrap());
    let sending = runtime.spawn(async move {
        let sent = chain.send(&door, Way::Calls, 1, Duration::from_millis(10)).await;
        sent.map(|()| chain.notes.len()).map_err(|e| e.to_string())
    });
    for _ in 0..5 {
        std::thread::sleep(Duration::from_millis(700));
        witness.kill();
        witness.again();
    }
    assert_eq!(runtime.block_on(sending).unwrap(), Ok(400), "no table waited for a witness");
    let size = runtime.block_on(Door::of(&hall).entries()).unwrap().1.size;
    let origin = "kiemphieu.example/hall";
    until("the newest checkpoint is cosigned", || {
        witness.shown(origin).is_some_and(|note| tlog::Checkpoint::parse(note.text()).unwrap().size == size)
    });
    hall.export("exported");
}
