//! A second count, written from the protocol alone: it keeps every logged statement and works everything out from the
//! first one each time. Whatever happens in a hall, both counts must say the same of it.

#![allow(clippy::unwrap_used, reason = "in a test a panic is the verdict")]

mod forge;
#[path = "model/position.rs"]
mod position;

use forge::{AGREE, BOARD, Hall, STRIKE, boxes, names, papers, sign, unsigned};
use position::{MIN_BUNDLE, Position};
use proptest::prelude::*;
use std::collections::BTreeSet;
use tally::{
    BundleId, ContestId, Figures, Ruling, Sid, SignedStatement, Statement,
    ruling::{BundleState, Verdict},
};

const CONTESTS: [&str; 2] = ["c01", "c02"];
const BUNDLES: [&str; 5] = ["b001", "b002", "b003", "b004", "b009"];
const PAPERS: [u32; 5] = [10, 10, 12, 6, 10];

/// One thing that somebody does, by position rather than by name so that it always means something.
#[derive(Clone, Debug)]
enum Act {
    Batch {
        contest: usize,
        station: usize,
        bundle: usize,
        figures: u8,
        serials: u8,
    },
    Withdraw {
        contest: usize,
        station: usize,
        target: usize,
    },
    Settle {
        contest: usize,
        bundle: usize,
        stands: Option<usize>,
    },
    GiveUp {
        contest: usize,
        bundle: usize,
    },
    Papers {
        contest: usize,
        papers: u8,
    },
    Revoke {
        station: usize,
        back: u64,
    },
    Desk {
        contest: usize,
        kind: &'static str,
    },
    Again {
        entry: usize,
    },
    /// Every open bundle is counted by as many tables as it takes; then so many steps of close, certify, announce.
    Finish {
        contest: usize,
        steps: usize,
    },
}

fn act() -> impl Strategy<Value = Act> {
    let contest = || prop_oneof![4 => Just(0_usize), 1 => Just(1)];
    let figures = prop_oneof![8 => Just(0_u8), 2 => Just(1), 1 => 2..7_u8];
    prop_oneof![
        24 => (contest(), 0..3_usize, 0..5_usize, figures, 0..4_u8).prop_map(|(contest, station, bundle, figures, serials)| {
            Act::Batch { contest, station, bundle, figures, serials }
        }),
        4 => (contest(), 0..3_usize, 0..5_usize).prop_map(|(contest, station, target)| Act::Withdraw { contest, station, target }),
        4 => (contest(), 0..4_usize, proptest::option::weighted(0.9, 0..12_usize))
            .prop_map(|(contest, bundle, stands)| Act::Settle { contest, bundle, stands }),
        1 => (contest(), 0..5_usize).prop_map(|(contest, bundle)| Act::GiveUp { contest, bundle }),
        3 => (contest(), 0..8_u8).prop_map(|(contest, papers)| Act::Papers { contest, papers }),
        2 => (0..3_usize, 0..6_u64).prop_map(|(station, back)| Act::Revoke { station, back }),
        10 => (contest(), prop_oneof![
            12 => Just("close"), 8 => Just("certify"), 6 => Just("announce"), 12 => Just("reopen"), 1 => Just("annul"),
        ]).prop_map(|(contest, kind)| Act::Desk { contest, kind }),
        2 => (0..40_usize).prop_map(|entry| Act::Again { entry }),
        9 => (contest(), 0..=3_usize).prop_map(|(contest, steps)| Act::Finish { contest, steps }),
    ]
}

/// The hall and the model side by side.
struct Both {
    hall: Hall,
    log: Vec<(Sid, Statement)>,
    texts: Vec<(String, Vec<String>)>,
    signed: bool,
}

