//! The hall of a rehearsal: a folder for every part, each part a process of its own, each command the one that a person
//! would type.

use super::{
    part::{first, metrics_page, words},
    plan::{ContestPlan, Plan, TablePlan},
};
use crate::{
    exit::{Exit, Failure},
    process::{self, ServerProcess, ask_to_end, command, run_well},
};
use door::Ticket;
use indicatif::ProgressBar;
use proto::v1::{GetProgressRequest, results_service_client::ResultsServiceClient};
use std::{
    path::{Path, PathBuf},
    process::Stdio,
    sync::Arc,
    time::Duration,
};
use tokio::process::Child;
use tonic::transport::Channel;

/// How often a progress bar looks.
const LOOK_PAUSE: Duration = Duration::from_millis(100);
/// A table gives up after this; a rehearsal on a small machine takes seconds.
const TABLE_SECONDS_MAX: &str = "600";
/// The observer has this long to cosign the last entries.
const QUORUM_SECONDS_MAX: &str = "60";

/// A hall, prepared or at work.
pub(super) struct Hall {
    root: PathBuf,
    pub(super) event: String,
    server: Option<ServerProcess>,
    /// How the rehearsal itself looks at the count: as the observer.
    results: Option<ResultsServiceClient<Channel>>,
    witness: Option<Child>,
}

impl Hall {
    /// Makes every key on its own device, founds the event, opens the server and lets the observer follow.
    ///
    /// # Errors
    /// A part fails; what it said.
    pub(super) async fn open(plan: &Plan, root: &Path) -> Result<Self, Failure> {
        lay_rules(plan, root)?;
        let mut hall = Self { root: root.to_owned(), event: String::new(), server: None, results: None, witness: None };
        let origin = plan.event.origin.to_string();
        run_well(words(&["server", "key", "--origin", &origin], &[("--home", hall.at("server"))])).await?;
        for station in &plan.event.stations {
            let id = station.id.to_string();
            run_well(words(&["station", "key", "--origin", &origin, "--id", &id], &[("--home", hall.at(&id))])).await?;
        }
        let key = ["observer", "key", "--origin", &origin, "--id", "province", "--witness", "witness.example/province"];
        run_well(words(&key, &[("--home", hall.at("observer"))])).await?;
        let mut init = words(&["committee", "init"], &[("--home", hall.at("committee"))]);
        init.push(plan.folder.clone().into());
        for vkey in hall.public_keys(plan)? {
            init.extend(["--vkey".into(), vkey.into_os_string()]);
        }
        hall.event = run_well(init).await?.trim().to_owned();
        let mut found = words(&["server", "found"], &[("--home", hall.at("server"))]);
        found.push(hall.at("committee").join("manifest.note").into());
        run_well(found).await?;
        hall.server = Some(ServerProcess::start(&hall.at("server"), &hall.at("server.log")).await?);
        hall.hand_out_tickets().await?;
        hall.witness = Some(hall.follow()?);
        Ok(hall)
    }

    /// The event ticket, for everybody who connects.
    async fn hand_out_tickets(&mut self) -> Result<(), Failure> {
        let address = self.grpc()?.trim_start_matches("https://").to_owned();
        let make = words(&["server", "ticket", "--address", &address], &[("--home", self.at("server"))]);
        let line = run_well(make).await?;
        std::fs::write(self.ticket(), &line).map_err(|e| Failure::new(Exit::Disk, e))?;
        let ticket: Ticket = line.parse().map_err(|e| Failure::new(Exit::Trouble, e))?;
        let observer = Arc::new(keyfile::open(&self.at("observer").join("observer.key"))?);
        let channel = door::dial(&ticket, Some(&observer)).await.map_err(|e| Failure::new(Exit::Network, e))?;
        self.results = Some(ResultsServiceClient::new(channel));
        Ok(())
    }

    fn ticket(&self) -> PathBuf {
        self.at("ticket")
    }

