//! How a witness that has a ticket learns the key of the event's log: from the manifest that the ticket names, and from
//! nobody's word.

use crate::{
    client::{Server, Stop, garbled},
    error::ObserverError,
    home::Home,
};
use backon::{BackoffBuilder, ExponentialBuilder};
use door::Ticket;
use std::{sync::Arc, time::Duration};
use tally::{SignedStatement, Statement};
use tlog::{SigningKey, VerifierKey};

/// The first wait for a server that is not there, and the longest one.
const RETRY_FIRST: Duration = Duration::from_millis(100);
const RETRY_MAX: Duration = Duration::from_secs(10);

/// Asks the server of the ticket for the manifest until it is there, and keeps the key of its log.
///
/// # Errors
/// Another log is kept under its origin, what is shown is not the event of the ticket, or the disk fails.
pub async fn learn_log(
    home: &Home,
    ticket: &Ticket,
    key: Option<Arc<SigningKey>>,
) -> Result<VerifierKey, ObserverError> {
    let mut waits =
        ExponentialBuilder::new().with_min_delay(RETRY_FIRST).with_max_delay(RETRY_MAX).without_max_times().build();
    loop {
        match ask(ticket, key.clone()).await {
            Ok(log) => {
                home.keep_log(&log)?;
                return Ok(log);
            }
            Err(Stop::Failed(error)) if !error.is_passing() => return Err(error),
            Err(Stop::Failed(error)) => tracing::debug!(%error, "the key of the log is not known yet"),
            Err(Stop::Found(finding)) => {
                let (vi, en) = (finding.why.vi.clone(), finding.why.en.clone());
                return Err(ObserverError::input(vi, en));
            }
        }
        tokio::time::sleep(waits.next().unwrap_or(RETRY_MAX)).await;
    }
}

async fn ask(ticket: &Ticket, key: Option<Arc<SigningKey>>) -> Result<VerifierKey, Stop> {
    let mut server = Server::connect(ticket, key).await?;
    let page = server.page(0).await?;
    let hidden = || ObserverError::NotEnrolled("the server shows this key no entry of the event".to_owned());
    let entry = page.first().ok_or_else(hidden)?;
    let signed = SignedStatement::open_manifest(&entry.note).map_err(|_| garbled("manifest"))?;
    match signed.statement {
        Statement::Manifest(manifest) if signed.sid == ticket.event => Ok(manifest.log),
        _ => Err(garbled("manifest").into()),
    }
}
