//! Whole logs as folders of tiles: read, checked, and made again byte for byte.

#![allow(clippy::unwrap_used, reason = "a panic is the verdict of a test")]

mod fixture;

use std::collections::BTreeMap;

use fixture::{bytes, files_under, key};
use proptest::prelude::*;
use tlog::tile::{Entries, TileError, TilePath, decode_bundle, encode_bundle, parse_path, tile, tile_paths};
use tlog::{Checkpoint, Note, Tree, leaf_hash, verify_consistency};

type Folder = BTreeMap<String, Vec<u8>>;

/// The folder a log of these entries is exported as.
fn folder(entries: &[Vec<u8>]) -> Folder {
    let mut tree = Tree::new();
    entries.iter().for_each(|entry| tree.push(leaf_hash(entry)));
    let file = |path: TilePath| match path {
        TilePath::Tile { level, index, width } => tile(level, index, width, &tree).unwrap(),
        TilePath::Entries { index, width } => {
            let first = usize::try_from(index).unwrap() * 256;
            encode_bundle(&entries[first..first + usize::from(width)]).unwrap()
        }
    };
    tile_paths(tree.size()).map(|path| (path.to_string(), file(path))).collect()
}

fn read(folder: &Folder, size: u64) -> Result<(Vec<Vec<u8>>, Tree), TileError> {
    let mut entries = Entries::new(size, |path: &TilePath| folder.get(&path.to_string()).cloned());
    let all = entries.by_ref().collect::<Result<Vec<_>, _>>()?;
    Ok((all, entries.into_tree()))
}

fn numbers(size: u64) -> Vec<Vec<u8>> {
    (0..size).map(|i| i.to_string().into_bytes()).collect()
}

#[test]
fn a_whole_foreign_log_is_read_and_made_again_byte_for_byte() {
    let log = key(fixture::TESSERA_LOG);
    let keep = |path: &TilePath| Some(bytes(&format!("tlog/tessera/{path}")));
    let checkpoint = |size: u64| {
        let note = Note::parse(&bytes(&format!("tlog/tessera/checkpoint.{size}"))).unwrap();
        Checkpoint::open(&note, &log).unwrap()
    };
    let mut entries = Entries::new(15, keep);
    let all: Vec<Vec<u8>> = entries.by_ref().map(Result::unwrap).collect();
    let tree = entries.into_tree();

    for new in 0..=15 {
        let at = checkpoint(new);
        assert_eq!((at.size, Some(at.root)), (new, tree.root_at(new)));
        for old in 0..=new {
            let proof = tree.consistency_proof(old, new).unwrap();
            assert_eq!(verify_consistency(old, new, &proof, &checkpoint(old).root, &at.root), Ok(()));
        }
        for (path, file) in folder(&all[..usize::try_from(new).unwrap()]) {
            assert_eq!(file, bytes(&format!("tlog/tessera/{path}")), "{path}");
        }
    }
    let newest = Note::parse(&bytes("tlog/tessera/checkpoint")).unwrap();
    assert_eq!(Checkpoint::open(&newest, &log).unwrap(), checkpoint(15));
    // 15 sizes, a bundle and a tile each: nothing was left unread.
    assert_eq!(files_under("tlog/tessera/tile").len(), 30);
}

#[test]
fn the_golden_log_is_its_statements_and_nothing_else() {
    let statements: Vec<Vec<u8>> =
        files_under("golden-v1/statements").iter().map(|name| bytes(&format!("golden-v1/statements/{name}"))).collect();
    let mut made: Vec<String> = Vec::new();
    for (path, file) in folder(&statements) {
        assert_eq!(file, bytes(&format!("golden-v1/log/{path}")), "{path}");
        made.push(path.trim_start_matches("tile/").to_owned());
    }
    assert_eq!(made, files_under("golden-v1/log/tile"));
    let note = Note::parse(&bytes("golden-v1/log/checkpoint")).unwrap();
    let checkpoint = Checkpoint::open(&note, &key(fixture::GOLDEN_LOG)).unwrap();
    let mut entries = Entries::new(checkpoint.size, |path: &TilePath| Some(bytes(&format!("golden-v1/log/{path}"))));
    assert!(entries.by_ref().map(Result::unwrap).eq(statements));
    assert_eq!(entries.tree().root(), checkpoint.root);
}

