//! A day of an honest hall: tables and board hand in what they sign, observers look, and everything befalls them that
//! befalls people. Whatever it is, each look says exactly what the creed allows. It refuses to know how many days there are.

use crate::{
    creed::{self, Known, Reader, Shown},
    hall::{Founded, Hall, Serving},
    party::{Party, Way, check_evidence},
};
use observer::{Hearing, ObserverError, Report, Verdict, export, folder, gossip};
use promises::{
    chance::Chance,
    history::{History, PREPARED, STATIONS, contest, key},
    liar::Branch,
};
use proto::{
    Answer,
    v1::{
        self, AddCosignatureRequest, GetCheckpointRequest, SubmitRequest, intake_service_client::IntakeServiceClient,
        log_service_client::LogServiceClient,
    },
};
use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
    sync::Arc,
    time::Duration,
};
use tally::{Statement, ruling::Phase};
use tlog::{Checkpoint, Note};
use tokio::task::JoinHandle;
use tonic::transport::Channel;

/// Nobody waits longer for anything.
const PATIENCE: Duration = Duration::from_secs(90);
/// A line that is cut again and again is tried so often.
const TRIES_MAX: usize = 20;

/// What befalls a hall in which nobody lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Trouble {
    /// The server is ended and started while others follow it.
    ServerRestarts,
    /// Connections end in the middle of what they carry.
    Cut,
    /// The doors are closed, and everybody inside is put out.
    DoorsClosed,
    /// A spare laptop goes on with the second journal, at another port.
    Takeover,
    /// An observer that follows is killed and started again.
    ObserverKilled,
    /// A line so bad that everything comes in small pieces.
    SlowLine,
    /// The former server is opened once more, and shows less than there is.
    FormerServer,
    /// A witness's line arrives when the log has long grown.
    LateWitness,
    /// Observers tell each other what they have seen, in any order.
    Gossip,
    /// Somebody brings checkpoints of long ago.
    OldNews,
    /// What a table sent comes once more, by another's hand.
    LateRetry,
    /// A table's key signs another text under a number that stands in the log.
    TwoTexts,
    /// A copy from a stick, of an earlier hour.
    OldFile,
    /// Somebody looks who shows no key, and sees the beginning.
    PublicView,
}

pub(crate) const TROUBLES: &[Trouble] = &[
    Trouble::ServerRestarts,
    Trouble::Cut,
    Trouble::DoorsClosed,
    Trouble::Takeover,
    Trouble::ObserverKilled,
    Trouble::SlowLine,
    Trouble::FormerServer,
    Trouble::LateWitness,
    Trouble::Gossip,
    Trouble::OldNews,
    Trouble::LateRetry,
    Trouble::TwoTexts,
    Trouble::OldFile,
    Trouble::PublicView,
];

/// What was really seen of a day.
#[derive(Default)]
pub(crate) struct Diary {
    pub(crate) looks: usize,
    /// Looks that a cut line ended, and that were begun again.
    pub(crate) looks_cut: usize,
    /// Connections that were cut while something was connected.
    pub(crate) cuts: usize,
    pub(crate) entries: u64,
    /// How often something befell the hall.
    pub(crate) befell: BTreeMap<Trouble, usize>,
    /// How often something was said: `OK`, or the reasons.
    pub(crate) said: BTreeMap<String, usize>,
}

struct Watcher {
    party: Party,
    known: Known,
    /// Followed over a stretch of the day.
    following: Option<JoinHandle<Result<Report, ObserverError>>>,
}

/// A copy that somebody made, and what was in it.
struct Stick {
    folder: PathBuf,
    shown: Shown,
    /// It has the other text of a table's number beside the log.
    is_twice: bool,
}

