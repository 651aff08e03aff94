//! Floods, seen from the door.

use super::*;

const RULES: Rules =
    Rules { all: 32, strangers: 24, pending_of_origin: 8, lasting_of_origin: 3, strangers_of_origin: 8, of_key: 16 };

fn places() -> Arc<Places> {
    Places::new(RULES, "grpc", Arc::new(Metrics::default()))
}

fn address(last: u8) -> IpAddr {
    IpAddr::from([10, 0, 0, last])
}

fn crowd(places: &Arc<Places>, of: IpAddr, many: usize) -> Vec<Place> {
    (0..many).map(|_| places.enter(of).expect("a place")).collect()
}

fn cut(crowd: &[Place]) -> Vec<usize> {
    (0..crowd.len()).filter(|n| crowd[*n].cut().is_cancelled()).collect()
}

#[test]
fn the_oldest_silent_handshake_of_an_address_makes_room_for_the_next() {
    let places = places();
    let mut flood = crowd(&places, address(1), 8);
    let other = crowd(&places, address(2), 1);
    assert!(cut(&flood).is_empty());
    flood.extend(crowd(&places, address(1), 1));
    assert_eq!(cut(&flood), [0]);
    flood[1].speaks();
    flood.extend(crowd(&places, address(1), 2));
    assert_eq!(cut(&flood), [0, 2, 3], "who has spoken is spared while others are silent");
    assert!(cut(&other).is_empty());
}

#[test]
fn all_tables_of_a_hall_may_dial_at_once_and_few_may_take_long() {
    let places = places();
    let tables = crowd(&places, address(1), 8);
    assert!(cut(&tables).is_empty());
    let overstays: Vec<bool> = tables.iter().map(Place::overstays).collect();
    assert_eq!(overstays, [true, true, true, true, true, false, false, false]);
    assert_eq!(cut(&tables), [0, 1, 2, 3, 4]);
}

#[test]
fn a_table_that_speaks_passes_a_silent_flood_of_any_length_from_behind_its_own_address() {
    let places = places();
    let mut flood = crowd(&places, address(1), 8);
    let mut table = places.enter(address(1)).expect("a place");
    table.speaks();
    for _ in 0..10_000 {
        flood.extend(crowd(&places, address(1), 1));
        flood.retain(|place| !place.cut().is_cancelled());
    }
    assert!(!table.cut().is_cancelled());
    assert_eq!(table.sit(Some([7; 32])), Ok(()));
}

#[test]
fn of_those_that_have_all_spoken_the_oldest_goes() {
    let places = places();
    let mut flood = crowd(&places, address(1), 8);
    flood.iter().for_each(Place::speaks);
    flood.extend(crowd(&places, address(1), 1));
    assert_eq!(cut(&flood), [0]);
    assert_eq!(flood[0].sit(Some([1; 32])), Err(Cut::Address), "it was cut while its last byte came");
}

#[test]
fn strangers_never_take_the_share_of_the_enrolled() {
    let places = places();
    let mut strangers = Vec::new();
    for last in 1..=4 {
        for mut place in crowd(&places, address(last), 8) {
            if place.sit(None).is_ok() {
                strangers.push(place);
            }
        }
    }
    assert_eq!(strangers.len(), 24);
    let mut enrolled = Vec::new();
    for n in 0..8 {
        let mut place = places.enter(address(200)).expect("a place for a handshake");
        assert_eq!(place.sit(Some([n; 32])), Ok(()));
        enrolled.push(place);
    }
    assert_eq!(places.enter(address(201)).err(), Some(Cut::Places), "now every place is taken");
    drop(enrolled.pop());
    let mut place = places.enter(address(201)).expect("a place");
    assert_eq!(place.sit(None), Err(Cut::Places), "the share stays free for the enrolled");
}

#[test]
fn handshakes_that_fill_every_place_give_way_to_the_next_one() {
    let places = places();
    let mut flood: Vec<Place> = (0..32).flat_map(|last| crowd(&places, address(last), 1)).collect();
    flood[0].speaks();
    flood.extend(crowd(&places, address(100), 1));
    assert_eq!(cut(&flood), [1]);
}

#[test]
fn an_address_has_so_many_strangers_and_a_key_so_many_connections() {
    let places = places();
    let mut inside = Vec::new();
    for n in 0..9 {
        let mut place = places.enter(address(1)).expect("a place");
        assert_eq!(place.sit(None), if n < 8 { Ok(()) } else { Err(Cut::Address) });
        inside.push(place);
    }
    for n in 0..17 {
        let mut place = places.enter(address(1)).expect("a place");
        assert_eq!(place.sit(Some([1; 32])), if n < 16 { Ok(()) } else { Err(Cut::Key) });
        inside.push(place);
    }
}

#[test]
fn every_place_is_given_back() {
    let places = places();
    for key in [None, Some([3; 32])] {
        let mut inside = crowd(&places, address(1), 12);
        for place in &mut inside {
            let _ = place.sit(key);
        }
    }
    let book = places.book();
    assert_eq!((book.pending.len(), book.strangers, book.enrolled), (0, 0, 0));
    assert!(book.crowds.is_empty() && book.keys.is_empty());
    drop(book);
    let page = places.metrics.page();
    for standing in ["pending", "stranger", "enrolled"] {
        let line = format!("kiemphieu_connections{{door=\"grpc\",standing=\"{standing}\"}} 0");
        assert!(page.contains(&line), "{page}");
    }
}

#[test]
fn a_network_of_ipv6_is_one_origin_and_a_mapped_address_is_its_own() {
    let origin = |text: &str| Origin::from(text.parse::<IpAddr>().expect("an address"));
    assert_eq!(origin("2001:db8:1:2::1"), origin("2001:db8:1:2:ffff::9"));
    assert_ne!(origin("2001:db8:1:2::1"), origin("2001:db8:1:3::1"));
    assert_eq!(origin("::ffff:10.0.0.1"), origin("10.0.0.1"));
    assert_ne!(origin("10.0.0.1"), origin("10.0.0.2"));
}
