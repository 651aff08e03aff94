//! Statements made of values: each has one text, and reading the text gives the values again.

use crate::forge::key;
use proptest::{collection::vec, option, prelude::*, sample::subsequence};
use std::collections::{BTreeMap, BTreeSet};
use tally::{
    BoardId, BundleId, CandidateNo, ContestId, Figures, Form, Marks, MemberId, Papers, Reason, Sid, Statement,
    StationId, Votes,
    form::Choices,
    statement::*,
    text::{Date, Text, Word},
};
use tlog::{Hash, VerifierKey};

const LETTERS: &[char] = &[
    'a', 'b', 'c', 'd', 'đ', 'e', 'g', 'h', 'i', 'k', 'l', 'm', 'n', 'o', 'p', 'q', 'r', 's', 't', 'u', 'v', 'x', 'y',
    'ă', 'â', 'ê', 'ô', 'ơ', 'ư', 'à', 'ả', 'ã', 'á', 'ạ', 'ằ', 'ẳ', 'ẵ', 'ắ', 'ặ', 'ầ', 'ẩ', 'ẫ', 'ấ', 'ậ', 'ề', 'ể',
    'ễ', 'ế', 'ệ', 'ì', 'ỉ', 'ĩ', 'í', 'ị', 'ồ', 'ổ', 'ỗ', 'ố', 'ộ', 'ờ', 'ở', 'ỡ', 'ớ', 'ợ', 'ừ', 'ử', 'ữ', 'ứ', 'ự',
    'ỳ', 'ỷ', 'ỹ', 'ý', 'ỵ', 'Đ', 'Ấ', 'Ệ', 'Ợ', 'Ử', 'Ý', '0', '9', '.', ',', ':', '(', ')', '/', '-', '–', '“', '”',
    '\'', '+', '&', '%', '中', '😀',
];

fn parsed<T: std::str::FromStr<Err: std::fmt::Debug>>(text: &str) -> T {
    text.parse().unwrap()
}

fn words() -> impl Strategy<Value = Text> {
    let word = vec(proptest::sample::select(LETTERS), 1..12).prop_map(String::from_iter);
    let text = vec(word, 1..15).prop_map(|words| words.join(" "));
    text.prop_filter("`-` means absent", |text| text != "-").prop_map(|text| parsed(&text))
}

fn id<T: std::str::FromStr<Err: std::fmt::Debug> + std::fmt::Debug>() -> impl Strategy<Value = T> {
    "[A-Za-z0-9-]{0,15}[A-Za-z0-9]".prop_map(|id| parsed(&id))
}

fn word() -> impl Strategy<Value = Word> {
    "[a-z0-9-]{0,31}[a-z0-9]".prop_map(|word| parsed(&word))
}

fn sid() -> impl Strategy<Value = Sid> {
    prop_oneof![any::<[u8; 32]>().prop_map(Hash), Just(Sid::ZERO)]
}

fn number() -> impl Strategy<Value = u64> {
    prop_oneof![0..200_u64, 0..1_u64 << 53, Just((1 << 53) - 1)]
}

fn papers() -> impl Strategy<Value = Papers> {
    prop_oneof![1..100_u32, 1..=1_000_000_u32].prop_map(Papers)
}

fn votes(names: usize) -> impl Strategy<Value = Vec<Votes>> {
    vec(prop_oneof![0..100_u32, 0..=1_000_000_u32].prop_map(Votes), names)
}

fn names() -> impl Strategy<Value = usize> {
    prop_oneof![8 => 1..30_usize, 1 => 98..103_usize]
}

fn figures() -> impl Strategy<Value = Figures> {
    let marks = names().prop_flat_map(|n| {
        prop_oneof![
            (proptest::collection::btree_map(0..=999_u16, papers(), 0..6), votes(n))
                .prop_map(|(left, votes)| Marks::Names { left: Vec::from_iter(left), votes }),
            (votes(n), votes(n), votes(n)).prop_map(|(agree, disagree, unusable)| Marks::Agree {
                agree,
                disagree,
                unusable
            }),
        ]
    });
    let invalid = subsequence(Reason::ALL, 0..=Reason::ALL.len()).prop_flat_map(|reasons| {
        vec(papers(), reasons.len()).prop_map(move |p| Vec::from_iter(reasons.clone().into_iter().zip(p)))
    });
    (papers(), papers(), invalid, marks).prop_map(|(ballots, valid, invalid, marks)| Figures {
        ballots,
        valid,
        invalid,
        marks,
    })
}