impl Both {
    fn new(counts: u8, signed: bool) -> Self {
        let manifest = forge::manifest().replace("min-bundle 1", &format!("min-bundle {MIN_BUNDLE}"));
        let mut hall = Hall::of(&manifest);
        assert_eq!(hall.organisers("board", &forge::board("b1", 2, &["k1", "k2", "k3"])), Ruling::Recorded);
        let mut both = Self { hall, log: Vec::new(), texts: Vec::new(), signed };
        both.desk("contest", "c01", &STRIKE.replace("counts 1", &format!("counts {counts}")));
        both.desk("contest", "c02", AGREE);
        both
    }

    /// Says it to both; they must agree about what becomes of it, and about everything afterwards.
    fn say(&mut self, text: &str, signers: &[&str]) {
        let s = match self.signed {
            false => unsigned(text, signers),
            true => SignedStatement::open(sign(text, signers).as_bytes(), self.hall.replay.count.keys()).unwrap(),
        };
        let expected = match self.log.iter().any(|(sid, _)| *sid == s.sid) {
            true => Verdict::Repeated,
            false => match s.statement.contest() {
                Some(contest) => Position::of(&self.log, contest).verdict(&s.statement),
                None => Verdict::Recorded,
            },
        };
        let ruling = self.hall.replay.rule(&s);
        assert_eq!(ruling.verdict(), expected, "{ruling:?} of {text}");
        if let Ruling::Repeated { index, set_aside } = &ruling {
            let (sid, said) = &self.log[usize::try_from(*index).unwrap() - 2];
            let aside = said.contest().is_some_and(|c| Position::of(&self.log, c).aside.contains(sid));
            assert_eq!((*sid, !set_aside.is_empty()), (s.sid, aside), "said again: {text}");
        }
        if let (Statement::Batch(b), Ruling::Live { flags, .. }) = (&s.statement, &ruling) {
            let expected = Position::of(&self.log, b.contest).flags(b);
            assert_eq!(flags.iter().copied().collect::<BTreeSet<_>>(), expected, "flags of {text}");
        }
        if ruling.is_logged() {
            match self.signed {
                true => assert_eq!(self.hall.replay.verify(s.note.as_bytes()).map(|s| s.sid), Ok(s.sid)),
                false => self.hall.replay.take_ruled(&s, &ruling),
            }
            self.log.push((s.sid, s.statement.clone()));
            self.texts.push((text.to_owned(), signers.iter().map(|s| (*s).to_owned()).collect()));
        }
        if let (Statement::Batch(b), Ruling::Live { state, .. }) = (&s.statement, &ruling) {
            let p = Position::of(&self.log, b.contest);
            assert_eq!(*state, p.state(p.bundle(b.bundle).unwrap()), "the answer to {text}");
        }
        CONTESTS.iter().for_each(|contest| self.compare(contest));
    }

    fn compare(&self, contest: &str) {
        let id: ContestId = contest.parse().unwrap();
        let (p, Some(c)) = (Position::of(&self.log, id), self.hall.replay.count.contest(id)) else { return };
        assert_eq!(c.phase(), p.phase);
        let states: Vec<_> = p.papers.iter().flat_map(|s| &s.bundles).map(|b| (b.bundle, p.state(b))).collect();
        assert_eq!(c.bundle_states().collect::<Vec<_>>(), states);
        let counted = p.counted();
        assert_eq!(c.bundles_counted(), counted.len());
        let mut totals = Figures::none(c.statement().form, c.statement().candidates.len());
        counted.iter().for_each(|b| totals.add(&b.figures));
        assert_eq!(c.totals(), totals);
        // Two entries stand before those kept here: manifest and board.
        let index = |wanted: &Sid| self.log.iter().position(|(sid, _)| sid == wanted).unwrap() as u64 + 2;
        let live: BTreeSet<u64> = p.live.iter().map(|(sid, _)| index(sid)).collect();
        assert_eq!(c.live().map(|b| b.index).collect::<BTreeSet<u64>>(), live);
        assert_eq!(c.is_revoked_after_close(), p.revoked_after_close);
        let aside: usize = CONTESTS.iter().map(|c| Position::of(&self.log, c.parse().unwrap()).aside.len()).sum();
        assert_eq!(self.hall.replay.count.flags().set_aside, aside as u64);
    }