/// A day on its way.
pub(crate) struct Day<'a> {
    founded: &'a Founded,
    chance: Chance,
    hall: Hall,
    /// The log as it must be: what was acknowledged, and nothing else.
    log: History,
    /// Of every server that was: how much it had when it ended.
    ended_with: Vec<u64>,
    /// Every note handed in, in order.
    notes: Vec<Note>,
    /// Every checkpoint that somebody was given.
    news: Vec<Note>,
    copies: Vec<Stick>,
    watchers: Vec<Watcher>,
    /// The board's own connection, without a line between.
    desk: Option<Channel>,
    diary: Diary,
}

type Said<T = ()> = Result<T, String>;

/// A whole day; the trouble named is sure to be among what befalls the hall.
pub(crate) async fn run(seed: u64, founded: &Founded) -> Said<Diary> {
    let mut day = Day::begin(seed, founded).await?;
    day.pass(TROUBLES[(seed % TROUBLES.len() as u64) as usize]).await?;
    day.end().await
}

/// A day on which the spare laptop goes on without the last entry that was acknowledged. Whoever saw that entry convicts
/// the log key; the answer is how many did.
pub(crate) async fn lose_an_entry(seed: u64, founded: &Founded) -> Said<usize> {
    let mut day = Day::begin(seed, founded).await?;
    day.prepare().await?;
    day.grow(None).await?;
    day.look_around(100).await?;
    day.desk = None;
    day.hall.take_over(true).await?;
    let note = day.log.at(day.log.size() - 1).batch("s03", 9_001);
    let (answer, checkpoint) = day.submit(&note).await?;
    if answer.index.is_none() || day.size_of(&checkpoint).is_ok() {
        return Err(format!("the spare has lost nothing: {} {}", answer.code, answer.en));
    }
    for (who, watcher) in day.watchers.iter().enumerate() {
        let report = watcher.party.try_look(&day.hall.ticket(), WAYS[who % 2]).await.map_err(|e| e.to_string())?;
        if report.verdict() != Verdict::Equivocation {
            return Err(format!("observer {who} is shown another history, and says {report}"));
        }
        check_evidence(&report, day.hall.event)?;
    }
    Ok(day.watchers.len())
}

impl<'a> Day<'a> {
    /// The doors are open and nobody has said anything yet.
    async fn begin(seed: u64, founded: &'a Founded) -> Said<Self> {
        let mut chance = Chance::new(seed ^ 0x00da_0000);
        let many = chance.between(2, 3) as usize;
        let mut parties: Vec<Party> = (0..many).map(|n| Party::new(n, n == 0 || chance.percent(30))).collect();
        if founded.is_public {
            parties.push(Party::public(4));
        }
        let watchers =
            parties.into_iter().map(|party| Watcher { party, known: Known::default(), following: None }).collect();
        let (ended_with, notes, news, copies) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        let (hall, log, desk, diary) = (Hall::open(founded).await?, founded.ready.at(1), None, Diary::default());
        Ok(Self { founded, chance, hall, log, ended_with, notes, news, copies, watchers, desk, diary })
    }
}

