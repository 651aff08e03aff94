//! Whether a folder convicts: the manifest first, which says whose keys they are, then what the charge asks for, step by
//! step, each with the exhibit that fails. It refuses to know the network, and whom the folder came from.

use super::{
    Beginning, Exhibits, Kind,
    folder::{BEGINNING, BULLETIN, BULLETINS, CHECKPOINT, CHECKPOINTS, MANIFEST, RECEIPT, STATEMENT},
    proof::{Doubt, Proof, Said},
};
use std::path::Path;
use tally::{
    Code, Replay, Sid, SignedStatement, Statement,
    bulletin::first_difference,
    count::Role,
    ruling::Sentence,
    statement::{Bulletin, Manifest},
};
use tlog::{Checkpoint, Note, VerifierKey, verify_inclusion};

type Judged<T = ()> = Result<T, Doubt>;

/// Checks an evidence folder by itself: no network, and no trust but in the sid that its reader compares with the paper.
///
/// # Errors
/// Why it convicts nobody, and which exhibit fails.
pub fn verify(folder: &Path) -> Judged<Proof> {
    let mut exhibits = Exhibits::of(folder);
    let kind = exhibits.kind()?;
    let event = Event::read(&mut exhibits)?;
    let verdict = event.judge(kind, &mut exhibits)?;
    Ok(Proof {
        event: event.sid,
        title: event.manifest.title.to_string(),
        vouched_by: event.signers.clone(),
        kind,
        guilty: verdict.guilty,
        said: verdict.said,
        why: verdict.why,
        files_irrelevant: exhibits.irrelevant()?,
    })
}

/// Who is guilty of what.
struct Guilt {
    guilty: VerifierKey,
    said: [Said; 2],
    why: Sentence,
}

/// The event, as its manifest says.
struct Event {
    sid: Sid,
    manifest: Manifest,
    bytes: Vec<u8>,
    signers: Vec<String>,
    replay: Replay,
}

impl Event {
    /// Entry 0 by itself: signed by enough of the organisers it names.
    fn read(exhibits: &mut Exhibits<'_>) -> Judged<Self> {
        let note = exhibits.note(MANIFEST)?;
        let mut replay = Replay::new();
        let signed = replay.verify(note.as_bytes()).map_err(|m| Doubt::disproved(MANIFEST, m.why.vi, m.why.en))?;
        let Statement::Manifest(manifest) = signed.statement else {
            return Err(Doubt::disproved(MANIFEST, "không phải bản khai sự kiện", "this is no manifest"));
        };
        let signers = signed.signers.iter().map(ToString::to_string).collect();
        Ok(Self { sid: signed.sid, manifest: *manifest, bytes: note.as_bytes().to_vec(), signers, replay })
    }

    fn judge(&self, kind: Kind, exhibits: &mut Exhibits<'_>) -> Judged<Guilt> {
        match kind {
            Kind::TwoCheckpoints => self.two_checkpoints(exhibits),
            Kind::NoConsistency => self.no_consistency(exhibits),
            Kind::ReceiptDishonoured => self.receipt_dishonoured(exhibits),
            Kind::TwoBulletins => self.two_bulletins(exhibits),
            Kind::WrongBulletin => self.wrong_bulletin(exhibits),
            Kind::RefusedEntry => self.refused_entry(exhibits),
        }
    }

    fn two_checkpoints(&self, exhibits: &mut Exhibits<'_>) -> Judged<Guilt> {
        let [first, second] = CHECKPOINTS;
        let one = self.checkpoint(first, &exhibits.note(first)?)?;
        let other = self.checkpoint(second, &exhibits.note(second)?)?;
        if one.size != other.size {
            let (vi, en) = ("hai điểm kiểm khác cỡ", "the two checkpoints are of different sizes");
            return Err(Doubt::disproved(second, vi, en));
        }
        if one.root == other.root {
            return Err(same(second));
        }
        let size = one.size;
        Ok(self.guilt_of_the_log(
            [said(first, &one), said(second, &other)],
            format!("khóa nhật ký đã ký hai gốc khác nhau ở cùng cỡ {size}"),
            format!("the log key has signed two different roots of one size, {size}"),
        ))
    }

