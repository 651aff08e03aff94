//! The task that follows one event of a province and keeps its row. It refuses to know that there are others.

use super::row::{Change, Row};
use crate::{
    error::{ObserverError, Trouble},
    follow::{Around, Follow},
    home::Home,
    verdict::Report,
};
use door::{Ticket, WebUrl};
use keyfile::Holder;
use std::{
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};
use tlog::SigningKey;
use tokio::sync::{Notify, watch};
use tokio_util::sync::CancellationToken;

/// A key that is not let in yet, another server at the address: people mend that, and are given so long between two tries.
const AGAIN: Duration = Duration::from_secs(10);

/// The keys of a home: one opens doors, one cosigns.
#[derive(Clone, Default)]
pub(super) struct Keys {
    observer: Option<Arc<SigningKey>>,
    witness: Option<Arc<SigningKey>>,
}

impl Keys {
    /// Asked in this order, as when they were made.
    pub(super) fn open(home: &Home, holder: &mut dyn Holder) -> Result<Self, ObserverError> {
        let observer = home.observer_key_if_any(holder)?.map(Arc::new);
        Ok(Self { observer, witness: home.witness_key_if_any(holder)?.map(Arc::new) })
    }
}

/// A row that others look at while its follower changes it.
#[derive(Clone)]
pub(super) struct Published {
    row: Arc<watch::Sender<Row>>,
    changed: Arc<Notify>,
}

impl Published {
    pub(super) fn new(row: Row, changed: &Arc<Notify>) -> Self {
        Self { row: Arc::new(watch::Sender::new(row)), changed: Arc::clone(changed) }
    }

    pub(super) fn subscribe(&self) -> watch::Receiver<Row> {
        let mut told = self.row.subscribe();
        // A row is told when it is there.
        told.mark_changed();
        told
    }

    pub(super) fn now(&self) -> Row {
        self.row.borrow().clone()
    }

    pub(super) fn apply(&self, change: &Change<'_>) {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
        if self.row.send_if_modified(|row| row.apply(change, now)) {
            self.changed.notify_one();
        }
    }
}

/// The follower of one event.
pub(super) struct Follower {
    pub(super) home: Home,
    pub(super) keys: Keys,
    pub(super) ticket: watch::Receiver<Ticket>,
    pub(super) peers: Vec<WebUrl>,
    pub(super) once: bool,
    pub(super) row: Published,
    pub(super) stop: CancellationToken,
}

/// Whoever goes without having said how it ended has broken down, and its row must not go on saying OK.
struct Watchman(Option<Published>);

impl Drop for Watchman {
    fn drop(&mut self) {
        if let Some(row) = &self.0 {
            let (vi, en) = ("việc theo dõi bị hỏng giữa chừng; hãy chạy lại", "the following broke down; start again");
            row.apply(&Change::Failed(&ObserverError::input(vi, en)));
        }
    }
}

impl Follower {
    /// Follows until told to end or until there is a finding. What people can mend is tried again.
    pub(super) async fn run(mut self) {
        let mut watchman = Watchman(Some(self.row.clone()));
        loop {
            match self.follow().await {
                Ok(report) => {
                    self.row.apply(&Change::Ended(&report));
                    break;
                }
                Err(error) => {
                    self.row.apply(&Change::Failed(&error));
                    if self.once || !may_be_mended(&error) {
                        break;
                    }
                }
            }
            tokio::select! {
                () = self.stop.cancelled() => break,
                changed = self.ticket.changed() => if changed.is_err() { break },
                () = tokio::time::sleep(AGAIN) => {}
            }
        }
        watchman.0 = None;
    }

    async fn follow(&mut self) -> Result<Report, ObserverError> {
        let follow = Follow {
            ticket: self.ticket.borrow_and_update().clone(),
            key: self.keys.observer.clone(),
            home: self.home.clone(),
            witness: self.keys.witness.clone(),
            until_size: None,
            until: None,
            once: self.once,
        };
        let around = Around::new(self.peers.clone(), Some(self.ticket.clone()));
        follow.watch(self.stop.cancelled(), around, |news| self.row.apply(&Change::News(news))).await
    }
}

/// A disk that failed is not tried again: only a restart finds out what it holds.
fn may_be_mended(error: &ObserverError) -> bool {
    matches!(error.trouble(), Trouble::Network | Trouble::Key)
}
