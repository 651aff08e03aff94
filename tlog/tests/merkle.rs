//! A proof either leads from the leaf to the root or proves nothing.

#![allow(clippy::unwrap_used, reason = "a panic is the verdict of a test")]

mod fixture;

use fixture::{base64_bytes, hash, json};
use proptest::prelude::*;
use serde_json::Value;
use tlog::{Frontier, Hash, ProofError, Tree, leaf_hash, node_hash, sha256, verify_consistency, verify_inclusion};

/// The log of the vectors: entry i is the number i in decimal.
fn numbers(size: u64) -> Tree {
    let mut tree = Tree::new();
    (0..size).for_each(|i| tree.push(leaf_hash(i.to_string().as_bytes())));
    tree
}

/// Hashes that are not 32 bytes long cannot even be written down here: that is a refusal.
fn hashes(value: &Value) -> Option<Vec<Hash>> {
    value.as_array()?.iter().map(one).collect()
}

fn one(value: &Value) -> Option<Hash> {
    Some(Hash(base64_bytes(value).try_into().ok()?))
}

/// RFC 6962 §2.1 word for word, slow on purpose.
fn root_by_definition(leaves: &[Hash]) -> Hash {
    match leaves {
        [] => sha256(b""),
        [leaf] => *leaf,
        _ => {
            let (left, right) = leaves.split_at(leaves.len().next_power_of_two() / 2);
            node_hash(&root_by_definition(left), &root_by_definition(right))
        }
    }
}

#[test]
fn the_root_of_every_size_up_to_600_is_the_published_one() {
    let vectors = json("merkle/typed32_vectors.json");
    let (tree, mut frontier) = (numbers(600), Frontier::new());
    for size in 0..=600_u64 {
        let expected: Hash = vectors["roots"][size.to_string()].as_str().unwrap().parse().unwrap();
        assert_eq!(tree.root_at(size), Some(expected), "size {size}");
        assert_eq!((frontier.size(), frontier.root()), (size, expected));
        frontier.push(leaf_hash(size.to_string().as_bytes()));
    }
    assert_eq!(tree.root_at(601), None);
}

#[test]
fn every_published_inclusion_case_has_its_verdict() {
    let vectors = json("merkle/typed32_vectors.json");
    let cases = vectors["inclusion"].as_array().unwrap();
    assert_eq!(cases.len(), 833);
    for case in cases {
        let verdict = (|| {
            let (leaf, root, proof) = (one(&case["leafHash"])?, one(&case["root"])?, hashes(&case["proof"])?);
            let (index, size) = (case["leafIdx"].as_u64().unwrap(), case["treeSize"].as_u64().unwrap());
            verify_inclusion(&leaf, index, size, &proof, &root).ok()
        })();
        assert_eq!(verdict.is_some(), case["ok"].as_bool().unwrap(), "{case}");
    }
}

#[test]
fn every_published_consistency_case_has_its_verdict() {
    let vectors = json("merkle/typed32_vectors.json");
    let cases = vectors["consistency"].as_array().unwrap();
    assert_eq!(cases.len(), 705);
    for case in cases {
        let verdict = (|| {
            let (old_root, new_root, proof) = (one(&case["root1"])?, one(&case["root2"])?, hashes(&case["proof"])?);
            let (old, new) = (case["size1"].as_u64().unwrap(), case["size2"].as_u64().unwrap());
            verify_consistency(old, new, &proof, &old_root, &new_root).ok()
        })();
        assert_eq!(verdict.is_some(), case["ok"].as_bool().unwrap(), "{case}");
    }
}

#[test]
fn the_proofs_made_here_are_the_published_ones() {
    let vectors = json("merkle/typed32_vectors.json");
    let tree = numbers(600);
    let mut happy = 0;
    for case in vectors["inclusion"].as_array().unwrap().iter().filter(|case| case["desc"] == "happy") {
        let (index, size) = (case["leafIdx"].as_u64().unwrap(), case["treeSize"].as_u64().unwrap());
        assert_eq!(tree.inclusion_proof(index, size), hashes(&case["proof"]), "{case}");
        assert_eq!(tree.root_at(size), Some(hash(&case["root"])));
        happy += 1;
    }
    for case in vectors["consistency"].as_array().unwrap().iter().filter(|case| case["desc"] == "happy") {
        let (old, new) = (case["size1"].as_u64().unwrap(), case["size2"].as_u64().unwrap());
        assert_eq!(tree.consistency_proof(old, new), hashes(&case["proof"]), "{case}");
        happy += 1;
    }
    assert!(happy > 100, "{happy}");
}

#[test]
fn every_leaf_and_every_earlier_size_of_a_small_log_can_be_proven() {
    let tree = numbers(70);
    let root = |size| tree.root_at(size).unwrap();
    for new in 0..=70 {
        for index in 0..new {
            let (leaf, proof) = (tree.leaf(index).unwrap(), tree.inclusion_proof(index, new).unwrap());
            assert_eq!(verify_inclusion(&leaf, index, new, &proof, &root(new)), Ok(()), "{index} of {new}");
        }
        for old in 0..=new {
            let proof = tree.consistency_proof(old, new).unwrap();
            assert_eq!(verify_consistency(old, new, &proof, &root(old), &root(new)), Ok(()), "{old} to {new}");
        }
    }
}

