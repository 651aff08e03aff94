//! Witnesses that this server calls (C2SP tlog-witness): where each is, and one question with its bounded answer. What is
//! asked before the first signature is in `asking`, what is pushed while the event runs in `feeding`. It refuses to know
//! the keys of witnesses: whether a line is theirs the noticeboard says, by the event's log.

mod asking;
mod feeding;

pub(crate) use asking::{Head, Word, ask_all, ask_from, deadline};
pub(crate) use feeding::feed;

use crate::metrics::Metrics;
use bytes::Bytes;
use http::{Method, Request, Uri, header};
use http_body_util::{BodyExt, Full, Limited};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use std::{fmt, str::FromStr, sync::Arc, time::Duration};
use tlog::AddCheckpoint;

/// A witness answers within this, or it is asked again later.
const ANSWER_MAX: Duration = Duration::from_secs(10);
/// A checkpoint with a hundred lines; nothing that a witness says is longer.
const ANSWER_BYTES_MAX: usize = 64 << 10;
/// Connections that are kept open to one witness, for the next question.
const IDLE_MAX: usize = 2;

/// Where a witness is: `http://` or `https://`, a name or address, and perhaps a prefix.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WitnessUrl(String);

/// What was given is no address of a witness.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "địa chỉ nhân chứng là http://… hoặc https://… — the address of a witness begins with http:// or https://: {0}"
)]
pub struct BadWitnessUrl(String);

impl FromStr for WitnessUrl {
    type Err = BadWitnessUrl;

    fn from_str(text: &str) -> Result<Self, BadWitnessUrl> {
        let bad = || BadWitnessUrl(text.to_owned());
        let uri: Uri = text.parse().map_err(|_| bad())?;
        let speaks = matches!(uri.scheme_str(), Some("http" | "https"));
        if !speaks || uri.host().is_none_or(str::is_empty) || uri.query().is_some() || text.contains('@') {
            return Err(bad());
        }
        Ok(Self(text.trim_end_matches('/').to_owned()))
    }
}

impl fmt::Display for WitnessUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// One witness, as it is asked.
#[derive(Clone)]
pub(crate) struct Witness {
    url: WitnessUrl,
    client: Client<HttpsConnector<HttpConnector>, Full<Bytes>>,
    metrics: Arc<Metrics>,
}

/// What a witness answered.
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) body: Bytes,
}

impl Reply {
    /// The first of what it says, for the operator.
    fn said(&self) -> String {
        let words: String = String::from_utf8_lossy(&self.body).chars().filter(|c| !c.is_control()).take(200).collect();
        format!("{} {words}", self.status)
    }
}

/// The witnesses of these addresses.
pub(crate) fn witnesses(urls: &[WitnessUrl], metrics: &Arc<Metrics>) -> Vec<Witness> {
    if urls.is_empty() {
        return Vec::new();
    }
    let mut roots = rustls::RootCertStore::empty();
    // A machine without certificates still reaches witnesses by http://; the others then say what they lack.
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let tls = rustls::ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13])
        .expect("ring speaks TLS 1.3")
        .with_root_certificates(roots)
        .with_no_client_auth();
    let connector = HttpsConnectorBuilder::new().with_tls_config(tls).https_or_http().enable_http1().build();
    let client = Client::builder(TokioExecutor::new()).pool_max_idle_per_host(IDLE_MAX).build(connector);
    let witness = |url: &WitnessUrl| Witness { url: url.clone(), client: client.clone(), metrics: Arc::clone(metrics) };
    urls.iter().map(witness).collect()
}

impl Witness {
    /// Asks it to cosign.
    async fn add_checkpoint(&self, asked: &AddCheckpoint) -> Result<Reply, String> {
        let request = Request::builder()
            .method(Method::POST)
            .uri(format!("{}/add-checkpoint", self.url))
            .header(header::CONTENT_TYPE, "text/plain; charset=utf-8")
            .body(Full::new(Bytes::from(asked.to_string())));
        let reply = self.ask(request).await;
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
        self.ask(Request::builder().uri(format!("{}/{path}", self.url)).body(Full::default())).await
    }

    async fn ask(&self, request: Result<Request<Full<Bytes>>, http::Error>) -> Result<Reply, String> {
        let request = request.map_err(|e| e.to_string())?;
        let asked = async {
            let answer = self.client.request(request).await.map_err(|e| causes(&e))?;
            let status = answer.status().as_u16();
            let body = Limited::new(answer.into_body(), ANSWER_BYTES_MAX).collect().await.map_err(|e| e.to_string())?;
            Ok(Reply { status, body: body.to_bytes() })
        };
        tokio::time::timeout(ANSWER_MAX, asked).await.unwrap_or_else(|_| Err("no answer in 10 s".to_owned()))
    }
}

/// A failed connection says why in what lies under it.
fn causes(error: &dyn std::error::Error) -> String {
    let mut said = error.to_string();
    let mut under = error.source();
    while let Some(cause) = under {
        said = format!("{said}: {cause}");
        under = cause.source();
    }
    said
}
