//! New devices come into the hall with a one-time code and a fingerprint read aloud: by the commands a person would type,
//! every party in a home of its own; and everybody who tries it otherwise is turned away with a sentence.

use door::{Handshake, Ticket};
use promises::{
    door::Door,
    hall::{Hall, event_toml, strike_list, words},
    program::{self, Ended},
};
use proto::v1::{DepositRequest, InviteRequest, ListDepositsRequest, enrol_service_client::EnrolServiceClient};
use std::{
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};
use tlog::{KeyKind, SigningKey};
use tokio::{io::AsyncReadExt, runtime::Runtime};
use tonic::Code;

const ORIGIN: &str = "kiemphieu.example/hall";

/// A hall whose board members bring their own keys; its server writes down everything it can.
fn hall() -> Hall {
    let mut hall = Hall::found(&event_toml(1, &strike_list("c01", 20)), 1);
    for id in ["k1", "k2", "k3"] {
        for file in [format!("committee/keys/{id}.key"), format!("committee/keys/{id}.key.vkey")] {
            fs::remove_file(hall.at(&file)).expect("founding made it");
        }
    }
    hall.environment.push(("RUST_LOG".into(), "trace".into()));
    hall.start_server();
    hall
}

/// An organiser makes a code.
fn invite(hall: &Hall, name: &str) -> String {
    let answer = hall.desk_well(&["invite", name, "--json"], &["o1"]);
    let answer: serde_json::Value = serde_json::from_str(&answer).expect("JSON");
    assert_eq!(answer["valid-seconds"], 600);
    let ticket: Ticket = answer["ticket"].as_str().expect("a ticket").parse().expect("a ticket");
    assert_eq!(ticket.addresses.len(), 1, "the line leads to this server");
    answer["code"].as_str().expect("a code").to_owned()
}

/// A device tries to enrol with the ticket of the hall: `role` is the program's, `more` the rest of what is typed.
fn enrol(hall: &Hall, role: &str, home: &Path, code: &str, more: &[&str]) -> Ended {
    enrol_at(&hall.ticket(), hall.address(), role, home, code, more)
}

fn enrol_at(ticket: &Path, address: &str, role: &str, home: &Path, code: &str, more: &[&str]) -> Ended {
    let mut all = words(&[role, "enrol"], &[]);
    all.extend([ticket.into(), OsString::from(code)]);
    all.extend(words(&["--server", address], &[("--home", home.to_owned())]));
    all.extend(words(more, &[]));
    program::run(all)
}

/// It enrols, and these are the lines that are read aloud.
fn enrol_well(hall: &Hall, role: &str, home: &Path, code: &str, more: &[&str]) -> Vec<String> {
    let ended = enrol(hall, role, home, code, more);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    assert!(ended.stderr.contains("read these digits aloud"), "{}", ended.stderr);
    ended.stdout.lines().map(str::to_owned).collect()
}

fn admit(hall: &Hall, name: &str, fingerprint: &str, more: &[&str]) -> Ended {
    hall.desk(&[&["admit", name, "--fingerprint", fingerprint], more].concat(), &["o1", "o2"])
}

fn admit_well(hall: &Hall, name: &str, fingerprint: &str, more: &[&str]) {
    let ended = admit(hall, name, fingerprint, more);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
}

/// What the organisers see under a name.
fn deposit(hall: &Hall, name: &str) -> serde_json::Value {
    let all = hall.desk_well(&["deposits", "--json"], &["o1"]);
    let all: Vec<serde_json::Value> = serde_json::from_str(&all).expect("JSON");
    all.into_iter().find(|d| d["name"] == name).unwrap_or_default()
}

/// It ended with that code, and each of these was said.
fn said(ended: &Ended, code: i32, said: &[&str]) {
    assert_eq!(ended.code, code, "{ended:?}");
    for word in said {
        assert!(ended.stderr.contains(word), "`{word}` is not said: {}", ended.stderr);
    }
}