impl Day<'_> {
    /// Board, contest and papers, as on every day.
    async fn prepare(&mut self) -> Said {
        for at in 1..PREPARED as usize {
            let note = Note::parse(&self.founded.ready.entries[at]).expect("a note");
            self.hand_in(note).await?;
        }
        self.look_around(50).await
    }

    async fn pass(&mut self, named: Trouble) -> Said {
        self.prepare().await?;
        let turns = self.chance.between(3, 5) as usize;
        let at = self.chance.below(turns);
        for turn in 0..turns {
            let other = *self.chance.one(TROUBLES);
            self.count_on(if turn == at { named } else { other }).await?;
            self.look_around(40).await?;
        }
        self.look_around(100).await
    }

    /// A stretch of the day with one trouble in it.
    async fn count_on(&mut self, trouble: Trouble) -> Said {
        match trouble {
            Trouble::FormerServer => {
                if self.ended_with.is_empty() {
                    self.grow(Some(Trouble::Takeover)).await?;
                }
                self.grow(None).await?;
                self.look_around(60).await?;
                self.open_former().await
            }
            Trouble::LateWitness => {
                self.grow(None).await?;
                self.come_late().await
            }
            Trouble::Gossip => {
                self.grow(None).await?;
                self.look_around(50).await?;
                self.tell_each_other().await
            }
            Trouble::OldNews => {
                self.grow(None).await?;
                self.bring_old_news()
            }
            Trouble::LateRetry => {
                self.grow(None).await?;
                self.say_again().await
            }
            Trouble::TwoTexts => {
                self.grow(None).await?;
                self.say_otherwise().await
            }
            Trouble::OldFile => {
                self.make_copy(None).await?;
                self.grow(None).await?;
                self.look_around(50).await?;
                self.bring_old_file()
            }
            Trouble::PublicView => {
                self.grow(None).await?;
                self.look_as_public().await
            }
            Trouble::SlowLine => {
                self.befell(trouble);
                self.hall.line().be_slow(true);
                self.grow(None).await?;
                self.look_around(60).await?;
                self.hall.line().be_slow(false);
                Ok(())
            }
            _ => self.grow(Some(trouble)).await,
        }
    }

    fn befell(&mut self, trouble: Trouble) {
        *self.diary.befell.entry(trouble).or_default() += 1;
    }

    /// The hall hands in what it signs next, followed by some; the trouble comes in the middle.
    async fn grow(&mut self, trouble: Option<Trouble>) -> Said {
        let (mut ahead, mut notes) = (self.log.clone(), Vec::new());
        for _ in 0..self.chance.between(2, 6) {
            let Some(note) = ahead.next(&mut self.chance) else { break };
            ahead.hand_in(note.as_bytes());
            notes.push(note);
        }
        let until = ahead.size();
        let followed = if trouble.is_some() { 70 } else { 25 };
        for who in 0..self.watchers.len() {
            if !self.watchers[who].party.is_public && self.chance.percent(followed) {
                self.follow(who, until);
            }
        }
        let at = self.chance.below(notes.len() + 1);
        for place in 0..=notes.len() {
            if let (true, Some(trouble)) = (place == at, trouble) {
                self.befall(trouble, until).await?;
            }
            if let Some(note) = notes.get(place) {
                self.hand_in(note.clone()).await?;
            }
        }
        for who in 0..self.watchers.len() {
            self.follow_to_the_end(who, until).await?;
        }
        self.hall.line().mend();
        Ok(())
    }

    async fn befall(&mut self, trouble: Trouble, until: u64) -> Said {
        self.befell(trouble);
        match trouble {
            Trouble::ServerRestarts => {
                self.desk = None;
                self.hall.restart().await
            }
            Trouble::Cut => {
                let bytes = self.chance.between(1, 12_000);
                self.hall.line().cut_after(bytes);
                // Whoever looks while it is cut begins again.
                let who = self.chance.below(self.watchers.len());
                let way = if self.watchers[who].party.is_public { Way::Verify } else { *self.chance.one(&WAYS) };
                if self.watchers[who].following.is_none() { self.look(who, way, None).await } else { Ok(()) }
            }
            Trouble::DoorsClosed => {
                self.hall.close_and_open().await;
                Ok(())
            }
            Trouble::Takeover => {
                self.desk = None;
                self.ended_with.push(self.log.size());
                let came_along = self.hall.take_over(false).await?;
                if came_along == self.log.size() {
                    return Ok(());
                }
                Err(format!("{came_along} entries were taken over of {}", self.log.size()))
            }
            Trouble::ObserverKilled => {
                let following = (0..self.watchers.len()).filter(|who| self.watchers[*who].following.is_some());
                for who in following.collect::<Vec<_>>() {
                    if let Some(task) = self.watchers[who].following.take() {
                        task.abort();
                        let _ = task.await;
                    }
                    self.recall(who)?;
                    self.follow(who, until);
                }
                Ok(())
            }
            _ => Err(format!("{trouble:?} does not come in the middle of a count")),
        }
    }

    /// An observer follows from now on, until the log has that size.
    fn follow(&mut self, who: usize, until: u64) {
        let follow = self.watchers[who].party.following(&self.hall.ticket(), Some(until));
        let following = tokio::spawn(async move { follow.run(std::future::pending(), |_| ()).await });
        self.watchers[who].following = Some(following);
    }

    /// Whatever befell the line and the server, it got there, and has nothing to say against anybody.
    async fn follow_to_the_end(&mut self, who: usize, until: u64) -> Said {
        let Some(following) = self.watchers[who].following.take() else { return Ok(()) };
        let report = tokio::time::timeout(PATIENCE, following).await.map_err(|_| "a follower does not end")?;
        let report = report.map_err(|e| e.to_string())?.map_err(|error| format!("observer {who}: {error}"))?;
        self.judge(who, &[], &report).map_err(|wrong| format!("observer {who} followed to {until}: {wrong}"))?;
        self.recall(who)?;
        match (report.size, self.watchers[who].known.remembered) {
            (size, remembered) if size == until && remembered == until => Ok(()),
            other => Err(format!("observer {who} followed to {until} and ends with (report, memory) {other:?}")),
        }
    }

    fn judge(&mut self, who: usize, must: &[&str], report: &Report) -> Said {
        self.diary.looks += 1;
        let said = if must.is_empty() { "OK".to_owned() } else { must.join(" ") };
        *self.diary.said.entry(said).or_default() += 1;
        creed::judge(must, report)?;
        let evidence = self.watchers[who].party.at("home/evidence");
        if evidence.exists() { Err(format!("observer {who} keeps evidence against somebody")) } else { Ok(()) }
    }

    /// What an observer has on its disk after it was ended in the middle of something: never less, and of this log.
    fn recall(&mut self, who: usize) -> Said {
        let (known, remembered) = (self.watchers[who].known.clone(), self.remembered(who)?);
        if remembered < known.remembered {
            return Err(format!("observer {who} remembered {} and has {remembered} left", known.remembered));
        }
        let manifest = self.watchers[who].party.home.manifest(self.hall.event).map_err(|e| e.to_string())?;
        self.watchers[who].known = Known { remembered, heard: self.heard(who)?, has_met: manifest.is_some() };
        Ok(())
    }

    fn remembered(&self, who: usize) -> Said<u64> {
        let kept = self.watchers[who].party.home.remembered(self.hall.event).map_err(|e| e.to_string())?;
        kept.map_or(Ok(0), |note| self.size_of(&note))
    }

    fn heard(&self, who: usize) -> Said<BTreeSet<u64>> {
        let kept = self.watchers[who].party.home.heard(self.hall.event).map_err(|e| e.to_string())?;
        kept.iter().map(|note| self.size_of(note)).collect()
    }

    /// The size of a checkpoint, which must be one of this log.
    fn size_of(&self, note: &Note) -> Said<u64> {
        let stated = Checkpoint::open(note, key("").verifier()).map_err(|e| e.to_string())?;
        if self.log.replay.tree.root_at(stated.size) == Some(stated.root) {
            return Ok(stated.size);
        }
        Err(format!("the log key has signed another history of {} entries", stated.size))
    }

    /// Some look, each in its own way.
    async fn look_around(&mut self, often: u64) -> Said {
        for who in 0..self.watchers.len() {
            if self.chance.percent(often) {
                // Whoever shows no key and follows waits three seconds for what does not come.
                let is_public = self.watchers[who].party.is_public;
                let way = if is_public && self.chance.percent(90) { Way::Verify } else { *self.chance.one(&WAYS) };
                self.look(who, way, None).await?;
            }
        }
        Ok(())
    }

    /// One look, at the server of now through its lines, or at another; it says what it must and knows what it must.
    async fn look(&mut self, who: usize, way: Way, at: Option<&Serving>) -> Said {
        for _ in 0..TRIES_MAX {
            let mut shown = self.shown(at).await?;
            let ticket = at.map_or_else(|| self.hall.ticket(), |serving| self.hall.ticket_of(Some(serving)));
            let turns = self.hall.turns();
            let report = match self.watchers[who].party.try_look(&ticket, way).await {
                Ok(report) => report,
                Err(error) if error.is_passing() && self.hall.turns() > turns => {
                    self.diary.looks_cut += 1;
                    self.recall(who)?;
                    continue;
                }
                Err(error) => return Err(format!("observer {who} {way:?}: {error}")),
            };
            let reader = Reader { is_public: self.watchers[who].party.is_public, way };
            let mut must = creed::must_say(reader, &shown, &self.watchers[who].known);
            if creed::judge(&must.0, &report).is_err() && self.watchers.iter().any(|other| other.following.is_some()) {
                // Somebody who follows has cosigned meanwhile.
                shown = self.shown(at).await?;
                must = creed::must_say(reader, &shown, &self.watchers[who].known);
            }
            let (must, after) = must;
            let wrong = |wrong| format!("observer {who} {reader:?} is shown {shown:?}, {wrong}");
            self.judge(who, &must, &report).map_err(wrong)?;
            return self.expect(who, after);
        }
        Err(format!("observer {who} did not get through in {TRIES_MAX} times"))
    }

    /// What an observer has on its disk is what it must know.
    fn expect(&mut self, who: usize, known: Known) -> Said {
        let kept = (self.remembered(who)?, self.heard(who)?);
        if kept != (known.remembered, known.heard.clone()) {
            return Err(format!("observer {who} must know {known:?}, and has (remembered, heard) {kept:?}"));
        }
        self.watchers[who].known = known;
        Ok(())
    }
}

