//! Keys of members under their PINs: each member is asked for their own, and only who signs is asked.

#![allow(clippy::unwrap_used, reason = "a panic is the verdict of a test")]

mod hall;

use committee::{CommitteeError, founding};
use hall::{EVENT, Folder, ids};
use keyfile::{Holder, KeyFileError, Nobody, Pin};
use std::path::Path;
use tlog::SigningKey;

/// o1 and k1 sit at the machine and know their PINs; the others keep files without.
#[derive(Default)]
struct Members {
    asked: Vec<String>,
}

impl Members {
    fn pin(&mut self, path: &Path) -> Option<Pin> {
        let id = path.file_stem().unwrap().to_str().unwrap();
        self.asked.push(id.to_owned());
        ["o1", "k1"].contains(&id).then(|| Pin::new(&format!("pin-of-{id}")).unwrap())
    }
}

impl Holder for Members {
    fn open(&mut self, path: &Path) -> Result<SigningKey, KeyFileError> {
        keyfile::open_with(path, &mut |path| Ok(self.pin(path).unwrap()))
    }

    fn new_pin(&mut self, path: &Path, name: &str) -> Result<Option<Pin>, KeyFileError> {
        assert!(name.ends_with(path.file_stem().unwrap().to_str().unwrap()));
        Ok(self.pin(path))
    }
}

#[test]
fn an_event_founded_under_pins_is_signed_by_asking_each_member_and_nobody_else() {
    let folder = Folder::with(EVENT);
    let home = folder.home();
    let found = |holder: &mut dyn Holder| {
        founding::found_with(
            &folder.event(),
            &home,
            &folder.vkeys(),
            &ids(&["o1", "o2"]),
            founding::Making::Everybodys,
            holder,
        )
    };
    let mut members = Members::default();
    let founded = found(&mut members).unwrap();
    assert_eq!(members.asked, ["k1", "k2", "o1", "o2", "o3"], "each for a new PIN, once");
    let is_protected = |id: &str| keyfile::is_protected(&home.key(id.parse().unwrap())).unwrap();
    assert!(is_protected("o1") && is_protected("k1") && !is_protected("o2"));

    let mut members = Members::default();
    assert_eq!(found(&mut members).unwrap().sid, founded.sid);
    assert_eq!(members.asked, ["o1"], "k1 signs nothing now");
    assert!(matches!(found(&mut Nobody), Err(CommitteeError::Key(KeyFileError::Protected(_)))));

    let mut members = Members::default();
    let signers = home.signers_with(&ids(&["k2", "k1"]), &[home.key("o1".parse().unwrap())], &mut members).unwrap();
    assert_eq!(members.asked, ["k1", "o1"], "those named by id first, then the files");
    assert_eq!(signers.len(), 3);
    let nobody = home.signers(&ids(&["k2", "k1"]), &[]);
    assert!(matches!(nobody, Err(CommitteeError::Key(KeyFileError::Protected(_)))));
}
