//! Witnesses that this server calls (C2SP tlog-witness): where each is, and one question with its bounded answer. What is
//! asked before the first signature is in `asking`, what is pushed while the event runs in `feeding`. It refuses to know
//! the keys of witnesses: whether a line is theirs the noticeboard says, by the event's log.

mod asking;
mod feeding;

pub(crate) use asking::{Head, Word, ask_all, ask_from, deadline};
pub(crate) use feeding::feed;

use crate::metrics::Metrics;
use door::web::{Reply, Web, WebUrl};
use std::{sync::Arc, time::Duration};
use tlog::AddCheckpoint;

/// A witness answers within this, or it is asked again later.
const ANSWER_MAX: Duration = Duration::from_secs(10);
/// A checkpoint with a hundred lines; nothing that a witness says is longer.
const ANSWER_BYTES_MAX: usize = 64 << 10;

/// One witness, as it is asked.
#[derive(Clone)]
pub(crate) struct Witness {
    url: WebUrl,
    web: Web,
    metrics: Arc<Metrics>,
}

/// The witnesses of these addresses.
pub(crate) fn witnesses(urls: &[WebUrl], metrics: &Arc<Metrics>) -> Vec<Witness> {
    if urls.is_empty() {
        return Vec::new();
    }
    let web = Web::new(ANSWER_MAX, ANSWER_BYTES_MAX);
    let witness = |url: &WebUrl| Witness { url: url.clone(), web: web.clone(), metrics: Arc::clone(metrics) };
    urls.iter().map(witness).collect()
}

impl Witness {
    /// Asks it to cosign.
    async fn add_checkpoint(&self, asked: &AddCheckpoint) -> Result<Reply, String> {
        let reply = self.web.hand_in(&self.url, "add-checkpoint", asked.to_string()).await;
        self.metrics.witness(match &reply {
            Ok(reply) if reply.status == 200 => "cosigned",
            Ok(reply) if reply.status == 409 => "other-size",
            Ok(_) => "refused",
            Err(_) => "unreachable",
        });
        reply
    }

    /// Asks what it shows under a path.
    async fn look(&self, path: &str) -> Result<Reply, String> {
        self.web.look(&self.url, path).await
    }
}