    fn desk(&mut self, kind: &str, contest: &str, body: &str) {
        let size = self.hall.replay.count.size();
        self.say(&self.hall.desk_text(kind, contest, body), BOARD);
        if kind == "close" && self.hall.replay.count.size() > size {
            self.say(&self.hall.bulletin_text(contest), &["tally"]);
        }
    }

    fn batch(&mut self, contest: &str, station: usize, bundle: usize, figures: &str, serials: &str) {
        let station = format!("s0{}", station + 1);
        let text = self.hall.batch_text(&station, contest, BUNDLES[bundle], figures);
        self.say(&text.replace("serials -", &format!("serials {serials}")), &[&format!("station/{station}")]);
    }

    /// The sid of some batch said so far, or of nothing.
    fn some_batch(&self, nth: usize) -> Sid {
        let batches = self.log.iter().filter(|(_, s)| matches!(s, Statement::Batch(_)));
        batches.map(|(sid, _)| *sid).rev().nth(nth).unwrap_or(Sid::ZERO)
    }

    fn finish(&mut self, contest: &str) {
        let id: ContestId = contest.parse().unwrap();
        let c = self.hall.replay.count.contest(id).unwrap();
        let agree = c.statement().form.is_agree();
        let Some(papers) = c.papers().filter(|_| c.phase().is_open()).cloned() else { return };
        for b in papers.bundles {
            let place = BUNDLES.iter().position(|id| *id == b.bundle.as_str()).unwrap();
            for station in 0..3 {
                let own = b.table.is_none_or(|table| table.as_str() == format!("s0{}", station + 1));
                let open = self.hall.replay.count.bundle_state(id, b.bundle).unwrap();
                if own && matches!(open, BundleState::Missing | BundleState::Waiting) {
                    self.batch(contest, station, place, &figures(agree, b.papers.0, 0), "-");
                }
            }
        }
    }

    fn act(&mut self, act: &Act) {
        match *act {
            Act::Batch { contest, station, bundle, figures: f, serials } => {
                let serials = ["-", "-", "001-010", "010-020"][usize::from(serials)];
                self.batch(CONTESTS[contest], station, bundle, &figures(contest == 1, PAPERS[bundle], f), serials);
            }
            Act::Withdraw { contest, station, target } => {
                let (station, target) = (format!("s0{}", station + 1), self.some_batch(target));
                let body = format!("target {target}\nreason sai\n");
                let text = self.hall.table_text("withdraw", &station, CONTESTS[contest], &body);
                self.say(&text, &[&format!("station/{station}")]);
            }
            Act::Settle { contest, bundle, stands } => {
                let live = |nth: usize| {
                    let id: BundleId = BUNDLES[bundle].parse().unwrap();
                    let p = Position::of(&self.log, CONTESTS[contest].parse().unwrap());
                    let live: Vec<Sid> = p.live.iter().filter(|(_, b)| b.bundle == id).map(|(sid, _)| *sid).collect();
                    live.get(nth % live.len().max(1)).copied()
                };
                let stands = stands.and_then(live).unwrap_or_else(|| self.some_batch(0));
                self.desk(
                    "settle",
                    CONTESTS[contest],
                    &format!("bundle {}\nstands {stands}\nreason vì\n", BUNDLES[bundle]),
                );
            }
            Act::GiveUp { contest, bundle } => {
                self.desk("settle", CONTESTS[contest], &format!("bundle {}\nstands -\nreason vì\n", BUNDLES[bundle]));
            }
            Act::Papers { contest, papers } => self.desk("papers", CONTESTS[contest], &these_papers(papers)),
            Act::Revoke { station, back } => {
                let station = format!("s0{}", station + 1);
                if !self.log.iter().any(|(_, s)| matches!(s, Statement::Revoke(r) if r.key.ends_with(&station))) {
                    let (head, _) = self.hall.replay.count.station_head(station.parse().unwrap()).unwrap();
                    // One more than the head now and then: what is still to come is accepted.
                    let last = if back == 5 { head + 1 } else { head.saturating_sub(back) };
                    let key = forge::name(&format!("station/{station}"));
                    let text = self.hall.desk_text("revoke", "", &format!("key {key}\nlast-seq {last}\nreason vì\n"));
                    self.say(&text, forge::ORGANISERS);
                }
            }
            Act::Desk { contest, kind } => {
                let contest = CONTESTS[contest];
                let body = match kind {
                    "certify" => self.hall.certificate(contest),
                    "announce" => format!("certify {}\n", self.hall.certified(contest)),
                    "close" => String::new(),
                    _ => "reason vì\n".to_owned(),
                };
                self.desk(kind, contest, &body);
            }
            Act::Again { entry } => {
                if let Some((text, signers)) = self.texts.get(entry).cloned() {
                    self.say(&text, &signers.iter().map(String::as_str).collect::<Vec<_>>());
                }
            }
            Act::Finish { contest, steps } => {
                self.finish(CONTESTS[contest]);
                for kind in ["close", "certify", "announce"].into_iter().take(steps) {
                    self.act(&Act::Desk { contest, kind });
                }
            }
        }
    }
}