fn entries(hall: &Hall) -> usize {
    let runtime = Runtime::new().expect("a runtime");
    runtime.block_on(Door::of(hall).replay()).expect("the log replays").0.len()
}

/// The code stands in no log, however much is written down.
fn never_written(hall: &Hall, codes: &[&str]) {
    let log = fs::read_to_string(hall.at("server.log")).expect("a log");
    assert!(log.len() > 10_000, "the server writes everything down");
    for code in codes {
        assert!(!log.contains(&code.replace(' ', "")) && !log.contains(code), "the code {code} is in the log");
    }
}

/// Twenty papers in two bundles.
fn ballots(hall: &Hall) -> PathBuf {
    let marks = ["01", "01 02", "04", "03", "01", "02", "04", "03 04", "01", ""];
    let lines = ["b001", "b002"].iter().flat_map(|bundle| marks.iter().map(move |mark| format!("{bundle},{mark},\n")));
    let path = hall.at("c01.csv");
    fs::write(&path, format!("bundle,marks,ground\n{}", lines.collect::<String>())).expect("a file");
    path
}

#[test]
fn a_table_a_board_and_an_observer_enrol_from_their_own_homes_and_take_part() {
    let hall = hall();
    // A spare table: the code is typed as it was read aloud.
    let code = invite(&hall, "station/s04");
    let open = deposit(&hall, "station/s04");
    assert_eq!((&open["state"], &open["tries-left"]), (&"open".into(), &5.into()));
    let read_aloud = enrol_well(&hall, "station", &hall.at("s04"), &code.replace(' ', "-"), &["--id", "s04"]);
    let came = deposit(&hall, "station/s04");
    assert_eq!((&came["state"], &came["fingerprint"]), (&"deposited".into(), &read_aloud[0].as_str().into()));
    let heads = words(&["station", "heads"], &[("--home", hall.at("s04"))]);
    let before = program::run([heads.clone(), words(&["--server", hall.address()], &[])].concat());
    said(&before, 11, &["chưa được ghi nhận", "not enrolled"]);
    admit_well(&hall, "station/s04", &read_aloud[0], &["--title", "Bàn số 4"]);
    assert!(deposit(&hall, "station/s04").is_null(), "it is in the log now");

    // The board: three members on three machines.
    for id in ["k1", "k2", "k3"] {
        let code = invite(&hall, &format!("board/{id}"));
        let read_aloud = enrol_well(&hall, "committee", &hall.at(id), &code, &["--id", id]);
        admit_well(&hall, &format!("board/{id}"), &read_aloud[0], &[]);
    }
    hall.desk_well(&["board", "b1"], &["o1", "o2"]);
    let (toml, papers) = (hall.at("event/event.toml"), hall.at("papers.toml"));
    let bundles = "bundles = [{ id = \"b001\", papers = 10 }, { id = \"b002\", papers = 10, table = \"s04\" }]";
    fs::write(&papers, format!("received = 20\nissued = 20\nunused = 0\nspoiled = 0\n{bundles}\n")).expect("a file");
    for what in
        [words(&["contest", "c01"], &[("--event-toml", toml)]), words(&["papers", "c01"], &[("--file", papers)])]
    {
        let member = |id: &str, what: Vec<OsString>, more: &[&str]| {
            let mut all = words(&["committee"], &[]);
            all.extend(what);
            all.extend(words(&["--server", hall.address(), "--as", id], &[("--home", hall.at(id))]));
            all.extend(words(more, &[]));
            program::run_well(all)
        };
        let sid = member("k1", what, &["--propose"]).trim().to_owned();
        member("k2", words(&["sign", &sid], &[]), &[]);
    }

    // The observer, with a witness that has a code of its own.
    let (code, witness) = (invite(&hall, "observer/tinh"), invite(&hall, "tinh-uy.example/w1"));
    let more = ["--id", "tinh", "--witness", "tinh-uy.example/w1", "--witness-code", &witness];
    let read_aloud = enrol_well(&hall, "observer", &hall.at("w"), &code, &more);
    admit_well(&hall, "observer/tinh", &read_aloud[0], &[]);
    admit_well(&hall, "tinh-uy.example/w1", &read_aloud[1], &[]);

    // The table delivers with the ticket it remembers, and the new witness verifies and cosigns.
    let mut count = words(&["station", "count", "--contest", "c01", "--bundle-size", "10", "--min-bundle", "5"], &[]);
    count.extend(words(&["--server", hall.address()], &[("--home", hall.at("s04")), ("--ballots", ballots(&hall))]));
    program::run_well(count);
    let mut cosign = words(&["observer", "witness", "--once", "--json", "--server", hall.address()], &[]);
    cosign.extend(words(&[], &[("--home", hall.at("w"))]));
    let seen: serde_json::Value =
        serde_json::from_str(program::run_well(cosign).lines().next().expect("a line")).expect("JSON");
    assert_eq!(seen["size"], entries(&hall), "manifest, s04, board, contest, papers, observer, witness, two bundles");
    let status: serde_json::Value =
        serde_json::from_str(&hall.desk_well(&["status", "--json"], &["o1"])).expect("JSON");
    assert_eq!(status["contests"][0]["bundles"]["counted"], 2, "{status}");
    never_written(&hall, &[&code, &witness]);
}