#[test]
fn a_tile_has_the_path_of_the_specification() {
    let tile = |level, index, width| TilePath::Tile { level, index, width };
    for (path, text) in [
        (tile(0, 0, 256), "tile/0/000"),
        (tile(63, 5, 1), "tile/63/005.p/1"),
        (tile(1, 1_234_067, 256), "tile/1/x001/x234/067"),
        (tile(0, 1000, 255), "tile/0/x001/000.p/255"),
        (TilePath::Entries { index: 999, width: 256 }, "tile/entries/999"),
        (TilePath::Entries { index: u64::MAX, width: 37 }, "tile/entries/x018/x446/x744/x073/x709/x551/615.p/37"),
    ] {
        assert_eq!((path.to_string().as_str(), parse_path(text)), (text, Ok(path)));
    }
}

#[test]
fn a_tile_has_one_path_only() {
    for path in [
        "",
        "tile",
        "tile/",
        "tile/0",
        "tile/0/",
        "tile/0/0",
        "tile/0/00",
        "tile/0/0000",
        "tile/0/1000",
        "tile/00/000",
        "tile/64/000",
        "tile/-1/000",
        "tile/256/000",
        "tile/entry/000",
        "tile/entries",
        "tile/0/x000/001",
        "tile/0/x001",
        "tile/0/x001/x002",
        "tile/0/001/002",
        "tile/0/001/x002",
        "tile/0/000.p",
        "tile/0/000.p/",
        "tile/0/000.p/0",
        "tile/0/000.p/256",
        "tile/0/000.p/01",
        "tile/0/000.p/+1",
        "tile/0/000.p/1/",
        "tile/0/000.p/1.p/1",
        "/tile/0/000",
        "tile/0/000/",
        "tile//000",
        "tile/0//000",
        "tile/0/../000",
        "tile/0/+01",
        "tile/0/0x1",
        "tile/0/000 ",
        "tile/0/x018/x446/x744/x073/x709/x551/616",
        "tile/0/x100/x000/x000/x000/x000/x000/000/000",
        "tile/0/٠٠٠",
        "tile/0/xx01/000",
        "tile/data/000",
        "TILE/0/000",
        "tile/0/000.P/1",
    ] {
        assert_eq!(parse_path(path), Err(TileError::BadPath), "{path:?}");
    }
}

#[test]
fn a_log_of_seventy_thousand_has_the_tiles_of_the_specification() {
    let paths: Vec<String> = tile_paths(70_000).map(|path| path.to_string()).collect();
    let hashes: Vec<&String> = paths.iter().filter(|path| !path.starts_with("tile/entries")).collect();
    assert_eq!(hashes.iter().filter(|path| !path.contains(".p/")).count(), 274);
    let partial: Vec<&&String> = hashes.iter().filter(|path| path.contains(".p/")).collect();
    assert_eq!(
        partial,
        [&&"tile/0/273.p/112".to_owned(), &&"tile/1/001.p/17".to_owned(), &&"tile/2/000.p/1".to_owned()]
    );
    assert_eq!(paths.len() - hashes.len(), 274);
    let at_256: Vec<String> = tile_paths(256).map(|path| path.to_string()).collect();
    assert_eq!(at_256, ["tile/entries/000", "tile/0/000", "tile/1/000.p/1"]);
    assert_eq!(tile_paths(0).count(), 0);
    // Large sizes are named lazily and end.
    assert!(tile_paths(u64::MAX).nth(1000).is_some());
}

#[test]
fn a_log_of_three_levels_survives_export_and_reading() {
    let entries = numbers(66_000);
    let export = folder(&entries);
    let (read_back, tree) = read(&export, 66_000).unwrap();
    assert!(read_back == entries);
    assert_eq!(tree.size(), 66_000);
    assert!(export.contains_key("tile/2/000.p/1"));
}