const WAYS: [Way; 2] = [Way::Verify, Way::Follow];

impl Day<'_> {
    /// The former server, or one of them: whoever has seen more says that this one shows less, and accuses nobody.
    async fn open_former(&mut self) -> Said {
        self.befell(Trouble::FormerServer);
        let number = self.chance.below(self.ended_with.len());
        let former = self.hall.open_former(number).await?;
        for who in 0..self.watchers.len() {
            if self.chance.percent(70) {
                let is_public = self.watchers[who].party.is_public;
                let way = if is_public { Way::Verify } else { *self.chance.one(&WAYS) };
                self.look(who, way, Some(&former)).await?;
            }
        }
        former.close().await
    }

    /// A witness that is in no hurry: its line for an earlier checkpoint arrives now.
    async fn come_late(&mut self) -> Said {
        let mut log = LogServiceClient::new(self.desk().await?);
        let Some(note) = self.news.iter().rev().nth(self.chance.below(4)).cloned() else { return Ok(()) };
        let size = self.size_of(&note)?;
        for number in 0..self.founded.quorum {
            // Those of the observers who are here cosign what they follow; these are of others.
            let witness = key(&format!("witness.example/{}", 5 - number));
            let line = tlog::cosignature::cosign(note.text(), &witness, 1_593_000_000).to_string();
            let request = AddCosignatureRequest { event: self.hall.event.to_string(), size, line };
            // A server that has started since remembers only its newest checkpoint.
            if log.add_cosignature(request).await.is_ok() {
                self.befell(Trouble::LateWitness);
            }
        }
        self.look_around(60).await
    }

    /// Everybody tells some others, newest first or last.
    async fn tell_each_other(&mut self) -> Said {
        let mut told: Vec<(usize, Note)> = Vec::new();
        for who in 0..self.watchers.len() {
            let home = &self.watchers[who].party.home;
            let mut seen: Vec<Note> =
                home.remembered(self.hall.event).map_err(|e| e.to_string())?.into_iter().collect();
            seen.extend(home.heard(self.hall.event).map_err(|e| e.to_string())?);
            told.extend(seen.into_iter().map(|note| (who, note)));
        }
        for _ in 0..told.len() {
            let (from, to) = (self.chance.below(told.len()), self.chance.below(told.len()));
            told.swap(from, to);
        }
        for (from, note) in told {
            for who in 0..self.watchers.len() {
                if who != from && self.chance.percent(60) {
                    self.hear(who, &note)?;
                    self.befell(Trouble::Gossip);
                }
            }
        }
        self.look_around(60).await
    }

    fn bring_old_news(&mut self) -> Said {
        for _ in 0..self.chance.between(1, 4) {
            let (who, old) = (self.chance.below(self.watchers.len()), self.chance.below(self.news.len()));
            let note = self.news[old].clone();
            self.hear(who, &note)?;
            self.befell(Trouble::OldNews);
        }
        Ok(())
    }

    /// An observer is told of a checkpoint; with it comes the manifest.
    fn hear(&mut self, who: usize, note: &Note) -> Said {
        let (size, watcher) = (self.size_of(note)?, &self.watchers[who]);
        let (home, event) = (&watcher.party.home, self.hall.event);
        home.meet(event, &self.log.entries[0]).map_err(|e| e.to_string())?;
        let hearing = home.hear(event, note).map_err(|e| e.to_string())?;
        if !matches!(hearing, Hearing::New | Hearing::Known) {
            return Err(format!("observer {who} does not take a checkpoint of {size}: {hearing:?}"));
        }
        let mut known = Known { has_met: true, ..watcher.known.clone() };
        known.hear(size);
        self.expect(who, known)
    }

    /// What was sent before comes once more, by the hand of an organiser.
    async fn say_again(&mut self) -> Said {
        for _ in 0..self.chance.between(1, 3) {
            let old = self.chance.below(self.notes.len());
            let note = self.notes[old].clone();
            let (answer, _) = self.submit(&note).await?;
            if answer.index.is_none() {
                return Err(format!("what was recorded is not known again: {} {}", answer.code, answer.en));
            }
            self.befell(Trouble::LateRetry);
        }
        self.settle().await?;
        self.look_around(40).await
    }

    /// A clone of a table's laptop says something else under a number that stands in the log. It is refused, and whoever
    /// has both texts accuses no key of the server.
    async fn say_otherwise(&mut self) -> Said {
        let in_log = (0..).zip(&self.log.entries).filter_map(|(index, entry)| {
            let statement = Statement::parse(Note::parse(entry).ok()?.text()).ok()?;
            if let Statement::Batch(batch) = statement { Some((index, batch)) } else { None }
        });
        let batches: Vec<(u64, _)> = in_log.collect();
        if batches.is_empty() {
            return Ok(());
        }
        let (index, mut batch) = batches[self.chance.below(batches.len())].clone();
        batch.time += 77;
        let other = key(&format!("station/{}", batch.station)).sign_text(&Statement::Batch(batch).text());
        let (answer, _) = self.submit(&other).await?;
        if answer.index.is_some() || answer.code != "R-WRONG-HEAD" {
            return Err(format!("a second text of one number is not refused: {} {}", answer.code, answer.en));
        }
        self.befell(Trouble::TwoTexts);
        self.settle().await?;
        self.make_copy(Some((index, other))).await?;
        self.look_around(40).await
    }

    /// An accredited observer writes the whole log into a folder; the other text of an entry is laid beside it.
    async fn make_copy(&mut self, beside: Option<(u64, Note)>) -> Said {
        let shown = self.shown(None).await?;
        let party = &self.watchers[0].party;
        let out = party.at(&format!("copy-{}", self.copies.len()));
        let mut server = party.connect(&self.hall.ticket_of(None)).await.map_err(|e| e.to_string())?;
        let exported = export::export(&mut server, Some(&party.home), &out, Duration::ZERO).await;
        let report = exported.map_err(|e| e.to_string())?;
        // The folder has the checkpoint that was looked at, and knows of no newer one.
        let size = shown.witnessed.unwrap_or(shown.newest);
        let folder = Shown { newest: size, witnessed: shown.witnessed, told: BTreeSet::new(), ..shown.clone() };
        let (must, _) = creed::of_folder(&folder, &Known::default());
        let wrong = |wrong| format!("a copy of {shown:?}, {wrong}");
        self.judge(0, &must, &report).map_err(wrong)?;
        let reader = Reader { is_public: false, way: Way::Verify };
        let (_, after) = creed::must_say(reader, &shown, &self.watchers[0].known);
        self.expect(0, after)?;
        if let Some((_, note)) = &beside {
            std::fs::write(out.join("other.note"), note.as_bytes()).map_err(|e| e.to_string())?;
        }
        // A copy that ends before the entry has one text of that number.
        let is_twice = beside.is_some_and(|(index, _)| index < folder.newest);
        self.copies.push(Stick { folder: out, shown: folder, is_twice });
        let last = self.copies.len() - 1;
        self.read_copy(last)
    }

    fn bring_old_file(&mut self) -> Said {
        let old = self.chance.below(self.copies.len());
        self.befell(Trouble::OldFile);
        self.read_copy(old)?;
        // What it says of itself is carried on like any other news.
        let brought = gossip::gather(&self.copies[old].folder).map_err(|e| e.to_string())?;
        let who = self.chance.below(self.watchers.len());
        brought.checkpoints.iter().try_for_each(|note| self.hear(who, note))
    }

    fn read_copy(&mut self, number: usize) -> Said {
        let who = self.chance.below(self.watchers.len());
        let (copy, watcher) = (&self.copies[number], &self.watchers[who]);
        let (must, after) = creed::of_folder(&copy.shown, &watcher.known);
        let report = folder::verify_at_home(&copy.folder, self.hall.event, &watcher.party.home);
        let report = report.map_err(|e| e.to_string())?;
        if copy.is_twice == report.keys_twice.is_empty() {
            return Err(format!("keys in use twice: {:?}", report.keys_twice));
        }
        let wrong = format!("observer {who} reads a copy of {:?}", copy.shown);
        self.judge(who, &must, &report).map_err(|why| format!("{wrong}, {why}"))?;
        self.expect(who, after)
    }

    /// Somebody of the public looks while there is more than the public may see.
    async fn look_as_public(&mut self) -> Said {
        let Some(who) = self.watchers.iter().position(|watcher| watcher.party.is_public) else { return Ok(()) };
        if self.log.replay.count.public_size() < self.log.size() {
            self.befell(Trouble::PublicView);
        }
        let way = if self.chance.percent(85) { Way::Verify } else { Way::Follow };
        self.look(who, way, None).await
    }
}