    fn no_consistency(&self, exhibits: &mut Exhibits<'_>) -> Judged<Guilt> {
        let [first, second] = CHECKPOINTS;
        let earlier = self.checkpoint(first, &exhibits.note(first)?)?;
        let later = self.checkpoint(second, &exhibits.note(second)?)?;
        let found = self.contradiction(first, &earlier, &later, &exhibits.beginning()?)?;
        let (size, of) = (earlier.size, later.size);
        Ok(self.guilt_of_the_log(
            [said(first, &earlier), found],
            format!("khóa nhật ký đã ký hai lịch sử: {size} mục đầu của nhật ký {of} mục không phải là những mục đã ký trước"),
            format!("the log key has signed two histories: the log of {of} entries does not begin with the {size} signed before"),
        ))
    }

    fn receipt_dishonoured(&self, exhibits: &mut Exhibits<'_>) -> Judged<Guilt> {
        let (receipt, statement) = (exhibits.receipt()?, exhibits.note(STATEMENT)?);
        let earlier = self.checkpoint(RECEIPT, &receipt.checkpoint)?;
        verify_inclusion(&statement.leaf(), receipt.index, earlier.size, &receipt.proof, &earlier.root).map_err(
            |e| {
                let vi = format!("văn bản không nằm trong biên nhận: {e}");
                Doubt::disproved(STATEMENT, vi, format!("the receipt is not of this statement: {e}"))
            },
        )?;
        let later = self.checkpoint(CHECKPOINT, &exhibits.note(CHECKPOINT)?)?;
        let found = self.contradiction(RECEIPT, &earlier, &later, &exhibits.beginning()?)?;
        let (index, sid) = (receipt.index, statement.sid());
        let mut acknowledged = said(RECEIPT, &earlier);
        acknowledged.what = format!("entry {index} is {sid}; {}", acknowledged.what);
        Ok(self.guilt_of_the_log(
            [acknowledged, found],
            format!("khóa nhật ký đã ký biên nhận cho mục {index} rồi ký một nhật ký không thừa nhận biên nhận ấy"),
            format!("the log key has signed a receipt for entry {index}, and a log that does not honour it"),
        ))
    }

    /// The later checkpoint began with other entries than the earlier one states.
    fn contradiction(&self, name: &str, earlier: &Checkpoint, later: &Checkpoint, b: &Beginning) -> Judged<Said> {
        if earlier.size > later.size {
            let (vi, en) = ("điểm kiểm trước lớn hơn điểm kiểm sau", "the earlier checkpoint is the larger one");
            return Err(Doubt::disproved(name, vi, en));
        }
        if !b.leads(earlier.size, later.size, &later.root) {
            let vi = "phần đầu nêu ra không được chứng minh từ điểm kiểm sau";
            return Err(Doubt::disproved(
                BEGINNING,
                vi,
                "the beginning stated is not proved from the later checkpoint",
            ));
        }
        if b.root == earlier.root {
            return Err(same(BEGINNING));
        }
        let (size, of, root, code) = (earlier.size, later.size, b.root, code_of(later));
        let what = format!("size {of}, root {}, whose first {size} entries have root {root}", later.root);
        let exhibit = format!("{} + {BEGINNING}", if name == RECEIPT { CHECKPOINT } else { CHECKPOINTS[1] });
        Ok(Said { exhibit, what, code: Some(code) })
    }

    fn two_bulletins(&self, exhibits: &mut Exhibits<'_>) -> Judged<Guilt> {
        let [first, second] = BULLETINS;
        let (one, a) = self.bulletin(first, &exhibits.note(first)?)?;
        let (other, b) = self.bulletin(second, &exhibits.note(second)?)?;
        if (a.contest, a.size) != (b.contest, b.size) {
            let en = "the two bulletins are of different contests or sizes";
            return Err(Doubt::disproved(second, "hai bản tin của cuộc bầu hoặc cỡ khác nhau", en));
        }
        if one.sid == other.sid {
            return Err(same(second));
        }
        let (contest, size) = (a.contest, a.size);
        Ok(self.guilt_of_the_tally(
            [posted(first, &one, &a), posted(second, &other, &b)],
            format!("khóa tổng hợp đã ký hai bản tin khác nhau của {contest} ở cỡ {size}"),
            format!("the tally key has signed two different bulletins of {contest} at size {size}"),
        ))
    }