#[test]
fn a_man_in_the_middle_with_another_key_learns_nothing_and_people_are_told_what_to_do() {
    let hall = hall();
    let code = invite(&hall, "station/s04");
    let middle = Middle::open(hall.event.parse().expect("a sid"));
    for (role, more) in [
        ("station", &["--id", "s04"][..]),
        ("committee", &["--id", "k1"]),
        ("observer", &["--id", "tinh", "--witness", "tinh-uy.example/w1", "--witness-code", "12345678"]),
    ] {
        let home = hall.at(&format!("{role}-in-between"));
        let ended = enrol_at(&hall.ticket(), &middle.address, role, &home, &code, more);
        said(&ended, 12, &[&middle.address, "KHÔNG phải máy chủ", "NOT the server", "tell the organisers"]);
        assert!(!home.exists(), "nothing is made for somebody else's server");
    }
    // An organiser is not led astray either: no code is made there.
    let astray = words(
        &["committee", "invite", "station/s05", "--as", "o1", "--server", &middle.address],
        &[("--home", hall.at("committee"))],
    );
    said(&program::run(astray), 12, &["NOT the server"]);
    // A table that was enrolled before shows its key to nobody else.
    let home = hall.at("s04");
    enrol_well(&hall, "station", &home, &code, &["--id", "s04"]);
    said(
        &enrol_at(&hall.ticket(), &middle.address, "station", &home, &code, &["--id", "s04"]),
        12,
        &["NOT the server"],
    );
    assert_eq!(middle.came.load(Ordering::SeqCst), 5, "they did come by");
    assert_eq!(middle.shaken.load(Ordering::SeqCst), 0, "and none of them finished the handshake");
    assert_eq!(middle.learned.load(Ordering::SeqCst), 0, "not one byte was said inside it");
}

/// Somebody at a switch of the hall who answers in the server's place, with a key of the right name.
struct Middle {
    address: String,
    came: Arc<AtomicUsize>,
    shaken: Arc<AtomicUsize>,
    learned: Arc<AtomicUsize>,
    _runtime: Runtime,
}