/// Keys of the hall, ascending by name.
fn keys(short: &'static [&'static str]) -> impl Strategy<Value = Vec<VerifierKey>> {
    subsequence(short, 0..=short.len())
        .prop_map(|short| short.into_iter().map(|name| key(name).verifier().clone()).collect())
}

fn manifest() -> impl Strategy<Value = Statement> {
    let of = |name: &'static str| key(name).verifier().clone();
    let who = (
        keys(&["organiser/o1", "organiser/o2", "organiser/o3"]),
        keys(&["station/s01", "station/s02", "station/s10"]),
        proptest::collection::btree_map(id::<StationId>(), words(), 0..5),
        keys(&["observer/a", "observer/b"]),
        keys(&["a.example/w", "b.example/w"]),
    );
    let what = (words(), option::of(words()), option::of(words()), any::<[bool; 3]>(), number(), number(), number());
    (who, what).prop_map(move |((organisers, stations, tables, observers, witnesses), what)| {
        let (title, organisation, place, [vi, public, live_totals], threshold, witness_quorum, min_bundle) = what;
        Statement::Manifest(Box::new(Manifest {
            origin: "kiemphieu.example/hall".into(),
            title,
            organisation,
            place,
            language: if vi { Language::Vi } else { Language::En },
            threshold,
            organisers,
            log: of(""),
            tally: of("tally"),
            stations,
            tables: Vec::from_iter(tables),
            observers,
            witness_quorum,
            witnesses,
            disclosure: if public { Disclosure::Public } else { Disclosure::Accredited },
            live_totals,
            min_bundle,
        }))
    })
}

fn organisers_say() -> impl Strategy<Value = Statement> {
    let member = (id::<MemberId>(), proptest::sample::select(MemberRole::ALL), words())
        .prop_map(|(id, role, name)| Member { id, role, name });
    let keys = keys(&["board/k1", "board/k2", "station/s01"]);
    prop_oneof![
        (sid(), sid(), id::<BoardId>(), words(), number(), vec(member, 0..6), keys).prop_map(
            |(election, prev, board, title, threshold, members, keys)| {
                Statement::Board(Board { election, prev, board, title, threshold, members, keys })
            }
        ),
        (sid(), sid(), option::of(words())).prop_map(|(election, prev, title)| {
            Statement::Key(KeyStatement { election, prev, key: key("station/s09").verifier().clone(), title })
        }),
        (sid(), sid(), option::of(number()), words()).prop_map(|(election, prev, last_seq, reason)| {
            Statement::Revoke(Revoke {
                election,
                prev,
                key: "kiemphieu.example/hall/station/s09".into(),
                last_seq,
                reason,
            })
        }),
    ]
}

fn date() -> impl Strategy<Value = Date> {
    (1..=9999_u16, 1..=12_u8, 1..=28_u8).prop_map(|(y, m, d)| parsed(&format!("{y:04}-{m:02}-{d:02}")))
}