#[test]
fn a_changed_or_missing_file_of_a_copied_folder_is_named() {
    let entries = numbers(700);
    let export = folder(&entries);
    assert_eq!(export.len(), 3 + 3 + 1);
    for path in export.keys() {
        let mut without = export.clone();
        without.remove(path);
        let missing = read(&without, 700).map(|_| ()).unwrap_err();
        assert_eq!(missing, TileError::Missing { path: path.parse().unwrap() });

        for change in 0..3 {
            let mut changed = export.clone();
            let file = changed.get_mut(path).unwrap();
            match change {
                0 => *file.last_mut().unwrap() ^= 1,
                1 => file.push(0),
                _ => drop(file.pop()),
            }
            let fault = read(&changed, 700).map(|_| ()).unwrap_err();
            let named = match fault {
                TileError::Damaged { path } | TileError::Disagrees { path } => path.to_string(),
                other => panic!("{path}: {other}"),
            };
            // A changed entry shows where its bundle and its tile of hashes differ.
            assert_eq!(named.rsplit('/').next(), path.rsplit('/').next(), "{path}");
        }
    }
    assert!(read(&export, 701).is_err() && read(&export, 699).is_err());
    assert_eq!(read(&Folder::new(), 0).unwrap().0.len(), 0);
}

#[test]
fn nothing_is_given_out_after_the_first_fault() {
    let mut export = folder(&numbers(700));
    export.get_mut("tile/0/001").unwrap()[0] ^= 1;
    let mut entries = Entries::new(700, |path: &TilePath| export.get(&path.to_string()).cloned());
    assert_eq!(entries.by_ref().take_while(Result::is_ok).count(), 256);
    assert_eq!(entries.next(), None);
}

#[test]
fn a_bundle_is_read_exactly_or_not_at_all() {
    let bundle = encode_bundle([&b"one"[..], b"", b"three"]).unwrap();
    assert_eq!(bundle, b"\0\x03one\0\0\0\x05three");
    assert_eq!(decode_bundle(&bundle, 3).unwrap(), [&b"one"[..], b"", b"three"]);
    for (bytes, width) in [
        (&bundle[..], 2),
        (&bundle[..], 4),
        (&bundle[..], 0),
        (&bundle[..], 257),
        (&bundle[..bundle.len() - 1], 3),
        (&bundle[..6], 3),
        (&[][..], 1),
        (&[0][..], 1),
        (&[0xff, 0xff][..], 1),
    ] {
        assert_eq!(decode_bundle(bytes, width), Err(TileError::BadBundle), "{bytes:?} as {width}");
    }
    assert!(encode_bundle([vec![0; 65_535]]).is_ok());
    assert_eq!(encode_bundle([vec![0; 65_536]]), Err(TileError::EntryTooLarge { len: 65_536 }));
}

#[test]
fn a_tile_the_log_does_not_fill_is_not_made() {
    let mut tree = Tree::new();
    numbers(300).iter().for_each(|entry| tree.push(leaf_hash(entry)));
    assert_eq!(tile(0, 0, 256, &tree).unwrap().len(), 8192);
    assert_eq!(tile(0, 1, 44, &tree).unwrap().len(), 44 * 32);
    assert_eq!(tile(1, 0, 1, &tree).unwrap(), tree.node(8, 0).unwrap().0);
    for (level, index, width) in
        [(0, 1, 45), (0, 1, 256), (0, 2, 1), (1, 0, 2), (2, 0, 1), (63, 0, 1), (0, 0, 0), (0, 0, 257), (0, u64::MAX, 1)]
    {
        assert_eq!(tile(level, index, width, &tree), None, "{level} {index} {width}");
    }
}

proptest! {
    #[test]
    fn every_path_is_read_back(level in 0_u8..64, index in any::<u64>(), width in 1_u16..257) {
        for path in [TilePath::Tile { level, index, width }, TilePath::Entries { index, width }] {
            prop_assert_eq!(parse_path(&path.to_string()), Ok(path));
        }
    }

    #[test]
    fn any_path_is_refused_or_printed_the_same(path in "tile/(entries|[0-9]{1,2})(/x?[0-9]{2,4}){1,3}(\\.p/[0-9]{1,3})?") {
        if let Ok(read) = parse_path(&path) {
            prop_assert_eq!(read.to_string(), path);
        }
    }
}
