//! An event made for the load: keys, contests, and distinct signed batches of about 600 bytes, in
//! the chain of each table. Twenty bad notes are planted among them.

use crate::exit::{Exit, Failure};
use bytes::Bytes;
use door::{Ticket, TicketError};
use proto::v1::{GetHeadRequest, SubmitRequest, get_head_request::Subject, intake_service_client::IntakeServiceClient};
use std::{path::Path, sync::Arc, thread};
use tally::{
    Figures, Id, Marks, Papers, Sid, Statement, StationId, Votes,
    form::{Choices, Form, Reason},
    statement::{
        BasePart, Batch, Board, Bundle, Contest, Disclosure, Language, Manifest, Member, MemberRole, PapersStatement,
        Round,
    },
};
use tlog::{KeyKind, SigningKey, VerifierKey};

/// Bad notes among the good ones.
pub(super) const PLANTED: usize = 20;
const BUNDLES_PER_CONTEST: u32 = 2_500;
const PAPERS: u32 = 50;
/// Makes a note of about 600 bytes.
const NAMES: usize = 14;
const ORIGIN: &str = "kiemphieu.example/load";

/// What must come back for a note.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Expected {
    Counted,
    SetAside,
    Refused,
}

/// A note on its way.
#[derive(Clone)]
pub(super) struct Signed {
    pub(super) bytes: Bytes,
    pub(super) expected: Expected,
}

/// Everything one table will send, in order.
pub(super) struct Table {
    pub(super) notes: Vec<Signed>,
}

/// What is to be made.
#[derive(Clone, Copy)]
pub(super) struct Plan {
    pub(super) stations: u16,
    pub(super) batches: u32,
    pub(super) contests_min: u32,
    pub(super) observers: u16,
    /// Bad notes.
    pub(super) planted: usize,
}

/// The event.
pub(super) struct Event {
    sid: Sid,
    manifest: Vec<u8>,
    manifest_keys: Manifest,
    organiser: Arc<SigningKey>,
    member: Arc<SigningKey>,
    stations: Vec<Arc<SigningKey>>,
    observers: Vec<Arc<SigningKey>>,
    plan: Plan,
    contests: u32,
}

fn id<T: std::str::FromStr>(text: &str) -> T
where
    T::Err: std::fmt::Debug,
{
    text.parse().expect("a word made here fits its grammar")
}

fn key(name: &str) -> Result<Arc<SigningKey>, Failure> {
    let mut seed = [0; 32];
    getrandom::fill(&mut seed).map_err(|e| Failure::new(Exit::Key, e))?;
    SigningKey::from_seed(name, KeyKind::Ed25519, &seed).map(Arc::new).map_err(|e| Failure::new(Exit::Key, e))
}

fn sign(statement: &Statement, key: &SigningKey) -> Bytes {
    Bytes::copy_from_slice(key.sign_text(&statement.text()).as_bytes())
}

impl Event {
    pub(super) fn new(home: &Path, plan: Plan) -> Result<Self, Failure> {
        let [log, tally] = server::Home::new(home).make_keys(ORIGIN)?;
        let organiser = key(&format!("{ORIGIN}/organiser/o1"))?;
        let member = key(&format!("{ORIGIN}/board/k1"))?;
        let keys = |role: &str, how_many: u16| -> Result<Vec<Arc<SigningKey>>, Failure> {
            (0..how_many).map(|n| key(&format!("{ORIGIN}/{role}/{}", name(n)))).collect()
        };
        let (stations, observers) = (keys("station", plan.stations)?, keys("observer", plan.observers)?);
        let manifest = Manifest {
            origin: ORIGIN.into(),
            title: id("Load"),
            organisation: None,
            place: None,
            language: Language::En,
            threshold: 1,
            organisers: vec![organiser.verifier().clone()],
            log,
            tally,
            tables: stations.iter().zip(0..).map(|(_, n)| (StationId(id(&name(n))), id("Table"))).collect(),
            stations: stations.iter().map(|k| k.verifier().clone()).collect(),
            observers: observers.iter().map(|k| k.verifier().clone()).collect(),
            witness_quorum: 0,
            witnesses: Vec::new(),
            disclosure: Disclosure::Public,
            live_totals: true,
            min_bundle: 1,
        };
        let note = organiser.sign_text(&Statement::Manifest(Box::new(manifest.clone())).text());
        let contests = plan.batches.div_ceil(BUNDLES_PER_CONTEST).max(plan.contests_min.min(plan.batches));
        Ok(Self {
            sid: note.sid(),
            manifest: note.as_bytes().to_vec(),
            manifest_keys: manifest,
            organiser,
            member,
            stations,
            observers,
            plan,
            contests,
        })
    }

    pub(super) fn manifest(&self) -> &[u8] {
        &self.manifest
    }

    pub(super) fn sid(&self) -> Sid {
        self.sid
    }

    pub(super) fn log_key(&self) -> &VerifierKey {
        &self.manifest_keys.log
    }

    pub(super) fn station_key(&self, n: usize) -> &VerifierKey {
        self.stations[n].verifier()
    }