fn contest() -> impl Strategy<Value = Statement> {
    let head =
        (sid(), sid(), id::<ContestId>(), id::<BoardId>(), proptest::sample::select(Round::ALL), option::of(id()));
    let choices = prop_oneof![Just(Choices::None), Just(Choices::Unlimited), any::<u16>().prop_map(Choices::UpTo)];
    let form = (words(), proptest::sample::select(Form::ALL), word(), any::<u16>(), choices, 0..=3_u8);
    let base = vec((word(), number()).prop_map(|(part, people)| BasePart { part, people }), 0..4);
    let list = names().prop_flat_map(|n| {
        let about = 0..n;
        (
            vec(words(), n),
            proptest::collection::btree_map(about.clone(), date(), 0..5),
            proptest::collection::btree_set((about, word()), 0..5),
        )
    });
    (head, form, base, list).prop_map(|(head, form, base, (candidates, born, traits))| {
        let (election, prev, contest, board, kind, follows) = head;
        let (title, form, profile, seats, choices, counts) = form;
        let number = |place: usize| CandidateNo::at(place, candidates.len());
        let born = born.into_iter().map(|(place, date)| (number(place), date)).collect();
        let traits = traits.into_iter().map(|(place, word)| (number(place), word)).collect();
        Statement::Contest(Box::new(Contest {
            election,
            prev,
            contest,
            board,
            kind,
            follows,
            title,
            form,
            profile,
            seats,
            choices,
            counts,
            base,
            born,
            traits,
            candidates: candidates.clone(),
        }))
    })
}

fn papers_statement() -> impl Strategy<Value = Statement> {
    let bundle = (papers(), option::of(id::<StationId>()));
    let bundles = proptest::collection::btree_map(id::<BundleId>(), bundle, 0..20);
    (sid(), sid(), id::<ContestId>(), [(); 5].map(|()| number()), bundles).prop_map(
        |(election, prev, contest, n, bundles)| {
            let [received, issued, unused, spoiled, collected] = n;
            let bundles =
                bundles.into_iter().map(|(bundle, (papers, table))| Bundle { bundle, papers, table }).collect();
            Statement::Papers(PapersStatement {
                election,
                prev,
                contest,
                received,
                issued,
                unused,
                spoiled,
                collected,
                bundles,
            })
        },
    )
}

fn tables_say() -> impl Strategy<Value = Statement> {
    let head = || (sid(), id::<StationId>(), number(), sid(), id::<ContestId>());
    let serials = (1..=15_usize, 0..1000_u64, 0..1000_u64).prop_map(|(width, a, b)| {
        let fits = |n: u64| n % 10_u64.pow(u32::try_from(width.min(3)).unwrap());
        let (from, to) = (fits(a).min(fits(b)), fits(a).max(fits(b)));
        parsed::<Serials>(&format!("{from:0width$}-{to:0width$}"))
    });
    let rest = (id::<BundleId>(), vec(id(), 0..=8), number(), figures(), option::of(serials), number());
    prop_oneof![
        (head(), rest).prop_map(|((election, station, seq, prev, contest), rest)| {
            let (bundle, counters, passes, figures, serials, time) = rest;
            Statement::Batch(Box::new(Batch {
                election,
                station,
                seq,
                prev,
                contest,
                bundle,
                counters,
                passes,
                figures,
                serials,
                time,
            }))
        }),
        (head(), sid(), words()).prop_map(|((election, station, seq, prev, contest), target, reason)| {
            Statement::Withdraw(Withdraw { election, station, seq, prev, contest, target, reason })
        }),
    ]
}

fn warning() -> impl Strategy<Value = tally::id::WarningCode> {
    "W-[A-Z0-9-]{0,14}".prop_map(|code| parsed(&code))
}

fn about() -> impl Strategy<Value = About> {
    let ruling = option::of(proptest::sample::select(Reason::ALL));
    prop_oneof![
        (id(), papers(), ruling).prop_map(|(bundle, papers, reason)| {
            About::Papers { bundle, papers, ruling: reason.map_or(DecideRuling::Valid, DecideRuling::Invalid) }
        }),
        warning().prop_map(About::Warning),
    ]
}

fn candidate() -> impl Strategy<Value = CandidateNo> {
    (names(), 0..1000_usize).prop_map(|(n, place)| CandidateNo::at(place % n, n))
}

fn next() -> impl Strategy<Value = Next> {
    prop_oneof![
        Just(Next::None),
        any::<u16>().prop_map(Next::Short),
        (vec(candidate(), 0..5), any::<u16>()).prop_map(|(candidates, seats)| Next::Tie { candidates, seats }),
    ]
}

