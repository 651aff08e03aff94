//! Promises of the drafts: nobody twice, nobody unheard, nothing for ever. Signatures are nothing here, and time stands
//! still unless it is moved.

#![allow(clippy::unwrap_used, reason = "a panic is the verdict of a test")]

use super::*;
use tally::{Ruling, Statement};
use tlog::{KeyKind, SigningKey};

const ORIGIN: &str = "kiemphieu.example/hall";

fn vkey(short: &str) -> String {
    let name = if short.is_empty() { ORIGIN.to_owned() } else { format!("{ORIGIN}/{short}") };
    let seed = tlog::sha256(name.as_bytes()).0;
    SigningKey::from_seed(&name, KeyKind::Ed25519, &seed).unwrap().verifier().to_string()
}

/// A text with lines of these keys; `k1'` is another line of k1.
fn note(text: &str, signers: &[&str]) -> SignedStatement {
    let line = |signer: &&str| match signer.strip_suffix('\'') {
        Some(signer) => format!("— {ORIGIN}/{signer} AAAAAAB=\n").replace("AAAAAAB=", "AAAAAAAB"),
        None => format!("— {ORIGIN}/{signer} AAAAAAA=\n"),
    };
    let lines: String = signers.iter().map(line).collect();
    SignedStatement::reread(format!("{text}\n{lines}").as_bytes()).unwrap()
}

/// An event with three organisers of whom two sign, a board, and two contests of it.
struct Hall {
    count: Count,
    drafts: Drafts,
    now: Instant,
}

impl Hall {
    fn of(members: usize, threshold: usize) -> Self {
        let mut count = Count::new();
        let mut manifest =
            format!("kiemphieu/v1/manifest\norigin {ORIGIN}\ntitle Đại hội thử\norganisation -\nplace -\n");
        manifest += "language vi\nthreshold 2\n";
        for id in ["o1", "o2", "o3"] {
            manifest += &format!("organiser {}\n", vkey(&format!("organiser/{id}")));
        }
        manifest += &format!("log {}\ntally {}\nwitness-quorum 0\n", vkey(""), vkey("tally"));
        manifest += "disclosure public\nlive-totals no\nmin-bundle 1\n";
        count.apply(&note(&manifest, &["organiser/o1", "organiser/o2"]));
        let drafts = Drafts::of(count.event().unwrap());
        let mut hall = Self { count, drafts, now: Instant::now() };
        let ids: Vec<String> = (1..=members).map(|n| format!("k{n:02}")).collect();
        let mut board = format!("board b1\ntitle Ban kiểm phiếu\nthreshold {threshold}\n");
        ids.iter().for_each(|id| board += &format!("member {id} member Ủy viên {id}\n"));
        ids.iter().for_each(|id| board += &format!("key {}\n", vkey(&format!("board/{id}"))));
        hall.say(&hall.election("board", &board), &["organiser/o1", "organiser/o2"]);
        let all: Vec<String> = ids.iter().take(threshold).map(|id| format!("board/{id}")).collect();
        let all: Vec<&str> = all.iter().map(String::as_str).collect();
        for contest in ["c01", "c02"] {
            let opens = "board b1\nkind first\nfollows -\ntitle Bầu\nform strike-list\nprofile party-244\nseats 1\n\
                choices 1\ncounts 1\nbase summoned 9\nbase absent-throughout 0\nbase convener-absent 0\n\
                candidate 01 An\ncandidate 02 Bình\n";
            hall.say(&hall.about("contest", contest, opens), &all);
        }
        hall
    }

    fn about(&self, kind: &str, contest: &str, body: &str) -> String {
        let (event, prev) = (self.count.event().unwrap(), self.count.contest_head(contest.parse().unwrap()));
        format!("kiemphieu/v1/{kind}\nelection {event}\nprev {prev}\ncontest {contest}\n{body}")
    }

    fn election(&self, kind: &str, body: &str) -> String {
        let (event, prev) = (self.count.event().unwrap(), self.count.election_head());
        format!("kiemphieu/v1/{kind}\nelection {event}\nprev {prev}\n{body}")
    }

    fn annul(&self, contest: &str, reason: &str) -> String {
        self.about("annul", contest, &format!("reason {reason}\n"))
    }

    fn revoke(&self, key: &str) -> String {
        self.election("revoke", &format!("key {ORIGIN}/{key}\nlast-seq -\nreason mất máy\n"))
    }

    /// The largest statement there is, all but a line, with so many in it to tell it from others.
    fn large(&self, received: u64, bytes: usize) -> String {
        let body = |n: usize| {
            let bundles: String = (0..n).map(|b| format!("bundle b{b:015} 5 -\n")).collect();
            format!("received {received}\nissued 0\nunused 0\nspoiled 0\ncollected {}\n{bundles}", n * 5)
        };
        let header = self.about("papers", "c01", &body(0)).len() + 4;
        self.about("papers", "c01", &body((bytes - header) / "bundle b000000000000000 5 -\n".len()))
    }

