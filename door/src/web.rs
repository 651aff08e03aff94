//! What is asked over HTTP of whoever shows something about a log: a witness, a mirror, another observer. One question has
//! one answer, which ends in time and in length, whoever gives it; no redirection is followed. It refuses to know what an
//! answer means, and believes none.

use bytes::Bytes;
use http::{Method, Request, Uri, header};
use http_body_util::{BodyExt, Full, Limited};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use std::{fmt, str::FromStr, sync::Arc, time::Duration};

/// Connections that are kept open to one address, for the next question.
const IDLE_MAX: usize = 2;

/// Where something is shown: `http://` or `https://`, a name or address, and perhaps a prefix.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebUrl(String);

/// What was given is no such address.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("địa chỉ phải là http://… hoặc https://… — an address here begins with http:// or https://: {0}")]
pub struct BadWebUrl(String);

impl FromStr for WebUrl {
    type Err = BadWebUrl;

    fn from_str(text: &str) -> Result<Self, BadWebUrl> {
        let bad = || BadWebUrl(text.to_owned());
        let uri: Uri = text.parse().map_err(|_| bad())?;
        let speaks = matches!(uri.scheme_str(), Some("http" | "https"));
        if !speaks || uri.host().is_none_or(str::is_empty) || uri.query().is_some() || text.contains('@') {
            return Err(bad());
        }
        Ok(Self(text.trim_end_matches('/').to_owned()))
    }
}

impl fmt::Display for WebUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What was answered.
#[derive(Clone, Debug)]
pub struct Reply {
    /// The status, as 200.
    pub status: u16,
    /// The body, whole.
    pub body: Bytes,
}

impl Reply {
    /// The first of what it says, for the operator.
    #[must_use]
    pub fn said(&self) -> String {
        let words: String = String::from_utf8_lossy(&self.body).chars().filter(|c| !c.is_control()).take(200).collect();
        format!("{} {words}", self.status)
    }
}

/// Who asks, and how long and how much it listens.
#[derive(Clone)]
pub struct Web {
    client: Client<HttpsConnector<HttpConnector>, Full<Bytes>>,
    within: Duration,
    bytes_max: usize,
}

impl Web {
    /// Listens so long to each answer, and to no more bytes than that of its body.
    ///
    /// # Panics
    /// Never: `ring` speaks TLS 1.3.
    #[must_use]
    pub fn new(within: Duration, bytes_max: usize) -> Self {
        let mut roots = rustls::RootCertStore::empty();
        // A machine without certificates still reaches http://; of https:// it then says what it lacks.
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let tls = rustls::ClientConfig::builder_with_provider(provider)
            .with_protocol_versions(&[&rustls::version::TLS13])
            .expect("ring speaks TLS 1.3")
            .with_root_certificates(roots)
            .with_no_client_auth();
        let connector = HttpsConnectorBuilder::new().with_tls_config(tls).https_or_http().enable_http1().build();
        let client = Client::builder(TokioExecutor::new()).pool_max_idle_per_host(IDLE_MAX).build(connector);
        Self { client, within, bytes_max }
    }

    /// Asks what is shown under a path, or at the address itself where the path is empty.
    ///
    /// # Errors
    /// No whole answer came; why, for the operator.
    pub async fn look(&self, url: &WebUrl, path: &str) -> Result<Reply, String> {
        let place = if path.is_empty() { url.to_string() } else { format!("{url}/{path}") };
        self.ask(Request::builder().uri(place).body(Full::default())).await
    }

    /// Hands a text in under a path.
    ///
    /// # Errors
    /// No whole answer came; why, for the operator.
    pub async fn hand_in(&self, url: &WebUrl, path: &str, text: String) -> Result<Reply, String> {
        let request = Request::builder()
            .method(Method::POST)
            .uri(format!("{url}/{path}"))
            .header(header::CONTENT_TYPE, "text/plain; charset=utf-8")
            .body(Full::new(Bytes::from(text)));
        self.ask(request).await
    }

    async fn ask(&self, request: Result<Request<Full<Bytes>>, http::Error>) -> Result<Reply, String> {
        let request = request.map_err(|e| e.to_string())?;
        let asked = async {
            let answer = self.client.request(request).await.map_err(|e| causes(&e))?;
            let status = answer.status().as_u16();
            let body = Limited::new(answer.into_body(), self.bytes_max).collect().await.map_err(|e| e.to_string())?;
            Ok(Reply { status, body: body.to_bytes() })
        };
        let late = || Err(format!("no answer in {} s", self.within.as_secs()));
        tokio::time::timeout(self.within, asked).await.unwrap_or_else(|_| late())
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