fn boards_say() -> impl Strategy<Value = Statement> {
    let head = || (sid(), sid(), id::<ContestId>());
    let minutes = (
        sid(),
        [(); 3].map(|()| number()),
        vec(words(), 0..3),
        vec(warning(), 0..3),
        vec(words(), 0..3),
        option::of(sid()),
    );
    prop_oneof![
        (head(), about(), words()).prop_map(|((election, prev, contest), about, reason)| {
            Statement::Decide(Decide { election, prev, contest, about, reason })
        }),
        (head(), id(), option::of(sid()), words()).prop_map(|((election, prev, contest), bundle, stands, reason)| {
            Statement::Settle(Settle { election, prev, contest, bundle, stands, reason })
        }),
        head().prop_map(|(election, prev, contest)| Statement::Close(Close { election, prev, contest })),
        (head(), words()).prop_map(|((election, prev, contest), reason)| {
            Statement::Reopen(Reopen { election, prev, contest, reason })
        }),
        (head(), words()).prop_map(|((election, prev, contest), reason)| {
            Statement::Annul(Annul { election, prev, contest, reason })
        }),
        (head(), sid(), vec(candidate(), 0..5), next(), option::of(words())).prop_map(
            |((election, prev, contest), bulletin, elected, next, deviation)| {
                Statement::Certify(Certify { election, prev, contest, bulletin, elected, next, deviation })
            }
        ),
        (head(), minutes).prop_map(|((election, prev, contest), minutes)| {
            let (certify, [present, absent, copies], seals, accepted, complaints, replaces) = minutes;
            Statement::Minutes(Box::new(Minutes {
                election,
                prev,
                contest,
                certify,
                present,
                absent,
                copies,
                seals,
                accepted,
                complaints,
                replaces,
            }))
        }),
        (head(), sid()).prop_map(|((election, prev, contest), certify)| {
            Statement::Announce(Announce { election, prev, contest, certify })
        }),
    ]
}

fn bulletin() -> impl Strategy<Value = Statement> {
    let open = proptest::collection::btree_map(id::<BundleId>(), proptest::sample::select(OpenReason::ALL), 0..5);
    let state = proptest::sample::select(BulletinState::ALL);
    (sid(), id(), number(), sid(), state, number(), number(), option::of(figures()), open).prop_map(|values| {
        let (election, contest, size, root, state, bundles_expected, bundles, figures, open) = values;
        let open = open.into_iter().map(|(bundle, reason)| OpenBundle { bundle, reason }).collect();
        Statement::Bulletin(Box::new(Bulletin {
            election,
            contest,
            size,
            root,
            state,
            bundles_expected,
            bundles,
            figures,
            open,
        }))
    })
}

fn statement() -> impl Strategy<Value = Statement> {
    prop_oneof![
        1 => manifest(),
        3 => organisers_say(),
        1 => contest(),
        1 => papers_statement(),
        2 => tables_say(),
        8 => boards_say(),
        1 => bulletin(),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_written_is_read_again(statement in statement()) {
        let text = statement.text();
        prop_assert_eq!(Statement::parse(&text), Ok(statement.clone()));
        prop_assert_eq!(statement.sid(), tlog::sha256(text.as_bytes()));
        let first = format!("kiemphieu/v1/{}", statement.kind());
        prop_assert_eq!(text.lines().next(), Some(first.as_str()));
    }

    #[test]
    fn two_statements_are_equal_exactly_when_their_texts_are(some in vec(statement(), 2..12)) {
        let texts: BTreeSet<String> = some.iter().map(Statement::text).collect();
        let values: BTreeMap<String, &Statement> = some.iter().map(|s| (format!("{s:?}"), s)).collect();
        prop_assert_eq!(texts.len(), values.len());
        for (a, b) in some.iter().zip(&some[1..]) {
            prop_assert_eq!(a == b, a.text() == b.text());
        }
    }
}

#[test]
fn every_kind_is_among_them() {
    use proptest::{strategy::ValueTree, test_runner::TestRunner};
    let mut runner = TestRunner::deterministic();
    let kinds: BTreeSet<Kind> =
        (0..2_000).map(|_| statement().new_tree(&mut runner).unwrap().current().kind()).collect();
    assert_eq!(kinds, Kind::ALL.iter().copied().collect());
}