    /// As the server does with a note.
    fn sign(&mut self, text: &str, signers: &[&str]) -> Ruling {
        let s = match self.drafts.complete(note(text, signers), self.now) {
            Ok(s) => s,
            Err(refusal) => return Ruling::Refused(refusal),
        };
        let ruling = self.count.rule(&s);
        match &ruling {
            Ruling::Draft { threshold, .. } => match self.drafts.keep(s, *threshold, self.now) {
                Ok(()) => ruling,
                Err(refusal) => Ruling::Refused(refusal),
            },
            _ => {
                if ruling.is_logged() {
                    self.count.apply(&s);
                    self.drafts.recorded(&s, &self.count, self.now);
                }
                ruling
            }
        }
    }

    fn say(&mut self, text: &str, signers: &[&str]) {
        assert_eq!(self.sign(text, signers), Ruling::Recorded, "{text}");
    }

    fn have(&mut self, text: &str, signers: &[&str]) -> usize {
        match self.sign(text, signers) {
            Ruling::Draft { signatures, .. } => signatures,
            other => panic!("{other:?}"),
        }
    }

    fn refuse(&mut self, text: &str, member: &str, reason: &str) -> Result<bool, CannotRefuse> {
        let sid = Statement::parse(text).unwrap().sid();
        let no = NoToADraft { name: format!("{ORIGIN}/{member}").into(), reason: reason.parse().unwrap() };
        self.drafts.refuse(sid, no, &self.count, self.now)
    }

    fn waits(&mut self, text: &str) -> bool {
        let sid = Statement::parse(text).unwrap().sid();
        self.drafts.waiting(self.now).iter().any(|d| d.signed.sid == sid)
    }

    fn end(&self, text: &str) -> Option<End> {
        let sid = Statement::parse(text).unwrap().sid();
        self.drafts.ended().find(|ended| ended.sid == sid).map(|ended| ended.end)
    }

    fn refused_by(&mut self, text: &str) -> Vec<String> {
        let sid = Statement::parse(text).unwrap().sid();
        let drafts = self.drafts.waiting(self.now);
        let draft = drafts.iter().find(|d| d.signed.sid == sid).unwrap();
        draft.refusals.iter().map(|no| format!("{}: {}", no.name.rsplit('/').next().unwrap(), no.reason)).collect()
    }
}

const K1: &[&str] = &["board/k01"];
const K2: &[&str] = &["board/k02"];

#[test]
fn any_member_completes_what_another_began() {
    let mut hall = Hall::of(3, 2);
    let text = hall.annul("c01", "in sai");
    assert_eq!(hall.have(&text, K1), 1);
    assert!(hall.waits(&text));
    hall.say(&text, &["board/k03"]);
    assert!(!hall.waits(&text));
    assert_eq!(hall.end(&text), Some(End::Recorded));
}

#[test]
fn one_member_twice_is_one_signature() {
    let mut hall = Hall::of(3, 3);
    let text = hall.annul("c01", "in sai");
    for signers in [K1, K1, &["board/k01'"]] {
        assert_eq!(hall.have(&text, signers), 1);
    }
    assert_eq!(hall.have(&text, K2), 2);
    assert_eq!(hall.have(&text, &["board/k01'"]), 2, "another line of one member takes nobody else's away");
    assert_eq!(hall.have(&text, &["board/k01", "board/k02"]), 2);
    hall.say(&text, &["board/k03"]);
}

#[test]
fn a_draft_expires_whoever_comes_next() {
    let mut hall = Hall::of(3, 2);
    let text = hall.annul("c01", "in sai");
    assert_eq!(hall.have(&text, K1), 1);
    hall.now += AGE_MAX - Duration::from_secs(1);
    assert!(hall.waits(&text), "a second before its time");
    let (mut listed, mut signed, mut refused) = (hall.drafts.clone(), hall.drafts.clone(), hall.drafts.clone());
    hall.now += Duration::from_secs(1);
    assert!(listed.waiting(hall.now).is_empty(), "listed");
    assert_eq!(listed.ended().map(|e| e.end).collect::<Vec<_>>(), [End::Expired]);
    let late = signed.complete(note(&text, K2), hall.now).unwrap();
    assert_eq!(late.signers.len(), 1, "a signature given too late finds none to complete");
    let no = NoToADraft { name: format!("{ORIGIN}/board/k02").into(), reason: "không".parse().unwrap() };
    let sid = late.sid;
    assert_eq!(refused.refuse(sid, no, &hall.count, hall.now), Err(CannotRefuse::Ended(End::Expired)));
    assert_eq!(hall.have(&text, K2), 1, "and begins it anew");
    assert_eq!((hall.waits(&text), hall.end(&text)), (true, None));
}

