//! A warning when the loss of one key would stop those who sign: before it is signed, and for as long as it is so.

#![allow(clippy::unwrap_used, reason = "a panic is the verdict of a test")]

mod hall;

use committee::{
    meaning::Meaning,
    standing::{Reserve, Standing},
};
use hall::{EVENT, Folder, Hall};

fn warnings(hall: &Hall) -> Vec<String> {
    let standing = Standing::of(&hall.replay);
    standing.reserves.into_iter().filter_map(|r| r.warning).map(|said| format!("{} / {}", said.vi, said.en)).collect()
}

#[test]
fn a_board_that_can_lose_no_key_is_warned_of_before_it_is_recorded_and_after() {
    // The board of this hall has two keys of which two sign; its technician has none.
    let hall = Hall::founded();
    assert!(warnings(&hall).is_empty(), "three organisers, two sign");
    let meaning = Meaning::of(&hall.board(), &hall.replay.count).to_string();
    assert!(meaning.contains("if one more key is lost, board b1 can sign nothing"), "{meaning}");
    let hall = Hall::open();
    let warned = warnings(&hall);
    assert_eq!(warned.len(), 1);
    for words in ["nếu mất thêm một khóa, ban kiểm phiếu b1", "if one more key is lost, board b1", "k1 k2", "spare"]
    {
        assert!(warned[0].contains(words), "`{words}` is not said in {}", warned[0]);
    }
}

#[test]
fn a_revocation_says_what_it_leaves() {
    let mut hall = Hall::open();
    let reason: tally::text::Text = "mất máy".parse().unwrap();
    let revoke = hall.desk().revoke("organiser/o3", None, reason.clone());
    let meaning = Meaning::of(&revoke, &hall.replay.count).to_string();
    assert!(meaning.contains("if one more key is lost, the organisers can sign nothing"), "{meaning}");
    assert!(!meaning.contains("b1"), "the board loses nothing by it: {meaning}");
    hall.say(&revoke, &["o1", "o2"]).unwrap();
    assert_eq!(warnings(&hall).len(), 2);

    let revoke = hall.desk().revoke("board/k2", None, reason);
    let meaning = Meaning::of(&revoke, &hall.replay.count).to_string();
    assert!(meaning.contains("board b1 can sign nothing: 2 must sign, 1 left (k1)"), "{meaning}");
    hall.say(&revoke, &["o1", "o2"]).unwrap();
    let reserves = Reserve::all(&hall.replay.count);
    assert_eq!((reserves[1].spare, reserves[1].keys.join(" ").as_str()), (None, "k1"));
    let json = serde_json::to_value(Standing::of(&hall.replay)).unwrap();
    assert!(json["reserves"][1]["warning"]["vi"].as_str().unwrap().contains("không ký được gì nữa"), "{json}");
}

#[test]
fn founding_warns_of_organisers_and_boards_of_the_file() {
    let founded = Folder::with(EVENT).found(&[]).unwrap();
    assert_eq!(founded.warnings.len(), 1, "{:?}", founded.warnings);
    assert!(founded.warnings[0].en.contains("board b1"));
    let alone = EVENT.replace(
        "threshold = 2\nmembers = [{ id = \"o1\", name = \"Người Một\" }, { id = \"o2\", name = \"Người Hai\" }, { id = \"o3\", name = \"Người Ba\" }]",
        "threshold = 1\nmembers = [{ id = \"o1\", name = \"Người Một\" }]",
    );
    assert_ne!(alone, EVENT);
    let founded = Folder::with(&alone).found(&[]).unwrap();
    assert!(founded.warnings[0].en.contains("the organisers can sign nothing (1 must sign: o1)"), "one of one as well");
    let spare = EVENT.replace(
        "    { id = \"t1\", name",
        "    { id = \"k3\", name = \"Lý Thị Mai\", role = \"member\" },\n    { id = \"t1\", name",
    );
    assert!(Folder::with(&spare).found(&[]).unwrap().warnings.is_empty(), "with a spare member nobody is warned");
}
