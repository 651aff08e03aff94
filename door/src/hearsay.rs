//! What others who watch a log show of it, asked directly: a witness's port, a mirror, a public page, a file of checkpoints
//! somewhere. The server in between chooses what each one sees; here it has no say. It refuses to know whose word counts:
//! of what comes back only the log key's line says anything.

use crate::web::{Web, WebUrl};
use std::time::Duration;
use tally::Sid;
use tlog::{Checkpoint, Note, witness::monitoring_path};

/// Whoever shows a checkpoint does so within this.
pub const ANSWER_MAX: Duration = Duration::from_secs(5);
/// Some hundred checkpoints; nobody has more to say at a time.
pub const ANSWER_BYTES_MAX: usize = 64 << 10;

/// Nothing was heard there.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unheard {
    /// No whole answer came in time and length.
    #[error("không trả lời trọn vẹn — gave no whole answer: {0}")]
    Silent(String),
    /// There was an answer, and no checkpoint of this log in it.
    #[error("không có điểm kiểm nào của nhật ký này — shows no checkpoint of this log: {0}")]
    Nothing(String),
}

impl Unheard {
    /// The same trouble, however it is worded this time.
    #[must_use]
    pub fn is_like(&self, other: &Self) -> bool {
        std::mem::discriminant(self) == std::mem::discriminant(other)
    }
}

/// The checkpoints of the log of that origin that are shown there, whoever signed them. The places are tried in this order,
/// and the first that shows one is the answer: what a witness cosigned last, the event's folder of a server or relay, the
/// folder of a mirror, the address itself as a file of notes.
///
/// # Errors
/// Nothing was heard; whoever gives no whole answer at one place is not asked for the next.
pub async fn ask(web: &Web, url: &WebUrl, origin: &str, event: Sid) -> Result<Vec<Note>, Unheard> {
    let places = [monitoring_path(origin), format!("{event}/checkpoint"), "checkpoint".to_owned(), String::new()];
    let mut said = String::new();
    for place in &places {
        let reply = web.look(url, place).await.map_err(Unheard::Silent)?;
        let text = std::str::from_utf8(&reply.body).unwrap_or_default();
        let is_of_log = |note: &Note| Checkpoint::parse(note.text()).is_ok_and(|stated| stated.origin == origin);
        let notes: Vec<Note> = Note::all_in(text).into_iter().filter(is_of_log).collect();
        if reply.status == 200 && !notes.is_empty() {
            return Ok(notes);
        }
        said = reply.said();
    }
    Err(Unheard::Nothing(said))
}