/// 0 the figures of the bundle, 1 others, 2 of a paper too few, and four kinds that are set aside.
fn figures(agree: bool, n: u32, which: u8) -> String {
    match (agree, which) {
        (false, 1) => names(1, n - 1, [n - 1, 2, 3]),
        (false, 2) => names(0, n - 1, [n - 1, 2, 3]),
        (false, 3) => {
            names(0, n, [n, 2, 3]).replace("valid", "invalid no-mark 1\nvalid").replacen("invalid no-mark 1\n", "", 1)
        }
        (false, 4) => names(1, n - 1, [n - 1, 2, 3]).replace("invalid blank", "invalid no-mark"),
        (false, 5) => names(0, n, [n, 2, 3]).replace("votes 03 3", "votes 03 4"),
        (false, 6) => boxes(n, [n, 3]),
        (false, _) => names(0, n, [n, 2, 3]),
        (true, 1) => boxes(n, [n, 4]),
        (true, 2) => boxes(n - 1, [n - 1, 4]),
        (true, 5) => boxes(n, [n, 3]).replace("disagree 01 0", "disagree 01 1"),
        (true, 6) => names(0, n, [n, 2, 3]),
        (true, _) => boxes(n, [n, 3]),
    }
}

/// Papers that may be stated, and some that may not.
fn these_papers(which: u8) -> String {
    let all = ["b001 10 -", "b002 10 -", "b003 12 -", "b004 6 -"];
    match which {
        0 | 1 => papers(&all),
        2 => papers(&["b001 10 -", "b002 10 -", "b003 12 s01", "b004 6 -"]),
        3 => papers(&["b001 10 -", "b002 9 -", "b003 12 -", "b004 6 -"]),
        4 => papers(&all[..3]),
        5 => papers(&all).replace("collected 38", "collected 39"),
        6 => papers(&["b001 10 -", "b002 10 -", "b003 12 -", "b004 4 -"]),
        _ => papers(&all).replace("issued 38\nunused 62", "issued 37\nunused 63"),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_happens_in_the_hall_a_second_count_from_the_protocol_says_the_same(
        counts in prop_oneof![3 => Just(1_u8), 2 => Just(2), 1 => Just(3)],
        signed in proptest::bool::weighted(0.1),
        acts in proptest::collection::vec(act(), 5..=40),
    ) {
        let mut both = Both::new(counts, signed);
        both.desk("papers", "c01", &these_papers(0));
        both.desk("papers", "c02", &these_papers(0));
        acts.iter().for_each(|act| both.act(act));
    }
}
