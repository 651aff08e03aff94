//! The hall in which things go wrong: two tables, a contest of four bundles of ten papers, and its honest end.

use crate::said::told;
use promises::{
    door::Door,
    hall::{Hall, event_toml, strike_list, words},
    program::{self, Ended},
};
use proto::v1::GetCheckpointRequest;
use std::{
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
};

/// The bundles of the contest, by the table that counts them.
pub const OF_S01: [&str; 2] = ["b1", "b2"];
pub const OF_S02: [&str; 2] = ["b3", "b4"];

/// Contests `c01` … of four bundles each; the server is open, nothing is prepared.
pub fn hall(contests: &[&str]) -> Hall {
    let contests: String = contests.iter().map(|id| strike_list(id, 40)).collect();
    Hall::open(&event_toml(2, &contests), 2)
}

/// One contest, `c01`, with its papers.
pub fn counting_hall() -> Hall {
    let hall = hall(&["c01"]);
    hall.prepare("c01", &papers());
    hall
}

/// What is in each bundle, and whose it is.
pub fn papers() -> Vec<(String, u32, String)> {
    let of = |bundles: [&str; 2], table: &str| bundles.map(|id| (id.to_owned(), 10, table.to_owned()));
    [of(OF_S01, "s01"), of(OF_S02, "s02")].concat()
}

/// A ballots file of these bundles, ten papers each.
pub fn ballots(hall: &Hall, name: &str, bundles: &[&str]) -> PathBuf {
    let mut file = String::from("bundle,marks,ground\n");
    for id in bundles {
        let papers = [("01 02 03", 6), ("01 02", 3), ("04", 1)];
        papers.into_iter().for_each(|(marks, times)| file.push_str(&format!("{id},{marks},\n").repeat(times)));
    }
    let path = hall.at(name);
    fs::write(&path, file).expect("a file");
    path
}

/// The command line with which a table counts.
pub fn counting(hall: &Hall, home: &Path, contest: &str, ballots: &Path) -> Vec<OsString> {
    let paths = [("--home", home.to_owned()), ("--ballots", ballots.to_owned())];
    let mut all = words(&["station", "count", "--contest", contest, "--give-up-after", "2"], &paths);
    all.extend(hall.way());
    all
}

/// A table counts these bundles.
pub fn count(hall: &Hall, station: &str, contest: &str, bundles: &[&str]) -> Ended {
    let file = ballots(hall, &format!("{station}-{contest}.csv"), bundles);
    program::run(counting(hall, &hall.at(station), contest, &file))
}

/// The same, and it goes well.
pub fn count_well(hall: &Hall, station: &str, contest: &str, bundles: &[&str]) {
    let ended = count(hall, station, contest, bundles);
    assert_eq!(ended.code, 0, "{station} {bundles:?}: {}", ended.stderr);
}

/// A command of the desk that is not taken; the log is as long as before.
pub fn refused(hall: &Hall, words: &[&str], signers: &[&str], code: i32, says: &[&str]) {
    let before = size(hall);
    let ended = hall.desk(words, signers);
    told(&format!("committee {} as {}", words.join(" "), signers.join(" ")), &ended, code, says);
    assert_eq!(size(hall), before, "{words:?}: the log has grown");
}

/// Entries of the log, as its newest signed checkpoint has it.
pub fn size(hall: &Hall) -> u64 {
    let door = Door::of(hall);
    let shown = async {
        let mut log = door.log().await.expect("the server answers");
        let request = GetCheckpointRequest { event: hall.event.clone(), ..Default::default() };
        let checkpoint = log.get_checkpoint(request).await.expect("the server has a checkpoint").into_inner().newest;
        door.open(&checkpoint).expect("the log has signed it").size
    };
    tokio::runtime::Runtime::new().expect("a runtime").block_on(shown)
}

/// Close, certify and announce; the observer's copy verifies, and the contest has its 40 papers.
pub fn ends_well(hall: &Hall) {
    let follower = hall.follow();
    for act in ["close", "certify", "announce"] {
        hall.desk_well(&[act, "c01"], &["k1", "k2"]);
    }
    let copy = hall.export("copy");
    drop(follower);
    let verdict = hall.verify(&copy);
    assert_eq!(verdict["verdict"], "OK", "{verdict}");
    let contest = &verdict["contests"][0];
    assert_eq!((&contest["state"], &contest["ballots"]), (&"announced".into(), &40.into()), "{verdict}");
}

/// Both tables count what is theirs, and the hall ends well.
pub fn goes_on(hall: &Hall) {
    count_well(hall, "s01", "c01", &OF_S01);
    count_well(hall, "s02", "c01", &OF_S02);
    ends_well(hall);
}