impl Middle {
    fn open(event: tally::Sid) -> Self {
        let runtime = Runtime::new().expect("a runtime");
        let key = SigningKey::from_seed(&format!("{ORIGIN}/tally"), KeyKind::Ed25519, &[9; 32]).expect("a key");
        let handshake = Handshake::new(&[(event, Arc::new(key))]);
        let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).expect("a port");
        let address = listener.local_addr().expect("an address").to_string();
        let [came, shaken, learned] = [(); 3].map(|()| Arc::new(AtomicUsize::new(0)));
        let (coming, shaking, learning) = (Arc::clone(&came), Arc::clone(&shaken), Arc::clone(&learned));
        runtime.spawn(async move {
            loop {
                let (socket, _) = listener.accept().await.expect("a connection");
                coming.fetch_add(1, Ordering::SeqCst);
                let Ok((mut stream, _)) = handshake.accept(socket).await else { continue };
                shaking.fetch_add(1, Ordering::SeqCst);
                let mut heard = Vec::new();
                let _ = tokio::time::timeout(Duration::from_secs(2), stream.read_to_end(&mut heard)).await;
                learning.fetch_add(heard.len(), Ordering::SeqCst);
            }
        });
        Self { address, came, shaken, learned, _runtime: runtime }
    }
}

#[test]
fn a_code_used_twice_brings_one_key_in_and_the_second_device_is_told_to_raise_the_alarm() {
    let hall = hall();
    let code = invite(&hall, "station/s04");
    let first = enrol_well(&hall, "station", &hall.at("s04"), &code, &["--id", "s04"]);
    let replayed = enrol(&hall, "station", &hall.at("thief"), &code, &["--id", "s04"]);
    said(&replayed, 11, &["báo ngay cho ban tổ chức", "this code was used", "tell the organiser at once"]);
    assert!(!hall.at("thief/ticket").exists());
    // The same device may ask again: an answer was lost.
    assert_eq!(enrol_well(&hall, "station", &hall.at("s04"), &code, &["--id", "s04"]), first);
    assert_eq!(deposit(&hall, "station/s04")["fingerprint"], first[0].as_str());
    admit_well(&hall, "station/s04", &first[0], &[]);
    said(&enrol(&hall, "station", &hall.at("thief"), &code, &["--id", "s04"]), 11, &["this code was used"]);
    // And the enrolled device hears that it is in, with whatever code.
    assert_eq!(enrol_well(&hall, "station", &hall.at("s04"), "00000000", &["--id", "s04"]), first);
    never_written(&hall, &[&code]);
}

#[test]
fn five_guesses_end_a_code_and_nobody_learns_which_names_were_invited() {
    let hall = hall();
    let (code, other) = (invite(&hall, "station/s04"), invite(&hall, "station/s06"));
    let wrong = if code == "0000 0000" { "00000001" } else { "00000000" };
    let began = Instant::now();
    let mut sentences: Vec<String> = (0..5)
        .map(|_| {
            let ended = enrol(&hall, "station", &hall.at("s04"), wrong, &["--id", "s04"]);
            said(&ended, 11, &["không phải mã của tên này", "ask the organiser for a new code"]);
            ended.stderr
        })
        .collect();
    assert!(began.elapsed() >= Duration::from_secs(5), "a wrong code is answered late");
    assert_eq!(deposit(&hall, "station/s04")["state"], "tries-spent");
    let right = enrol(&hall, "station", &hall.at("s04"), &code, &["--id", "s04"]);
    said(&right, 11, &["tried wrongly 5 times", "ask the organiser for a new code"]);
    // Table 5 was never invited: the same words.
    sentences.push(enrol(&hall, "station", &hall.at("s05"), wrong, &["--id", "s05"]).stderr);
    assert!(sentences.windows(2).all(|two| two[0] == two[1]), "{sentences:?}");
    // A new code for the table ends all that; table 6 never lost a try.
    assert_eq!(deposit(&hall, "station/s06")["tries-left"], 5);
    let code = invite(&hall, "station/s04");
    enrol_well(&hall, "station", &hall.at("s04"), &code, &["--id", "s04"]);
    never_written(&hall, &[&code, &other]);
}