    pub(super) fn station(&self, n: usize) -> &Arc<SigningKey> {
        &self.stations[n]
    }

    pub(super) fn stations(&self) -> usize {
        self.stations.len()
    }

    pub(super) fn observers(&self) -> &[Arc<SigningKey>] {
        &self.observers
    }

    /// The ticket of the event, for its server at this address.
    pub(super) fn ticket(&self, grpc: &str) -> Result<Ticket, Failure> {
        let trouble = |e: TicketError| Failure::new(Exit::Trouble, e);
        let address = grpc.parse().map_err(trouble)?;
        Ticket::new(self.sid, self.manifest_keys.tally.clone(), vec![address]).map_err(trouble)
    }

    pub(super) fn contests(&self) -> usize {
        self.contests as usize
    }

    /// Board, contests and papers, through the same door as everything else.
    pub(super) async fn prepare(&self, ticket: &Ticket) -> Result<(), Failure> {
        let mut organiser = connect(ticket, &self.organiser).await?;
        self.submit(&mut organiser, sign(&self.board(), &self.organiser)).await?;
        let mut intake = connect(ticket, &self.member).await?;
        for n in 0..self.contests {
            let contest = Statement::Contest(Box::new(self.contest(n)));
            let papers = Statement::Papers(self.papers(n, contest.sid()));
            self.submit(&mut intake, sign(&contest, &self.member)).await?;
            self.submit(&mut intake, sign(&papers, &self.member)).await?;
        }
        Ok(())
    }

    async fn submit(
        &self,
        intake: &mut IntakeServiceClient<tonic::transport::Channel>,
        note: Bytes,
    ) -> Result<(), Failure> {
        let event = self.sid.to_string();
        let request = SubmitRequest { event, notes: vec![note], ..SubmitRequest::default() };
        let answer = intake.submit(request).await.map_err(|s| Failure::new(Exit::Network, s.message()))?.into_inner();
        match answer.rulings.first() {
            Some(ruling) if ruling.index.is_some() => Ok(()),
            Some(ruling) => Err(Failure::new(Exit::Differs, format!("{} {}", ruling.code, ruling.sentence_en))),
            None => Err(Failure::new(Exit::Network, "the server gave no answer")),
        }
    }

    pub(super) async fn head(&self, ticket: &Ticket) -> Result<(u64, String), Failure> {
        let mut intake = connect(ticket, &self.member).await?;
        let request = GetHeadRequest { event: self.sid.to_string(), subject: Some(Subject::Election(true)) };
        let answer = intake.get_head(request).await.map_err(|s| Failure::new(Exit::Network, s.message()))?.into_inner();
        let note = tlog::Note::parse(&answer.checkpoint).map_err(|e| Failure::new(Exit::Differs, e))?;
        let head = tlog::Checkpoint::open(&note, self.log_key()).map_err(|e| Failure::new(Exit::Differs, e))?;
        Ok((head.size, head.root.to_string()))
    }

    fn board(&self) -> Statement {
        Statement::Board(Board {
            election: self.sid,
            prev: Sid::ZERO,
            board: id("b1"),
            title: id("Board"),
            threshold: 1,
            members: vec![Member { id: id("k1"), role: MemberRole::Head, name: id("Head") }],
            keys: vec![self.member.verifier().clone()],
        })
    }

    fn contest(&self, n: u32) -> Contest {
        Contest {
            election: self.sid,
            prev: Sid::ZERO,
            contest: id(&format!("c{n:05}")),
            board: id("b1"),
            kind: Round::First,
            follows: None,
            title: id("Contest"),
            form: Form::StrikeList,
            profile: id("plurality"),
            seats: 3,
            choices: Choices::UpTo(3),
            counts: 1,
            base: vec![BasePart { part: id("summoned"), people: u64::from(BUNDLES_PER_CONTEST * PAPERS) }],
            candidates: (1..=NAMES).map(|n| id(&format!("Candidate {n}"))).collect(),
            born: Vec::new(),
            traits: Vec::new(),
        }
    }

    fn papers(&self, n: u32, prev: Sid) -> PapersStatement {
        let bundles: Vec<Bundle> = (0..self.plan.batches)
            .filter(|batch| batch % self.contests == n)
            .map(|batch| Bundle { bundle: bundle(batch), papers: Papers(PAPERS), table: None })
            .collect();
        let collected = bundles.len() as u64 * u64::from(PAPERS);
        PapersStatement {
            election: self.sid,
            prev,
            contest: id(&format!("c{n:05}")),
            received: collected,
            issued: collected,
            unused: 0,
            spoiled: 0,
            collected,
            bundles,
        }
    }

    /// The notes of every table, signed before anything is measured.
    pub(super) fn sign_batches(&self) -> Vec<Table> {
        let stations = self.stations.len();
        let cores = super::measure::cores();
        let mut tables: Vec<Option<Table>> = (0..stations).map(|_| None).collect();
        thread::scope(|scope| {
            for chunk in tables.chunks_mut(stations.div_ceil(cores)).enumerate() {
                let (nth, chunk) = chunk;
                let first = nth * stations.div_ceil(cores);
                scope.spawn(move || {
                    for (at, table) in chunk.iter_mut().enumerate() {
                        *table = Some(self.table(first + at));
                    }
                });
            }
        });
        tables.into_iter().flatten().collect()
    }

