//! Others who watch the same log, asked directly while we follow: each by a task of its own, so that one who is slow, silent
//! or talks rubbish holds up nobody, and is said once. What the log key signed is kept in the home; nothing else they say
//! means anything. It refuses to judge.

use super::Hearing;
use crate::{error::ObserverError, home::Home};
use backon::{BackoffBuilder, ExponentialBackoff, ExponentialBuilder};
use door::{
    Ticket, WebUrl,
    hearsay::{self, ANSWER_BYTES_MAX, ANSWER_MAX, Unheard},
    web::Web,
};
use std::{fmt, sync::Arc, time::Duration};
use tally::Sid;
use tokio::sync::Notify;

/// Each is asked so often, and up to twice as long apart, so that not all ask at the same moment.
const ASK_EVERY: Duration = Duration::from_secs(2);
/// Whoever does not answer is asked ever more seldom, at last so often.
const ASK_SELDOM: Duration = Duration::from_secs(60);

/// One of them.
pub(crate) struct Listener {
    web: Web,
    url: WebUrl,
    home: Home,
    event: Sid,
    origin: String,
    /// The texts that were heard last, so that the disk is not asked about them again.
    last: Vec<String>,
    told: Option<Trouble>,
}

/// Why nothing is heard there. Each is said once, and again when it becomes another.
#[derive(Debug)]
enum Trouble {
    Unheard(Unheard),
    Foreign(String),
    Full,
    Disk(ObserverError),
}

impl Trouble {
    fn is_like(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Unheard(one), Self::Unheard(two)) => one.is_like(two),
            _ => std::mem::discriminant(self) == std::mem::discriminant(other),
        }
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unheard(unheard) => write!(f, "{unheard}"),
            Self::Foreign(why) => write!(
                f,
                "điểm kiểm ở đó không do khóa nhật ký của sự kiện ký — what it shows was not signed by the event's log key: {why}"
            ),
            Self::Full => f.write_str("quá nhiều điểm kiểm đang chờ so — too many checkpoints wait to be compared"),
            Self::Disk(error) => write!(f, "{error}"),
        }
    }
}

/// Those who are to be asked about the event of this ticket.
pub(crate) fn listeners(urls: &[WebUrl], home: &Home, ticket: &Ticket) -> Vec<Listener> {
    if urls.is_empty() {
        return Vec::new();
    }
    let web = Web::new(ANSWER_MAX, ANSWER_BYTES_MAX);
    let listener = |url: &WebUrl| Listener {
        web: web.clone(),
        url: url.clone(),
        home: home.clone(),
        event: ticket.event,
        origin: ticket.origin().to_owned(),
        last: Vec::new(),
        told: None,
    };
    urls.iter().map(listener).collect()
}

impl Listener {
    /// Asks on and on; `heard` is notified of what is new.
    pub(crate) async fn run(mut self, heard: Arc<Notify>) {
        let mut waits = waits();
        loop {
            tokio::time::sleep(waits.next().unwrap_or(ASK_SELDOM)).await;
            // Before the first entry was read nobody knows whose checkpoints these are.
            if !matches!(self.home.manifest(self.event), Ok(Some(_))) {
                waits = self::waits();
                continue;
            }
            match self.ask(&heard).await {
                Ok(()) => {
                    if self.told.take().is_some() {
                        tracing::info!(peer = %self.url, "the other observer is heard again");
                    }
                    waits = self::waits();
                }
                Err(trouble) => {
                    if !self.told.as_ref().is_some_and(|before| before.is_like(&trouble)) {
                        tracing::warn!(peer = %self.url, "{trouble}");
                    }
                    self.told = Some(trouble);
                }
            }
        }
    }

    async fn ask(&mut self, heard: &Notify) -> Result<(), Trouble> {
        let shown = hearsay::ask(&self.web, &self.url, &self.origin, self.event).await.map_err(Trouble::Unheard)?;
        // A witness's own line is made anew each time; the log's text is what counts.
        let texts: Vec<String> = shown.iter().map(|note| note.text().to_owned()).collect();
        if texts == self.last {
            return Ok(());
        }
        let mut trouble = None;
        for note in &shown {
            match self.home.hear(self.event, note).map_err(Trouble::Disk)? {
                Hearing::New => heard.notify_one(),
                Hearing::Known => {}
                Hearing::Foreign(why) => trouble = Some(Trouble::Foreign(why)),
                Hearing::Full => trouble = Some(Trouble::Full),
            }
        }
        match trouble {
            Some(trouble) => Err(trouble),
            None => {
                self.last = texts;
                Ok(())
            }
        }
    }
}

fn waits() -> ExponentialBackoff {
    let waits = ExponentialBuilder::default().with_min_delay(ASK_EVERY).with_max_delay(ASK_SELDOM);
    waits.without_max_times().with_jitter().build()
}