#[test]
fn a_wrong_ticket_is_told_from_a_wrong_code() {
    let (hall, other) = (hall(), Hall::found(&event_toml(1, &strike_list("c01", 20)), 1));
    let code = invite(&hall, "station/s04");
    let home = hall.at("s04");
    let at = |name: &str, ticket: &str| {
        let path = hall.at(name);
        fs::write(&path, ticket).expect("a file");
        path
    };
    // The ticket of another hall, taken to this one.
    let ended = enrol_at(&other.ticket(), hall.address(), "station", &home, &code, &["--id", "s04"]);
    said(&ended, 12, &["KHÔNG phải máy chủ", "NOT the server of this event ticket"]);
    // The key of this server, the event of another one: a ticket put together wrongly.
    let own = fs::read_to_string(hall.ticket()).expect("a ticket");
    let mixed = at("mixed", &own.replace(&hall.event, &other.event));
    let ended = enrol_at(&mixed, hall.address(), "station", &home, &code, &["--id", "s04"]);
    said(&ended, 10, &["không có sự kiện", "ask the organisers for a new one"]);
    assert!(!home.join("ticket").exists(), "no wrong ticket is kept");
    // A line cut short, and no ticket at all.
    let cut = at("cut", &own[..own.len() - 8]);
    said(&enrol_at(&cut, hall.address(), "station", &home, &code, &["--id", "s04"]), 2, &["scan its QR code"]);
    said(&enrol_at(Path::new("no/such"), hall.address(), "station", &home, &code, &["--id", "s04"]), 2, &["no/such"]);
    // The right one, then another event's in the same folder.
    enrol_well(&hall, "station", &home, &code, &["--id", "s04"]);
    let ended = enrol_at(&other.ticket(), hall.address(), "station", &home, &code, &["--id", "s04"]);
    said(&ended, 2, &["every event has a folder of its own"]);
    // A folder that is another table's.
    said(&enrol(&hall, "station", &home, &code, &["--id", "s05"]), 11, &["station/s04", "station/s05"]);
    // A code that is none.
    said(&enrol(&hall, "station", &home, "1234567", &["--id", "s04"]), 2, &["eight digits", "nothing was done"]);
}

#[test]
fn nothing_is_signed_for_a_key_whose_fingerprint_differs_or_was_not_read_aloud() {
    let hall = hall();
    let before = entries(&hall);
    said(&admit(&hall, "station/s04", "00000 00000 00000 00000 00000 00000", &[]), 2, &["invite again"]);
    let code = invite(&hall, "station/s04");
    said(&admit(&hall, "station/s04", "00000 00000 00000 00000 00000 00000", &[]), 2, &["no key has come in"]);
    // Somebody heard the code and was faster than the table.
    enrol_well(&hall, "station", &hall.at("thief"), &code, &["--id", "s04"]);
    enrol(&hall, "station", &hall.at("s04"), &code, &["--id", "s04"]);
    let at_the_table = program::run(["key".into(), "show".into(), hall.at("s04/station.key").into_os_string()]);
    let read_aloud = at_the_table.stdout.lines().nth(1).expect("a fingerprint").to_owned();
    let ended = admit(&hall, "station/s04", &read_aloud, &["--title", "Bàn số 4"]);
    said(&ended, 11, &[&read_aloud, "KHÁC", "invite again with a new code"]);
    // Nobody typed what was read aloud, and nobody is asked without a terminal.
    said(&hall.desk(&["admit", "station/s04"], &["o1", "o2"]), 10, &["--fingerprint is needed"]);
    said(&hall.desk(&["admit", "station/s04", "--fingerprint", "12345"], &["o1", "o2"]), 2, &["six groups"]);
    // The same for a board member, whose key is only kept.
    let code = invite(&hall, "board/k1");
    enrol_well(&hall, "committee", &hall.at("k1"), &code, &["--id", "k1"]);
    said(&admit(&hall, "board/k1", &read_aloud, &[]), 11, &["KHÁC"]);
    assert!(!hall.at("committee/keys/k1.key.vkey").exists());
    assert_eq!(entries(&hall), before, "nothing was signed");
    // A new code throws the thief's key out.
    let code = invite(&hall, "station/s04");
    let read_aloud = enrol_well(&hall, "station", &hall.at("s04"), &code, &["--id", "s04"]);
    admit_well(&hall, "station/s04", &read_aloud[0], &["--title", "Bàn số 4"]);
    assert_eq!(entries(&hall), before + 1);
}