    fn at(&self, name: &str) -> PathBuf {
        self.root.join(name)
    }

    fn public_keys(&self, plan: &Plan) -> Result<Vec<PathBuf>, Failure> {
        let new = self.at("server/new").join(plan.event.origin.replace('/', "_"));
        let mut keys = vec![new.join("log.key.vkey"), new.join("tally.key.vkey")];
        keys.extend(plan.event.stations.iter().map(|s| self.at(s.id.as_str()).join("station.key.vkey")));
        keys.extend(["observer.key.vkey", "witness.key.vkey"].map(|name| self.at("observer").join(name)));
        match keys.iter().find(|key| !key.exists()) {
            Some(key) => Err(Failure::new(Exit::Key, format!("{} was not made", key.display()))),
            None => Ok(keys),
        }
    }

    fn grpc(&self) -> Result<&str, Failure> {
        let server = self.server.as_ref().ok_or_else(|| Failure::new(Exit::Trouble, "the server is not running"))?;
        Ok(&server.grpc)
    }

    /// Where the public pages are.
    pub(super) fn http(&self) -> Option<&str> {
        self.server.as_ref().map(|s| s.http.as_str())
    }

    fn follow(&self) -> Result<Child, Failure> {
        let follow = words(&["observer", "follow"], &[("--home", self.at("observer")), ("--ticket", self.ticket())]);
        let log = std::fs::File::create(self.at("observer.log")).map_err(|e| Failure::new(Exit::Disk, e))?;
        let errors = log.try_clone().map_err(|e| Failure::new(Exit::Disk, e))?;
        let child = command(follow)?.stdout(log).stderr(errors).spawn();
        child.map_err(|e| Failure::new(Exit::Trouble, e))
    }

    /// A command of the committee, signed by as many members as must sign together.
    async fn desk(&self, signers: &[String], what: &[&str]) -> Result<String, Failure> {
        let paths = [("--home", self.at("committee")), ("--ticket", self.ticket())];
        let mut all = words(&[&["committee"], what].concat(), &paths);
        for signer in signers {
            all.extend(words(&["--as", signer], &[]));
        }
        run_well(all).await
    }

    /// The counting boards as the congress elects them.
    ///
    /// # Errors
    /// A part fails; what it said.
    pub(super) async fn elect_boards(&self, plan: &Plan) -> Result<(), Failure> {
        let organisers = plan.event.organisers.members.iter().map(|(id, _)| id.to_string());
        let signers = first(organisers, plan.event.organisers.threshold);
        for board in &plan.event.boards {
            self.desk(&signers, &["board", board.id.as_str(), "--event-toml", &self.event_toml(plan)]).await?;
        }
        Ok(())
    }

    fn event_toml(&self, plan: &Plan) -> String {
        plan.folder.join("event.toml").to_string_lossy().into_owned()
    }

    fn members(plan: &Plan, contest: &ContestPlan) -> Vec<String> {
        let board = plan.event.boards.iter().find(|b| b.id == contest.contest.board);
        let technician = tally::statement::MemberRole::Technician;
        let signing = board.into_iter().flat_map(|b| &b.members).filter(|m| m.role != technician);
        first(signing.map(|m| m.id.to_string()), board.map_or(1, |b| b.threshold))
    }