#[test]
fn what_is_not_in_the_log_has_no_proof() {
    let tree = numbers(5);
    assert_eq!(tree.inclusion_proof(5, 5), None);
    assert_eq!(tree.inclusion_proof(0, 6), None);
    assert_eq!(tree.inclusion_proof(0, 0), None);
    assert_eq!(tree.consistency_proof(4, 3), None);
    assert_eq!(tree.consistency_proof(4, 6), None);
    assert_eq!(tree.consistency_proof(0, 6), None);
    assert_eq!((tree.leaf(5), tree.node(0, 5), tree.node(1, 2), tree.node(200, 0)), (None, None, None, None));
    assert_eq!(tree.node(0, u64::MAX), None);
}

#[test]
fn from_the_empty_log_and_to_the_same_log_no_proof_is_needed_and_none_accepted() {
    let tree = numbers(3);
    let (empty, root, other) = (sha256(b""), tree.root(), tree.root_at(2).unwrap());
    assert_eq!(verify_consistency(0, 3, &[], &empty, &root), Ok(()));
    assert_eq!(verify_consistency(0, 0, &[], &empty, &empty), Ok(()));
    assert_eq!(verify_consistency(3, 3, &[], &root, &root), Ok(()));
    assert_eq!(verify_consistency(0, 3, &[other], &empty, &root), Err(ProofError::WrongLength));
    assert_eq!(verify_consistency(3, 3, &[other], &root, &root), Err(ProofError::WrongLength));
    assert_eq!(verify_consistency(3, 3, &[], &root, &other), Err(ProofError::WrongRoot));
    assert_eq!(verify_consistency(0, 3, &[], &other, &root), Err(ProofError::WrongOldRoot));
    assert_eq!(verify_consistency(0, 0, &[], &empty, &root), Err(ProofError::WrongRoot));
    assert_eq!(verify_consistency(3, 2, &[], &root, &other), Err(ProofError::SizeShrinks { old: 3, new: 2 }));
    assert_eq!(verify_consistency(2, 3, &[], &other, &root), Err(ProofError::WrongLength));
}

#[test]
fn a_proof_that_goes_on_above_the_root_proves_nothing() {
    // A checkpoint that states one entry over the root of two: nothing may be hung in above its size.
    let tree = numbers(2);
    let (first, second) = (tree.leaf(0).unwrap(), tree.leaf(1).unwrap());
    assert_eq!(verify_inclusion(&second, 0, 1, &[first], &tree.root()), Err(ProofError::WrongLength));
    let (old, new) = (numbers(1).root(), numbers(4).root());
    let (third_and_fourth, sibling) = (numbers(4).node(1, 1).unwrap(), second);
    assert_eq!(verify_consistency(1, 4, &[sibling, third_and_fourth], &old, &new), Ok(()));
    let over = verify_consistency(1, 2, &[sibling, third_and_fourth], &old, &new);
    assert_eq!(over, Err(ProofError::WrongLength));
}

#[test]
fn sizes_at_the_end_of_the_numbers_do_no_harm() {
    let (leaf, root) = (leaf_hash(b"x"), sha256(b"root"));
    for size in [1 << 63, (1 << 63) + 1, u64::MAX] {
        for len in [0, 1, 63, 64, 65] {
            let proof = vec![leaf; len];
            assert!(verify_inclusion(&leaf, size - 1, size, &proof, &root).is_err());
            assert!(verify_inclusion(&leaf, 0, size, &proof, &root).is_err());
            assert!(verify_inclusion(&leaf, size, size, &proof, &root).is_err());
            assert!(verify_consistency(1, size, &proof, &leaf, &root).is_err());
            assert!(verify_consistency(size - 1, size, &proof, &leaf, &root).is_err());
        }
    }
}