#[test]
fn one_organiser_proposes_and_another_signs_on_a_machine_of_their_own() {
    let hall = hall();
    let code = invite(&hall, "organiser/o4");
    let read_aloud = enrol_well(&hall, "committee", &hall.at("o4"), &code, &["--id", "organiser/o4"]);
    let alone = hall.desk(&["admit", "organiser/o4", "--fingerprint", &read_aloud[0]], &["o1"]);
    said(&alone, 1, &["--propose"]);
    let arguments = ["admit", "organiser/o4", "--fingerprint", &read_aloud[0], "--propose"];
    let sid = hall.desk_well(&arguments, &["o1"]).trim().to_owned();
    hall.desk_well(&["sign", &sid], &["o3"]);
    // The new organiser invites from the machine it was enrolled on.
    let own = words(
        &["committee", "invite", "station/s09", "--as", "o4", "--server", hall.address()],
        &[("--home", hall.at("o4"))],
    );
    let handed_over = program::run_well(own);
    let code = handed_over.lines().next().expect("a code");
    assert_eq!((code.len(), code.as_bytes()[4]), (9, b' '), "two groups of four: {code}");
    assert!(handed_over.lines().nth(1).expect("a ticket").contains(hall.address()));
    enrol_well(&hall, "station", &hall.at("s09"), code, &["--id", "s09"]);
}

#[test]
fn names_are_never_used_again_and_a_revoked_key_does_not_return() {
    let hall = hall();
    let taken = hall.desk(&["invite", "station/s01"], &["o1"]);
    said(&taken, 2, &["không bao giờ dùng lại", "station/s01b"]);
    said(&hall.desk(&["invite", "staton/s04"], &["o1"]), 2, &["a witness, which has a dot"]);
    hall.desk_well(&["revoke", "station/s01", "--last-seq", "0", "--reason", "mất máy"], &["o1", "o2"]);
    said(&hall.desk(&["invite", "station/s01"], &["o1"]), 2, &["station/s01b"]);
    let back = enrol(&hall, "station", &hall.at("s01"), "12345678", &["--id", "s01"]);
    said(&back, 11, &["đã bị thu hồi", "never returns", "s04b"]);
    // What replaces the table has a name, a key and a folder of its own.
    let code = invite(&hall, "station/s01b");
    let read_aloud = enrol_well(&hall, "station", &hall.at("s01b"), &code, &["--id", "s01b"]);
    admit_well(&hall, "station/s01b", &read_aloud[0], &["--title", "Bàn số 1"]);
}

#[test]
fn only_organisers_invite_and_see_what_came_in() {
    let hall = hall();
    let code = invite(&hall, "board/k1");
    let read_aloud = enrol_well(&hall, "committee", &hall.at("k1"), &code, &["--id", "k1"]);
    let ask = |home: &str, what: &[&str]| {
        let mut all = words(&["committee"], &[("--home", hall.at(home))]);
        all.splice(1..1, words(what, &[]));
        all.extend(hall.way());
        program::run(all)
    };
    for what in [&["invite", "station/s04", "--as", "k1"][..], &["deposits", "--as", "k1"]] {
        said(&ask("k1", what), 11, &["this door is for organisers"]);
    }
    // Nor when the key is enrolled.
    admit_well(&hall, "board/k1", &read_aloud[0], &[]);
    for id in ["k2", "k3"] {
        let code = invite(&hall, &format!("board/{id}"));
        let read_aloud = enrol_well(&hall, "committee", &hall.at(id), &code, &["--id", id]);
        admit_well(&hall, &format!("board/{id}"), &read_aloud[0], &[]);
    }
    hall.desk_well(&["board", "b1"], &["o1", "o2"]);
    said(&ask("k1", &["invite", "station/s04", "--as", "k1"]), 11, &["this door is for organisers", "board/k1"]);
}