    fn table(&self, station: usize) -> Table {
        let stations = self.stations.len();
        let mut chain = Chain { event: self, station, seq: 0, prev: Sid::ZERO };
        let mut notes = Vec::new();
        let mut number = u32::try_from(station).unwrap_or(0);
        let step = u32::try_from(stations).unwrap_or(1);
        // The bad notes are dealt out over the tables, the first of them after the first good batch.
        let mut planted = (station..self.plan.planted).step_by(stations);
        while number < self.plan.batches {
            notes.push(chain.good(number));
            if let Some(which) = planted.next() {
                notes.push(chain.bad(which, number));
            }
            number += step;
        }
        notes.extend(planted.map(|which| chain.bad(which, 0)));
        Table { notes }
    }
}

/// Tables are `s0001` and so on, ascending.
fn name(n: u16) -> String {
    format!("s{n:04}")
}

fn bundle(batch: u32) -> tally::BundleId {
    id(&format!("b{batch:07}"))
}

async fn connect(
    ticket: &Ticket,
    key: &Arc<SigningKey>,
) -> Result<IntakeServiceClient<tonic::transport::Channel>, Failure> {
    let channel = door::dial(ticket, Some(key)).await.map_err(|e| Failure::new(Exit::Network, e))?;
    Ok(IntakeServiceClient::new(channel))
}

/// The chain of one table while its notes are made.
struct Chain<'a> {
    event: &'a Event,
    station: usize,
    seq: u64,
    prev: Sid,
}

impl Chain<'_> {
    fn batch(&self, number: u32) -> Batch {
        // Valid and invalid papers and the names left differ from batch to batch.
        let invalid = number % 5;
        let valid = PAPERS - invalid;
        let (two, one) = (number / 5 % 10, number / 50 % 8);
        let three = valid - two - one;
        let all = 3 * three + 2 * two + one;
        let first = valid.min(all);
        let second = valid.min(all - first);
        let third = valid.min(all - first - second);
        let fourth = all - first - second - third;
        let shift = (number / 400 % 2).min(third);
        Batch {
            election: self.event.sid,
            station: StationId(id::<Id>(&name(u16::try_from(self.station).unwrap_or(0)))),
            seq: self.seq + 1,
            prev: self.prev,
            contest: id(&format!("c{:05}", number % self.event.contests)),
            bundle: bundle(number),
            counters: vec![id("p01"), id("p02")],
            passes: 2,
            figures: Figures {
                ballots: Papers(PAPERS),
                valid: Papers(valid),
                invalid: if invalid == 0 { Vec::new() } else { vec![(Reason::Overvote, Papers(invalid))] },
                marks: Marks::Names {
                    left: [(1, one), (2, two), (3, three)]
                        .into_iter()
                        .filter(|(_, n)| *n > 0)
                        .map(|(k, n)| (k, Papers(n)))
                        .collect(),
                    votes: [first, second, third - shift, fourth + shift]
                        .into_iter()
                        .chain(std::iter::repeat(0))
                        .take(NAMES)
                        .map(Votes)
                        .collect(),
                },
            },
            serials: None,
            time: 1_593_000_000 + u64::from(number),
        }
    }

    fn good(&mut self, number: u32) -> Signed {
        self.logged(self.batch(number), Expected::Counted)
    }

    fn logged(&mut self, batch: Batch, expected: Expected) -> Signed {
        let statement = Statement::Batch(Box::new(batch));
        let note = self.event.stations[self.station].sign_text(&statement.text());
        (self.seq, self.prev) = (self.seq + 1, note.sid());
        Signed { bytes: Bytes::copy_from_slice(note.as_bytes()), expected }
    }

    /// One of the ways in which a note can be bad.
    fn bad(&mut self, which: usize, number: u32) -> Signed {
        let own = &self.event.stations[self.station];
        let stranger = &self.event.stations[(self.station + 1) % self.event.stations.len()];
        let mut batch = self.batch(number);
        let refused = |batch: Batch, key: &SigningKey| Signed {
            bytes: sign(&Statement::Batch(Box::new(batch)), key),
            expected: Expected::Refused,
        };
        match which % 6 {
            0 => {
                // one figure altered after signing
                let note = sign(&Statement::Batch(Box::new(batch)), own);
                let text = String::from_utf8_lossy(&note).replacen("\npasses 2", "\npasses 3", 1);
                Signed { bytes: Bytes::from(text), expected: Expected::Refused }
            }
            1 => {
                batch.seq += 7; // a gap in the chain
                refused(batch, own)
            }
            2 => {
                batch.election = tlog::sha256(b"another event");
                refused(batch, own)
            }
            3 if self.event.stations.len() > 1 => refused(batch, stranger),
            4 => {
                batch.bundle = id("nowhere");
                self.logged(batch, Expected::SetAside)
            }
            _ => {
                batch.figures.ballots = Papers(PAPERS + 1); // does not add up
                self.logged(batch, Expected::SetAside)
            }
        }
    }
}
