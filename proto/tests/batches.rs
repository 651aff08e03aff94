//! Promise: whatever a table may count, its typed batch is the batch it signed.

#![allow(clippy::unwrap_used, reason = "a panic is the verdict of a test")]

use proptest::prelude::*;
use prost::Message;
use proto::v1;
use tally::{
    Figures, Statement,
    figures::{Marks, Papers, Votes},
    form::Reason,
    statement::Batch,
};
use tlog::Hash;

const FIGURE_MAX: u32 = 1_000_000;
const NUMBER_MAX: u64 = (1 << 53) - 1;

fn votes(names: usize) -> impl Strategy<Value = Vec<Votes>> {
    prop::collection::vec((0..=FIGURE_MAX).prop_map(Votes), names)
}

fn marks() -> impl Strategy<Value = Marks> {
    (1..=999_usize).prop_flat_map(|names| {
        let left = prop::collection::btree_map(0..=999_u16, (1..=FIGURE_MAX).prop_map(Papers), 0..20);
        prop_oneof![
            (left, votes(names)).prop_map(|(left, votes)| Marks::Names { left: left.into_iter().collect(), votes }),
            (votes(names), votes(names), votes(names)).prop_map(|(agree, disagree, unusable)| Marks::Agree {
                agree,
                disagree,
                unusable
            }),
        ]
    })
}

fn figures() -> impl Strategy<Value = Figures> {
    let grounds = prop::collection::btree_map(prop::sample::select(Reason::ALL), 1..=FIGURE_MAX, 0..=7);
    (0..=FIGURE_MAX, 0..=FIGURE_MAX, grounds, marks()).prop_map(|(ballots, valid, invalid, marks)| Figures {
        ballots: Papers(ballots),
        valid: Papers(valid),
        invalid: invalid.into_iter().map(|(reason, papers)| (reason, Papers(papers))).collect(),
        marks,
    })
}

fn serials() -> impl Strategy<Value = String> {
    (0..1_000_000_u64, 0..1_000_u64, 7..=15_usize)
        .prop_map(|(from, more, width)| format!("{from:0width$}-{to:0width$}", to = from + more))
}

prop_compose! {
    fn batch()(
        election in any::<[u8; 32]>(),
        prev in any::<[u8; 32]>(),
        station in "[A-Za-z0-9-]{0,15}[A-Za-z0-9]",
        contest in "[A-Za-z0-9-]{0,15}[A-Za-z0-9]",
        bundle in "[A-Za-z0-9-]{0,15}[A-Za-z0-9]",
        counters in prop::collection::vec("[a-z][A-Za-z0-9-]{0,15}", 0..=8),
        (seq, passes, time) in (0..=NUMBER_MAX, 0..=NUMBER_MAX, 0..=NUMBER_MAX),
        figures in figures(),
        serials in prop::option::of(serials()),
    ) -> Batch {
        Batch {
            election: Hash(election),
            station: station.parse().unwrap(),
            seq,
            prev: Hash(prev),
            contest: contest.parse().unwrap(),
            bundle: bundle.parse().unwrap(),
            counters: counters.iter().map(|c| c.parse().unwrap()).collect(),
            passes,
            figures,
            serials: serials.map(|s| s.parse().unwrap()),
            time,
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn a_typed_batch_is_the_batch_that_was_signed(batch in batch()) {
        let statement = Statement::Batch(Box::new(batch));
        let bytes = v1::Statement::from(&statement).encode_to_vec();
        let arrived = Statement::try_from(v1::Statement::decode(&bytes[..]).unwrap()).unwrap();
        prop_assert_eq!(arrived.text(), statement.text());
        prop_assert_eq!(arrived, statement);
    }

    /// Bytes of a stranger are an error or a statement of the grammar; never a panic, never something between.
    #[test]
    fn damaged_bytes_never_become_a_statement_that_the_grammar_refuses(
        batch in batch(), at in any::<prop::sample::Index>(), byte in any::<u8>(),
    ) {
        let mut bytes = v1::Statement::from(&Statement::Batch(Box::new(batch))).encode_to_vec();
        let place = at.index(bytes.len());
        bytes[place] = byte;
        if let Ok(wire) = v1::Statement::decode(&bytes[..])
            && let Ok(statement) = Statement::try_from(wire)
        {
            prop_assert_eq!(Statement::parse(&statement.text()).unwrap(), statement);
        }
    }
}