#[test]
fn a_draft_that_is_overtaken_dies_and_others_live() {
    let mut hall = Hall::of(3, 2);
    let (first, second) = (hall.annul("c01", "một"), hall.annul("c01", "hai"));
    let (other, key) = (hall.annul("c02", "ba"), hall.revoke("organiser/o3"));
    for text in [&first, &second, &other] {
        assert_eq!(hall.have(text, K1), 1);
    }
    assert_eq!(hall.have(&key, &["organiser/o1"]), 1);
    hall.say(&second, K2);
    assert_eq!(hall.end(&first), Some(End::Overtaken { by: Statement::parse(&second).unwrap().sid() }));
    assert_eq!(hall.end(&second), Some(End::Recorded));
    assert_eq!((hall.waits(&first), hall.waits(&other), hall.waits(&key)), (false, true, true));
    let late = hall.sign(&first, K2);
    assert!(matches!(late, Ruling::Refused(Refusal::WrongHead { .. })), "{late:?}");
    assert_eq!(hall.refuse(&first, "board/k03", "muộn").map_err(|e| matches!(e, CannotRefuse::Ended(_))), Err(true));
}

#[test]
fn a_draft_dies_when_too_few_are_left_who_have_not_refused() {
    let mut hall = Hall::of(3, 2);
    let text = hall.annul("c01", "in sai");
    assert_eq!(hall.have(&text, K1), 1);
    assert_eq!(hall.refuse(&text, "board/k02", "in đúng"), Ok(true), "k1 and k3 could still sign");
    assert_eq!(hall.refused_by(&text), ["k02: in đúng"]);
    assert_eq!(hall.refuse(&text, "board/k03", "cũng vậy"), Ok(false));
    assert_eq!((hall.waits(&text), hall.end(&text)), (false, Some(End::Refused)));
    assert_eq!(hall.refuse(&text, "board/k03", "cũng vậy"), Err(CannotRefuse::Ended(End::Refused)));
    let ended: Vec<_> = hall.drafts.ended().flat_map(|e| e.refusals.iter().map(|no| no.reason.to_string())).collect();
    assert_eq!(ended, ["in đúng", "cũng vậy"], "the proposer learns why");

    let mut all_of_three = Hall::of(3, 3);
    let text = all_of_three.annul("c01", "in sai");
    assert_eq!(all_of_three.have(&text, K1), 1);
    assert_eq!(all_of_three.refuse(&text, "board/k02", "không"), Ok(false), "one no of three is enough");
}

#[test]
fn a_no_is_said_once_by_somebody_who_could_sign_and_has_not() {
    let mut hall = Hall::of(4, 2);
    let text = hall.annul("c01", "in sai");
    assert_eq!(hall.refuse(&text, "board/k02", "không"), Err(CannotRefuse::Unknown));
    assert_eq!(hall.have(&text, K1), 1);
    assert_eq!(hall.refuse(&text, "board/k01", "không"), Err(CannotRefuse::HasSigned));
    for stranger in ["organiser/o1", "board/k09", "tally", "observer/p1"] {
        assert_eq!(hall.refuse(&text, stranger, "không"), Err(CannotRefuse::NotEntitled), "{stranger}");
    }
    assert_eq!(hall.refuse(&text, "board/k02", "không"), Ok(true));
    assert_eq!(hall.refuse(&text, "board/k02", "không"), Ok(true), "said again, as when the answer was lost");
    assert_eq!(hall.refuse(&text, "board/k02", "vẫn không"), Err(CannotRefuse::HasRefused));
    assert_eq!(hall.refused_by(&text), ["k02: không"]);
    let election = hall.revoke("organiser/o3");
    assert_eq!(hall.have(&election, &["organiser/o1"]), 1);
    assert_eq!(hall.refuse(&election, "board/k02", "không"), Err(CannotRefuse::NotEntitled));
    assert_eq!(hall.refuse(&election, "organiser/o2", "không"), Ok(true));
}

#[test]
fn whoever_signs_after_all_has_not_refused() {
    let mut hall = Hall::of(4, 3);
    let text = hall.annul("c01", "in sai");
    assert_eq!(hall.have(&text, K1), 1);
    assert_eq!(hall.refuse(&text, "board/k02", "khoan đã"), Ok(true));
    assert_eq!(hall.have(&text, K2), 2);
    assert!(hall.refused_by(&text).is_empty());
    assert_eq!(hall.refuse(&text, "board/k03", "không"), Ok(true), "k1, k2 and k4 could still sign");
    hall.say(&text, &["board/k04"]);
}