    /// The contest and its papers.
    ///
    /// # Errors
    /// A part fails; what it said.
    pub(super) async fn prepare(&self, plan: &Plan, contest: &ContestPlan) -> Result<(), Failure> {
        let (signers, id) = (Self::members(plan, contest), contest.contest.id.to_string());
        self.desk(&signers, &["contest", &id, "--event-toml", &self.event_toml(plan)]).await?;
        let collected = contest.collected();
        let papers = contest.contest.papers.as_ref();
        let number = |n: Option<u64>, other: u64| n.unwrap_or(other).to_string();
        let mut file = format!(
            "received = {}\nissued = {}\nunused = {}\nspoiled = {}\ncollected = {collected}\n",
            number(papers.map(|p| p.received), collected),
            number(papers.map(|p| p.issued), collected),
            number(papers.map(|p| p.unused), 0),
            number(papers.map(|p| p.spoiled), 0),
        );
        for (bundle, papers, table) in &contest.bundles {
            let table = table.map_or(String::new(), |t| format!("table = \"{t}\"\n"));
            file.push_str(&format!("[[bundles]]\nid = \"{bundle}\"\npapers = {papers}\n{table}"));
        }
        let path = self.at(&format!("papers-{id}.toml"));
        std::fs::write(&path, file).map_err(|e| Failure::new(Exit::Disk, e))?;
        self.desk(&signers, &["papers", &id, "--file", &path.to_string_lossy()]).await.map(|_| ())
    }

    /// Every table counts its ballots at the same time; the bar moves with the bundles the server has counted.
    ///
    /// # Errors
    /// A table fails; what it said.
    pub(super) async fn count(
        &mut self,
        plan: &Plan,
        contest: &ContestPlan,
        bar: &ProgressBar,
        faults: bool,
    ) -> Result<(), Failure> {
        let before = bar.position();
        let mut tables = Vec::new();
        for table in &contest.tables {
            tables.push(self.start_table(plan, contest, table)?);
        }
        if faults {
            self.break_things(plan, contest, &mut tables).await?;
        }
        let mut waiting = std::collections::VecDeque::from(tables);
        while let Some((station, mut table)) = waiting.pop_front() {
            match table.try_wait().map_err(|e| Failure::new(Exit::Trouble, e))? {
                Some(status) if status.success() => {}
                Some(status) => {
                    let said = std::fs::read_to_string(self.at(&format!("{station}.log"))).unwrap_or_default();
                    let sentence = format!("table {station} ended with {status}:\n{}", said.trim_end());
                    return Err(Failure::new(process::exit_of(status), sentence));
                }
                None => {
                    waiting.push_back((station, table));
                    bar.set_position(before + self.counted(&contest.contest.id.to_string()).await.unwrap_or(0));
                    tokio::time::sleep(LOOK_PAUSE / u32::try_from(waiting.len()).unwrap_or(1)).await;
                }
            }
        }
        bar.set_position(before + contest.bundles.len() as u64 * u64::from(contest.contest.counts));
        Ok(())
    }

    fn start_table(&self, plan: &Plan, contest: &ContestPlan, table: &TablePlan) -> Result<(String, Child), Failure> {
        let (station, id) = (table.station.to_string(), contest.contest.id.to_string());
        let (size, min) = (contest.contest.bundle_size.to_string(), plan.event.min_bundle.to_string());
        let mut count = words(
            &["station", "count"],
            &[("--home", self.at(&station)), ("--ticket", self.ticket()), ("--ballots", table.ballots.clone())],
        );
        count.extend(words(&["--contest", &id, "--bundle-size", &size, "--min-bundle", &min], &[]));
        count.extend(words(&["--give-up-after", TABLE_SECONDS_MAX], &[]));
        let log = std::fs::OpenOptions::new().create(true).append(true).open(self.at(&format!("{station}.log")));
        let log = log.map_err(|e| Failure::new(Exit::Disk, e))?;
        let child = command(count)?.stdout(Stdio::null()).stderr(log).spawn();
        Ok((station, child.map_err(|e| Failure::new(Exit::Trouble, e))?))
    }

    /// Kills the server and a table in the middle of the count and starts both again; nothing may be lost by it.
    async fn break_things(
        &mut self,
        plan: &Plan,
        contest: &ContestPlan,
        tables: &mut [(String, Child)],
    ) -> Result<(), Failure> {
        if let (Some((_, child)), Some(table)) = (tables.first_mut(), contest.tables.first()) {
            let _ = child.kill().await;
            tables[0] = self.start_table(plan, contest, table)?;
        }
        if let Some(server) = self.server.take() {
            let (grpc, http) = (server.grpc.clone(), server.http.clone());
            server.kill().await?;
            self.server =
                Some(ServerProcess::start_at(&self.at("server"), &self.at("server.log"), &grpc, &http).await?);
        }
        Ok(())
    }