impl Day<'_> {
    async fn desk(&mut self) -> Said<Channel> {
        if let Some(desk) = &self.desk {
            return Ok(desk.clone());
        }
        let member = Arc::new(key("organiser/o1"));
        let desk = door::dial(&self.hall.ticket_of(None), Some(&member)).await.map_err(|e| e.to_string())?;
        Ok(self.desk.insert(desk).clone())
    }

    /// What a server shows at this moment, every checkpoint of it held against the log as it must be.
    async fn shown(&mut self, at: Option<&Serving>) -> Said<Shown> {
        let desk = match at {
            None => self.desk().await?,
            Some(serving) => {
                let member = Arc::new(key("organiser/o1"));
                door::dial(&self.hall.ticket_of(Some(serving)), Some(&member)).await.map_err(|e| e.to_string())?
            }
        };
        let request = GetCheckpointRequest { event: self.hall.event.to_string(), ..Default::default() };
        let answer = LogServiceClient::new(desk).get_checkpoint(request).await.map_err(|e| e.to_string())?.into_inner();
        let note = |bytes: &[u8]| Note::parse(bytes).map_err(|e| e.to_string());
        let newest = note(&answer.newest)?;
        let witnessed = (!answer.witnessed.is_empty()).then(|| note(&answer.witnessed)).transpose()?;
        let told = answer.seen_by_others.iter().map(|bytes| self.size_of(&note(bytes)?)).collect::<Said<_>>()?;
        let size = self.size_of(&newest)?;
        let lines = newest.signatures().len() as u64 - 1;
        let public = match size == self.log.size() {
            true => self.log.replay.count.public_size(),
            false => self.log.at(size).replay.count.public_size(),
        };
        Ok(Shown {
            newest: size,
            witnessed: witnessed.as_ref().map(|note| self.size_of(note)).transpose()?,
            witnesses: (lines, self.founded.quorum),
            told,
            public,
        })
    }

    /// Hands a note in until it is acknowledged, however often the line is cut; then the log has it.
    async fn hand_in(&mut self, note: Note) -> Said {
        let (answer, checkpoint) = self.submit(&note).await?;
        if answer.index.is_none() {
            return Err(format!("{} {}", answer.code, answer.en));
        }
        let ruling = self.log.hand_in(note.as_bytes());
        if !ruling.is_logged() {
            return Err(format!("the server records what the rules refuse: {ruling:?}"));
        }
        self.size_of(&checkpoint)?;
        self.news.push(checkpoint);
        self.notes.push(note);
        self.settle().await
    }

    async fn submit(&mut self, note: &Note) -> Said<(Answer, Note)> {
        let mut why = String::new();
        for _ in 0..TRIES_MAX {
            match self.try_submit(note).await {
                Ok(answer) => {
                    let ruling = answer.rulings.into_iter().next().ok_or("no ruling")?;
                    let checkpoint = Note::parse(&answer.checkpoint).map_err(|e| e.to_string())?;
                    return Ok((Answer::try_from(ruling).map_err(|e| e.to_string())?, checkpoint));
                }
                Err(error) => why = error,
            }
        }
        Err(format!("nobody takes a note: {why}"))
    }

    /// Once, over a line; a table's notes are brought by the table or by the board.
    async fn try_submit(&self, note: &Note) -> Said<v1::SubmitResponse> {
        let by = match Statement::parse(note.text()) {
            Ok(Statement::Batch(batch))
                if STATIONS.contains(&batch.station.as_str()) && self.notes.len().is_multiple_of(2) =>
            {
                format!("station/{}", batch.station)
            }
            _ => "organiser/o1".to_owned(),
        };
        let dialled = door::dial(&self.hall.ticket(), Some(&Arc::new(key(&by)))).await.map_err(|e| e.to_string())?;
        let notes = vec![note.as_bytes().to_vec().into()];
        let request = SubmitRequest { event: self.hall.event.to_string(), notes, ..SubmitRequest::default() };
        let answer = IntakeServiceClient::new(dialled).submit(request).await;
        answer.map(tonic::Response::into_inner).map_err(|status| format!("{:?} {}", status.code(), status.message()))
    }

    /// Waits for nothing: whoever asks for a checkpoint is answered after the bulletin of a close is recorded.
    async fn settle(&mut self) -> Said {
        let shown = self.shown(None).await?;
        if shown.newest == self.log.size() {
            return Ok(());
        }
        Err(format!("the server shows {} entries of {}", shown.newest, self.log.size()))
    }

    /// The evening: the log is what was acknowledged, and nobody was accused.
    async fn end(mut self) -> Said<Diary> {
        let head = self.shown(None).await?;
        let own = Branch::of(&self.log).checkpoint(self.log.size());
        if head.newest != self.size_of(&own)? {
            return Err("the log is not what was acknowledged".into());
        }
        self.diary.entries = self.log.size();
        self.diary.cuts = self.hall.cuts();
        if self.log.replay.count.contest(contest()).is_some_and(|c| c.phase() == Phase::Announced) {
            *self.diary.said.entry("(announced)".into()).or_default() += 1;
        }
        self.hall.end().await?;
        Ok(self.diary)
    }
}