#[test]
fn over_the_wire_a_key_that_is_not_the_connections_is_refused_and_guesses_come_one_by_one() {
    let hall = hall();
    let code = invite(&hall, "station/s04").replace(' ', "");
    let key = |seed: u8| {
        let name = format!("{ORIGIN}/station/s04");
        Arc::new(SigningKey::from_seed(&name, KeyKind::Ed25519, &[seed; 32]).expect("a key"))
    };
    let (mine, stolen) = (key(1), key(2));
    Runtime::new().expect("a runtime").block_on(async {
        let door = Door::of(&hall).with_key(Some(Arc::clone(&mine)));
        let ask = |channel| EnrolServiceClient::new(channel);
        let request = |key: &SigningKey, code: &str| DepositRequest {
            event: hall.event.clone(),
            code: code.to_owned(),
            key: key.verifier().to_string(),
        };
        let mut own = ask(door.connect().await.expect("a connection"));
        let refused = own.deposit(request(&stolen, &code)).await.expect_err("not the key of this connection");
        assert_eq!(refused.code(), Code::PermissionDenied);
        assert!(refused.message().contains("not the key of this connection"), "{refused}");
        let mut nobody = ask(door.with_key(None).connect().await.expect("a connection"));
        let refused = nobody.deposit(request(&mine, &code)).await.expect_err("no key");
        assert_eq!(refused.code(), Code::Unauthenticated);
        for refused in [
            nobody.invite(InviteRequest { event: hall.event.clone(), name: "station/s05".into() }).await.map(|_| ()),
            nobody.list_deposits(ListDepositsRequest { event: hall.event.clone() }).await.map(|_| ()),
        ] {
            assert_eq!(refused.expect_err("nobody in particular").code(), Code::Unauthenticated);
        }
        // Four guesses at once from one address: two are looked at, and answered late.
        let (began, wrong) = (Instant::now(), if code == "00000000" { "00000001" } else { "00000000" });
        let guess = || {
            let (mut own, request) = (own.clone(), request(&mine, wrong));
            async move { own.deposit(request).await.expect_err("a guess").code() }
        };
        let codes: [Code; 4] = tokio::join!(guess(), guess(), guess(), guess()).into();
        assert_eq!(codes.iter().filter(|c| **c == Code::ResourceExhausted).count(), 2, "{codes:?}");
        assert!(began.elapsed() >= Duration::from_secs(1));
        // Who hangs up does not get rid of the wait.
        for _ in 0..2 {
            let mut own = own.clone();
            let hung_up = tokio::time::timeout(Duration::from_millis(100), own.deposit(request(&mine, wrong)));
            assert!(hung_up.await.is_err());
        }
        assert_eq!(guess().await, Code::ResourceExhausted);
        tokio::time::sleep(Duration::from_millis(1_100)).await;
        let taken =
            own.deposit(request(&mine, &code)).await.expect("four wrong tries, the fifth is right").into_inner();
        assert_eq!(taken.fingerprint, tlog::sha256(mine.verifier().to_string().as_bytes()).as_bytes().as_slice());
    });
    assert_eq!(deposit(&hall, "station/s04")["key"], mine.verifier().to_string());
    let page = program_page(&hall);
    for (outcome, times) in
        [("invited", 1), ("taken", 1), ("wrong-code", 4), ("not-own-key", 1), ("no-key", 1), ("busy", 3)]
    {
        let line = format!("kiemphieu_enrolments_total{{outcome=\"{outcome}\"}} {times}\n");
        assert!(page.contains(&line), "{line} is not in {page}");
    }
    never_written(&hall, &[&code]);
}

/// The page for Prometheus.
fn program_page(hall: &Hall) -> String {
    use std::io::{Read, Write};
    let mut socket = std::net::TcpStream::connect(promises::hall::bare(&hall.http)).expect("the public port");
    socket.write_all(b"GET /metrics HTTP/1.1\r\nhost: hall\r\nconnection: close\r\n\r\n").expect("it takes a request");
    let mut page = String::new();
    socket.read_to_string(&mut page).expect("it answers");
    page
}