    fn wrong_bulletin(&self, exhibits: &mut Exhibits<'_>) -> Judged<Guilt> {
        let (signed, theirs) = self.bulletin(BULLETIN, &exhibits.note(BULLETIN)?)?;
        let mut replay = Replay::with_rules(exhibits.rules()?);
        exhibits.each_entry(theirs.size, |file, entry| {
            self.check_first(file, entry, &replay)?;
            check_rules(file, entry, &replay)?;
            replay.verify(entry).map(drop).map_err(|m| {
                let (vi, en) = (format!("mục {}: {}", m.index, m.why.vi), format!("entry {}: {}", m.index, m.why.en));
                Doubt::disproved(file, vi, en)
            })
        })?;
        if replay.tree.root() != theirs.root {
            let en = "the bulletin speaks of other entries: its root is not theirs";
            return Err(Doubt::disproved(
                BULLETIN,
                "bản tin nói về những mục khác: gốc không phải của các mục này",
                en,
            ));
        }
        let ours = replay.count.bulletin(theirs.contest, theirs.root);
        let field = ours.as_ref().map_or(Some("contest"), |ours| first_difference(ours, &theirs));
        let Some(field) = field else { return Err(same(BULLETIN)) };
        let (contest, size) = (theirs.contest, theirs.size);
        let value = |bulletin: &Bulletin| lines_of(bulletin, field);
        let what = ours.as_ref().map_or_else(|| format!("no contest {contest}"), value);
        let entries = Said { exhibit: "tile/entries".to_owned(), what: format!("{field}: {what}"), code: None };
        let mut said = posted(BULLETIN, &signed, &theirs);
        said.what = format!("{}; {field}: {}", said.what, value(&theirs));
        Ok(self.guilt_of_the_tally(
            [said, entries],
            format!("khóa tổng hợp đã ký bản tin của {contest} ở cỡ {size} khác với chính các mục mà bản tin nói tới ({field})"),
            format!("the tally key has signed a bulletin of {contest} at size {size} that does not follow from its entries ({field})"),
        ))
    }

    fn refused_entry(&self, exhibits: &mut Exhibits<'_>) -> Judged<Guilt> {
        let note = exhibits.note(CHECKPOINT)?;
        let (checkpoint, beginning) = (self.checkpoint(CHECKPOINT, &note)?, exhibits.beginning()?);
        let mut replay = Replay::with_rules(exhibits.rules()?);
        let mut refused = None;
        // How many entries there are is told by the folder: the widest bundle that is there ends them.
        let size = exhibits.entries_there();
        exhibits.each_entry(size, |file, entry| {
            if refused.is_some() {
                let en = "entries follow the one that is refused";
                return Err(Doubt::disproved(file, "còn mục đứng sau mục bị từ chối", en));
            }
            self.check_first(file, entry, &replay)?;
            check_rules(file, entry, &replay)?;
            refused = replay.verify(entry).err();
            if refused.is_some() {
                replay.tree.push(tlog::leaf_hash(entry));
            }
            Ok(())
        })?;
        let Some(refused) = refused else { return Err(same("tile/entries")) };
        let is_covered = beginning.root == replay.tree.root()
            && beginning.leads(replay.tree.size(), checkpoint.size, &checkpoint.root);
        if !is_covered {
            let en = "these entries are not proved to be the beginning of that checkpoint's log";
            return Err(Doubt::disproved(BEGINNING, "không chứng minh được các mục này là phần đầu của điểm kiểm", en));
        }
        let (index, code) = (refused.index, refused.code);
        let what = format!("entry {index}, {}: [{code}] {}", refused.field, refused.why.en);
        let entry = Said { exhibit: "tile/entries".to_owned(), what, code: None };
        Ok(self.guilt_of_the_log(
            [said(CHECKPOINT, &checkpoint), entry],
            format!("khóa nhật ký đã ký một nhật ký có mục {index} mà quy tắc từ chối [{code}]: {}", refused.why.vi),
            format!("the log key has signed a log whose entry {index} the rules refuse [{code}]: {}", refused.why.en),
        ))
    }

    /// Entry 0 of the entries is the manifest that vouches for the key.
    fn check_first(&self, file: &str, entry: &[u8], replay: &Replay) -> Judged {
        if replay.tree.size() > 0 || entry == self.bytes {
            return Ok(());
        }
        Err(Doubt::disproved(file, "mục 0 không phải là manifest.note", "entry 0 is not manifest.note"))
    }