#[test]
fn what_was_refused_may_be_proposed_again_and_everybody_is_asked_anew() {
    let mut hall = Hall::of(2, 2);
    let text = hall.annul("c01", "in sai");
    assert_eq!(hall.have(&text, K1), 1);
    assert_eq!(hall.refuse(&text, "board/k02", "không"), Ok(false));
    assert_eq!(hall.have(&text, K1), 1);
    assert_eq!((hall.refused_by(&text).len(), hall.end(&text)), (0, None));
    hall.say(&text, K2);
    assert_eq!(hall.end(&text), Some(End::Recorded));
}

#[test]
fn a_revoked_member_has_neither_signed_nor_refused() {
    let mut hall = Hall::of(4, 3);
    let (alone, two) = (hall.annul("c01", "một"), hall.annul("c02", "hai"));
    assert_eq!(hall.have(&alone, K1), 1);
    assert_eq!(hall.have(&two, &["board/k01", "board/k02"]), 2);
    hall.say(&hall.revoke("board/k01"), &["organiser/o1", "organiser/o2"]);
    assert_eq!(hall.end(&alone), Some(End::Unsigned));
    assert_eq!(hall.have(&two, K2), 1, "the signature of k1 stops nobody else's");
    hall.say(&two, &["board/k03", "board/k04"]);

    let mut hall = Hall::of(4, 3);
    let text = hall.annul("c01", "một");
    assert_eq!(hall.have(&text, K1), 1);
    assert_eq!(hall.refuse(&text, "board/k02", "không"), Ok(true));
    hall.say(&hall.revoke("board/k03"), &["organiser/o1", "organiser/o2"]);
    assert_eq!(hall.end(&text), Some(End::Refused), "k1 and k4 alone cannot sign");

    let mut hall = Hall::of(4, 3);
    let text = hall.annul("c01", "một");
    assert_eq!(hall.have(&text, K1), 1);
    assert_eq!(hall.refuse(&text, "board/k02", "không"), Ok(true));
    hall.say(&hall.revoke("board/k02"), &["organiser/o1", "organiser/o2"]);
    assert!(hall.refused_by(&text).is_empty());
}

#[test]
fn one_member_fills_their_share_and_nobody_elses() {
    let mut hall = Hall::of(18, 2);
    let text = |hall: &Hall, n: usize| hall.annul("c01", &format!("lý do {n}"));
    for n in 0..DRAFTS_OF_ONE_MAX {
        assert_eq!(hall.have(&text(&hall, n), K1), 1);
    }
    let (name, waiting) = (Some(format!("{ORIGIN}/board/k01")), DRAFTS_OF_ONE_MAX);
    assert_eq!(hall.sign(&text(&hall, 99), K1), Ruling::Refused(Refusal::DraftRoom { name, waiting }));
    assert_eq!(hall.have(&text(&hall, 0), K1), 1, "one that waits already needs no room");
    for member in 2..=16 {
        let member = format!("board/k{member:02}");
        for n in 0..DRAFTS_OF_ONE_MAX {
            assert_eq!(hall.have(&hall.annul("c01", &format!("{member} {n}")), &[&member]), 1);
        }
    }
    let full = Ruling::Refused(Refusal::DraftRoom { name: None, waiting: DRAFTS_MAX });
    assert_eq!(hall.sign(&text(&hall, 99), &["board/k17"]), full);
    hall.now += AGE_MAX;
    assert_eq!(hall.have(&text(&hall, 99), K1), 1, "what expired gives its room back");
    assert!(hall.drafts.ended().count() <= 64);
}

#[test]
fn all_drafts_fit_one_list() {
    let mut hall = Hall::of(4, 2);
    let mut texts = 0;
    let full = loop {
        let text = hall.large(texts, NOTE_BYTES_MAX - 100);
        let member = format!("board/k{:02}", texts / 16 + 1);
        match hall.sign(&text, &[&member]) {
            Ruling::Draft { .. } => texts += 1,
            other => break other,
        }
    };
    assert_eq!(full, Ruling::Refused(Refusal::DraftRoom { name: None, waiting: 32 }));
    assert_eq!(texts, 32);
}

#[test]
fn a_draft_never_grows_beyond_a_note_that_can_be_verified() {
    let mut hall = Hall::of(20, 16);
    let text = hall.annul("c01", "in sai");
    let names: Vec<String> = (1..=20).map(|n| format!("board/k{n:02}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    assert_eq!(hall.have(&text, &names[5..]), 15);
    let together = hall.drafts.complete(note(&text, &names[..5]), hall.now).unwrap();
    assert_eq!(together.signers.len(), STRICT_LINES_MAX);

    let mut hall = Hall::of(3, 2);
    let text = hall.large(1, NOTE_BYTES_MAX - 60);
    assert_eq!(hall.have(&text, K1), 1);
    let refused = hall.sign(&text, K2);
    assert!(matches!(refused, Ruling::Refused(Refusal::Oversized { .. })), "{refused:?}");
}
