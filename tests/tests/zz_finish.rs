//! Scratch.
use promises::{client::*, hall::*};
use std::time::*;
#[test]
fn x() {
    let cs = ["c01","c02","c03"];
    let mut hall = Hall::open(&event_toml(3, &cs.map(|c| strike_list(c, 15000)).concat().replace("counts = 1", "counts = 3")), 3);
    for c in cs { hall.prepare(c, &bundles(3000)); }
    let rt = tokio::runtime::Runtime::new().unwrap();
    for s in ["s01","s02","s03"] {
    let work: Vec<_> = cs.iter().flat_map(|c| (0..3000).map(move |n| (*c, n))).collect();
    let mut chain = Chain::sign(&hall, s, &work);
    rt.block_on(chain.send(&Door::of(&hall), Way::Stream, 5, Duration::ZERO)).unwrap();
    }
    let b = Instant::now();
    hall.kill_server(); hall.start_server();
    println!("restart {:?}", b.elapsed());
    let f = hall.follow();
    for c in cs { for w in ["close", "certify", "announce"] { hall.desk_well(&[w, c], &["k1", "k2"]); println!("{w} {:?}", b.elapsed()); }}
    let c = hall.export("copy");
    println!("export {:?}", b.elapsed());
    drop(f);
    println!("{} {:?}", hall.verify(&c)["verdict"], b.elapsed());
    println!("{}", std::fs::read_to_string(hall.at("observer.log")).unwrap());
}