proptest! {
    #[test]
    fn the_tree_is_the_one_of_the_definition(size in 0_u64..300) {
        let tree = numbers(size);
        let leaves: Vec<Hash> = (0..size).map(|i| tree.leaf(i).unwrap()).collect();
        prop_assert_eq!(tree.root(), root_by_definition(&leaves));
        prop_assert_eq!(tree.size(), size);
    }

    #[test]
    fn a_changed_inclusion_proof_proves_nothing(
        size in 1_u64..600, at in any::<prop::sample::Index>(), bit in 0_usize..256, place in any::<prop::sample::Index>()
    ) {
        let tree = numbers(600);
        let index = at.index(usize::try_from(size).unwrap()) as u64;
        let (leaf, root) = (tree.leaf(index).unwrap(), tree.root_at(size).unwrap());
        let proof = tree.inclusion_proof(index, size).unwrap();
        prop_assert_eq!(verify_inclusion(&leaf, index, size, &proof, &root), Ok(()));

        let flip = |hash: &Hash| { let mut hash = *hash; hash.0[bit / 8] ^= 1 << (bit % 8); hash };
        prop_assert!(verify_inclusion(&flip(&leaf), index, size, &proof, &root).is_err());
        prop_assert!(verify_inclusion(&leaf, index, size, &proof, &flip(&root)).is_err());
        prop_assert!(verify_inclusion(&leaf, index, size, &[&proof[..], &[root]].concat(), &root).is_err());
        prop_assert!(verify_inclusion(&leaf, index ^ 1, size, &proof, &root).is_err() || proof.is_empty());
        if !proof.is_empty() {
            prop_assert!(verify_inclusion(&leaf, index, size, &proof[1..], &root).is_err());
            prop_assert!(verify_inclusion(&leaf, index, size, &proof[..proof.len() - 1], &root).is_err());
            let mut changed = proof.clone();
            let place = place.index(proof.len());
            changed[place] = flip(&changed[place]);
            prop_assert!(verify_inclusion(&leaf, index, size, &changed, &root).is_err());
        }
    }

    #[test]
    fn a_changed_history_has_no_consistency_proof(
        new in 2_u64..600, at in any::<prop::sample::Index>(), bit in 0_usize..256, place in any::<prop::sample::Index>()
    ) {
        let tree = numbers(600);
        let old = 1 + at.index(usize::try_from(new - 1).unwrap()) as u64;
        let (old_root, new_root) = (tree.root_at(old).unwrap(), tree.root_at(new).unwrap());
        let proof = tree.consistency_proof(old, new).unwrap();
        prop_assert_eq!(verify_consistency(old, new, &proof, &old_root, &new_root), Ok(()));

        let flip = |hash: &Hash| { let mut hash = *hash; hash.0[bit / 8] ^= 1 << (bit % 8); hash };
        prop_assert!(verify_consistency(old, new, &proof, &flip(&old_root), &new_root).is_err());
        prop_assert!(verify_consistency(old, new, &proof, &old_root, &flip(&new_root)).is_err());
        prop_assert!(verify_consistency(old, new, &[&proof[..], &[new_root]].concat(), &old_root, &new_root).is_err());
        prop_assert!(verify_consistency(old, new, &proof[..proof.len() - 1], &old_root, &new_root).is_err());
        prop_assert!(verify_consistency(new, old, &proof, &new_root, &old_root).is_err());
        let mut changed = proof.clone();
        let place = place.index(proof.len());
        changed[place] = flip(&changed[place]);
        prop_assert!(verify_consistency(old, new, &changed, &old_root, &new_root).is_err());
    }
}

/// Every size up to 1,100 (four full tiles and a part), with the sizes 300 and 513 asked for beforehand.
#[test]
fn a_lean_tree_has_the_roots_and_proofs_it_was_asked_to_keep_and_says_when_it_has_forgotten() {
    let (mut whole, mut lean) = (Tree::new(), Tree::lean([300, 513]));
    for n in 0..1_100_u64 {
        let leaf = leaf_hash(&n.to_be_bytes());
        whole.push(leaf);
        lean.push(leaf);
        assert_eq!((lean.size(), lean.root()), (whole.size(), whole.root()));
    }
    let is_kept = |leaf: u64| matches!(leaf >> 8, 1 | 2 | 4);
    for size in 0..=1_101_u64 {
        let known = size.is_multiple_of(256) || is_kept(size - 1);
        assert_eq!(lean.root_at(size), if known { whole.root_at(size) } else { None }, "size {size}");
    }
    for index in 0..=1_100 {
        assert_eq!(lean.leaf(index), if is_kept(index) { whole.leaf(index) } else { None }, "leaf {index}");
    }
    for old in [300, 513, 512, 1_050] {
        assert_eq!(lean.consistency_proof(old, 1_100), whole.consistency_proof(old, 1_100), "from {old}");
        assert_eq!(lean.inclusion_proof(old - 1, 1_100), whole.inclusion_proof(old - 1, 1_100), "before {old}");
    }
    assert_eq!(lean.consistency_proof(100, 1_100), None, "forgotten");
    for (level, index) in [(8, 0), (8, 3), (9, 1), (10, 0)] {
        assert_eq!(lean.node(level, index), whole.node(level, index));
    }
}

#[test]
fn a_lean_tree_keeps_every_tile_while_it_is_told_to_and_lets_go_of_them_afterwards() {
    let (mut whole, mut lean) = (Tree::new(), Tree::lean([]));
    let mut grow = |lean: &mut Tree, to: u64| {
        for n in lean.size()..to {
            let leaf = leaf_hash(&n.to_be_bytes());
            whole.push(leaf);
            lean.push(leaf);
        }
        whole.root_at(400)
    };
    let _ = grow(&mut lean, 300);
    lean.keep_all(true);
    let root = grow(&mut lean, 700);
    assert_eq!(lean.root_at(400), root, "kept since 300");
    assert_eq!(lean.root_at(100), None, "forgotten before");
    lean.keep_all(false);
    assert_eq!(lean.root_at(400), None, "nobody asks any more");
}