    async fn counted(&self, contest: &str) -> Option<u64> {
        let mut results = self.results.clone()?;
        let progress = results.get_progress(GetProgressRequest { event: self.event.clone() }).await.ok()?.into_inner();
        progress.contests.iter().find(|c| c.contest == contest).map(|c| c.counted)
    }

    /// Close, certify, announce. A contest that is blocked stays closed: the congress must annul and vote again.
    ///
    /// # Errors
    /// A part fails; what it said.
    pub(super) async fn finish(&self, plan: &Plan, contest: &ContestPlan) -> Result<(), Failure> {
        let (signers, id) = (Self::members(plan, contest), contest.contest.id.to_string());
        self.desk(&signers, &["close", &id]).await?;
        let issued = contest.contest.papers.as_ref().map_or(u64::MAX, |p| p.issued);
        if contest.collected() > issued {
            return Ok(());
        }
        self.desk(&signers, &["certify", &id]).await?;
        self.desk(&signers, &["announce", &id]).await.map(|_| ())
    }

    /// The observer's copy of the log, with its quorum, and every table's receipts.
    ///
    /// # Errors
    /// A part fails; what it said.
    pub(super) async fn hand_over(&self, plan: &Plan, out: &Path) -> Result<(), Failure> {
        let mut export = words(&["observer", "export"], &[("--home", self.at("observer")), ("--out", out.to_owned())]);
        export.extend(words(&[], &[("--ticket", self.ticket())]));
        export.extend(words(&["--wait-quorum", QUORUM_SECONDS_MAX], &[]));
        run_well(export).await?;
        for station in &plan.event.stations {
            let id = station.id.to_string();
            let counted = plan.contests.iter().any(|c| c.tables.iter().any(|t| t.station == station.id));
            if counted {
                let folder = out.join("receipts").join(&id);
                run_well(words(&["station", "receipts"], &[("--home", self.at(&id)), ("--out", folder)])).await?;
            }
        }
        Ok(())
    }

    /// How many notes the server was sent again, from its own counters.
    pub(super) async fn repeated(&self) -> u64 {
        let Some(address) = self.http().and_then(|url| url.strip_prefix("http://")) else { return 0 };
        let page = metrics_page(address).await.unwrap_or_default();
        let line = page.lines().find_map(|l| l.strip_prefix("kiemphieu_rulings_total{verdict=\"repeated\"} "));
        line.and_then(|n| n.trim().parse().ok()).unwrap_or(0)
    }

    /// Ends every part in order.
    ///
    /// # Errors
    /// The server ended badly.
    pub(super) async fn close(mut self) -> Result<(), Failure> {
        drop(self.results.take());
        if let Some(mut witness) = self.witness.take() {
            ask_to_end(&witness);
            if tokio::time::timeout(Duration::from_secs(10), witness.wait()).await.is_err() {
                let _ = witness.kill().await;
            }
        }
        match self.server.take() {
            Some(server) => server.end().await,
            None => Ok(()),
        }
    }
}

/// Every part gets the folder's own rules, as a person would put them into each home.
fn lay_rules(plan: &Plan, root: &Path) -> Result<(), Failure> {
    let parts = ["server", "committee", "observer"].into_iter().map(str::to_owned);
    for part in parts.chain(plan.event.stations.iter().map(|s| s.id.to_string())) {
        let named = plan.contests.iter().map(|c| &c.contest.profile);
        rules::lay(&plan.rules, named, &root.join(part)).map_err(|e| Failure::new(Exit::Disk, e))?;
    }
    Ok(())
}