    /// A checkpoint of this event's log, with the one line of its key.
    fn checkpoint(&self, name: &str, note: &Note) -> Judged<Checkpoint> {
        if note.signatures().len() != 1 {
            let en = "a checkpoint in evidence has one line, that of the log key";
            return Err(Doubt::disproved(name, "điểm kiểm làm bằng chứng chỉ có một dòng ký, của khóa nhật ký", en));
        }
        Checkpoint::open(note, &self.manifest.log).map_err(|e| {
            let vi = format!("không phải điểm kiểm do khóa nhật ký của sự kiện này ký: {e}");
            Doubt::disproved(name, vi, format!("this is no checkpoint signed by the event's log key: {e}"))
        })
    }

    /// A bulletin of this event, signed by the tally key alone.
    fn bulletin(&self, name: &str, note: &Note) -> Judged<(SignedStatement, Bulletin)> {
        let no = |e: String| {
            let vi = format!("không phải bản tin do khóa tổng hợp của sự kiện này ký: {e}");
            Doubt::disproved(name, vi, format!("this is no bulletin signed by the event's tally key: {e}"))
        };
        let keys = self.replay.count.keys();
        let signed = SignedStatement::open(note.as_bytes(), keys).map_err(|refusal| no(refusal.say().en))?;
        let is_of_tally = |name: &str| keys.holder(name).is_some_and(|holder| holder.role == Role::Tally);
        let Statement::Bulletin(bulletin) = signed.statement.clone() else { return Err(no("another kind".to_owned())) };
        if bulletin.election != self.sid || !signed.signers.iter().all(|name| is_of_tally(name)) {
            return Err(no("another event or key".to_owned()));
        }
        Ok((signed, *bulletin))
    }

    fn guilt_of_the_log(&self, said: [Said; 2], vi: String, en: String) -> Guilt {
        Guilt { guilty: self.manifest.log.clone(), said, why: Sentence { vi, en } }
    }

    fn guilt_of_the_tally(&self, said: [Said; 2], vi: String, en: String) -> Guilt {
        Guilt { guilty: self.manifest.tally.clone(), said, why: Sentence { vi, en } }
    }
}

/// Rules that are not here: whoever lacks them must not accuse anybody.
fn check_rules(file: &str, entry: &[u8], replay: &Replay) -> Judged {
    let opened = SignedStatement::open(entry, replay.count.keys());
    let Ok(SignedStatement { statement: Statement::Contest(contest), .. }) = opened else { return Ok(()) };
    if replay.count.rules().find(&contest.profile).is_some() {
        return Ok(());
    }
    let (word, at) = (&contest.profile, replay.tree.size());
    let vi = format!("mục {at}: chương trình này không có quy tắc {word}, không thể kết luận");
    Err(Doubt::unreadable(file, vi, format!("entry {at}: this program has no rules {word}, and does not guess")))
}

fn same(exhibit: &str) -> Doubt {
    let vi = "hai điều nói ra không trái nhau: không kết tội được ai";
    Doubt::disproved(exhibit, vi, "nothing contradicts: the two things said agree, and nobody is convicted")
}

fn code_of(checkpoint: &Checkpoint) -> String {
    Code::of(tlog::sha256(checkpoint.text().as_bytes())).to_string()
}

fn said(exhibit: &str, checkpoint: &Checkpoint) -> Said {
    let what = format!("size {}, root {}", checkpoint.size, checkpoint.root);
    Said { exhibit: exhibit.to_owned(), what, code: Some(code_of(checkpoint)) }
}

fn posted(exhibit: &str, signed: &SignedStatement, bulletin: &Bulletin) -> Said {
    let what = format!("bulletin of {} at size {}, sid {}", bulletin.contest, bulletin.size, signed.sid);
    Said { exhibit: exhibit.to_owned(), what, code: Some(Code::of(signed.sid).to_string()) }
}

/// What a bulletin says of a field, in the words of its text.
fn lines_of(bulletin: &Bulletin, field: &str) -> String {
    let text = Statement::Bulletin(Box::new(bulletin.clone())).text();
    let lines: Vec<&str> = text.lines().filter(|l| l.split(' ').next() == Some(field)).collect();
    if lines.is_empty() { "-".to_owned() } else { lines.join(", ") }
}
