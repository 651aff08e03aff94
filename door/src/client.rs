//! A client's end of a connection: it knows the server by the tally key of its ticket and by nothing else, and proves
//! its own key if it has one.

use crate::{
    Address, Ticket,
    certificate::{certified, provider, public_key, schemes, verify_handshake},
    finder,
    server::event_name,
};
use hyper_util::rt::TokioIo;
use rustls::{
    ClientConfig, DigitallySignedStruct, Error, SignatureScheme,
    client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    client::{ResolvesClientCert, Resumption},
    pki_types::{CertificateDer, ServerName, UnixTime},
    sign::CertifiedKey,
    version::TLS13,
};
use std::{
    fmt, io,
    sync::{Arc, Mutex},
    time::Duration,
};
use tlog::SigningKey;
use tokio::net::TcpStream;
use tokio_rustls::{TlsConnector, client::TlsStream};
use tonic::transport::{Channel, Endpoint};

/// A server that does not take a connection in this time is taken for unreachable.
const CONNECT_SECONDS_MAX: Duration = Duration::from_secs(5);
/// How long the local network is asked where the event's server is: when nothing else is known, and when the places of
/// the ticket are silent, which mostly means that the server is starting again there.
const FIND_MAX: Duration = Duration::from_secs(4);
const FIND_ELSEWHERE_MAX: Duration = Duration::from_secs(1);
/// A peer that has gone without a word is noticed after both together.
const KEEPALIVE_EVERY: Duration = Duration::from_secs(15);
const KEEPALIVE_WAIT: Duration = Duration::from_secs(12);
/// A message of 64 notes and the next one.
const STREAM_WINDOW: u32 = 256 << 10;
const CONNECTION_WINDOW: u32 = 1 << 20;

/// Why the server of a ticket was not reached.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DialError {
    /// Nobody answered where the ticket says, nor on the local network.
    #[error("{}", unreachable(.tried))]
    Unreachable {
        /// Every address tried, with what happened there.
        tried: Vec<(String, String)>,
    },
    /// Somebody answered who does not hold the key of the ticket.
    #[error(
        "máy ở {address} KHÔNG phải máy chủ của phiếu sự kiện này: khóa của nó khác khóa trên phiếu. Không gửi gì. Kiểm tra \
         địa chỉ và so phiếu với bản in của ban tổ chức; nếu đều đúng thì có kẻ đứng giữa, hãy báo ban tổ chức — whoever \
         answers at {address} is NOT the server of this event ticket: it has another key. Nothing was sent. Check the \
         address, compare the ticket with the organisers' printed sheet; if both are right, somebody stands in between: \
         tell the organisers"
    )]
    Impostor {
        /// Where it answered.
        address: String,
    },
}

fn unreachable(tried: &[(String, String)]) -> String {
    if tried.is_empty() {
        return "phiếu không ghi địa chỉ và không thấy máy chủ trong mạng nội bộ; ghi --server ĐỊA-CHỈ:CỔNG — the ticket has no \
                address and no server of this event was found on the local network; name it with --server HOST:PORT"
            .to_owned();
    }
    let tried: Vec<String> = tried.iter().map(|(address, why)| format!("{address} ({why})")).collect();
    let tried = tried.join(", ");
    format!("không nối được máy chủ: {tried} — the server cannot be reached: {tried}")
}

/// Connects to the server of a ticket, and proves `key` to it. The channel connects again by itself when it is cut,
/// to whichever address of the ticket answers with the ticket's key.
///
/// # Errors
/// Nobody with that key answers.
pub async fn dial(ticket: &Ticket, key: Option<&Arc<SigningKey>>) -> Result<Channel, DialError> {
    let way = Arc::new(Way::new(ticket, key));
    // The first connection is made here, so that its failure has a name; gRPC's own would be one of many words.
    let first = Mutex::new(Some(way.connect().await?));
    let connector = tower::service_fn(move |_: http::Uri| {
        let ready = first.lock().ok().and_then(|mut first| first.take());
        let way = Arc::clone(&way);
        async move {
            let stream = match ready {
                Some(stream) => stream,
                None => way.connect().await.map_err(io::Error::other)?,
            };
            Ok::<_, io::Error>(TokioIo::new(stream))
        }
    });
    let endpoint = Endpoint::from_shared(format!("http://{}", event_name(ticket.event))).expect("a sid makes a name");
    let endpoint = endpoint
        .http2_keep_alive_interval(KEEPALIVE_EVERY)
        .keep_alive_timeout(KEEPALIVE_WAIT)
        .initial_stream_window_size(STREAM_WINDOW)
        .initial_connection_window_size(CONNECTION_WINDOW);
    let failed = |e: tonic::transport::Error| DialError::Unreachable { tried: vec![("h2".into(), e.to_string())] };
    endpoint.connect_with_connector(connector).await.map_err(failed)
}

/// How to get to the server of a ticket.
struct Way {
    ticket: Ticket,
    connector: TlsConnector,
}

impl Way {
    fn new(ticket: &Ticket, key: Option<&Arc<SigningKey>>) -> Self {
        let builder = ClientConfig::builder_with_provider(provider()).with_protocol_versions(&[&TLS13]);
        let builder = builder.expect("ring has TLS 1.3").dangerous();
        let builder = builder.with_custom_certificate_verifier(Arc::new(Pin { tally: *ticket.tally.public() }));
        let mut config = match key {
            Some(key) => builder.with_client_cert_resolver(Arc::new(Own(certified(key)))),
            None => builder.with_no_client_auth(),
        };
        config.alpn_protocols = vec![b"h2".to_vec()];
        config.resumption = Resumption::disabled();
        Self { ticket: ticket.clone(), connector: TlsConnector::from(Arc::new(config)) }
    }

    /// The first address at which the ticket's key answers: those of the ticket, then those the local network names. An
    /// impostor at one of them does not keep us from the real server at another, and is told of if there is no other.
    async fn connect(&self) -> Result<TlsStream<TcpStream>, DialError> {
        let (mut tried, mut impostor) = (Vec::new(), None);
        let mut try_at = async |address: &Address| match self.shake(address).await {
            Ok(stream) => Some(stream),
            Err(Failed::Other(why)) => {
                tried.push((address.to_string(), why));
                None
            }
            Err(Failed::Impostor) => {
                impostor.get_or_insert(address.to_string());
                None
            }
        };
        for address in &self.ticket.addresses {
            if let Some(stream) = try_at(address).await {
                return Ok(stream);
            }
        }
        let within = if self.ticket.addresses.is_empty() { FIND_MAX } else { FIND_ELSEWHERE_MAX };
        let found = if self.ticket.is_fixed { Vec::new() } else { finder::find(self.ticket.event, within).await };
        for address in found {
            let address = Address::from(address);
            if !self.ticket.addresses.contains(&address)
                && let Some(stream) = try_at(&address).await
            {
                return Ok(stream);
            }
        }
        Err(match impostor {
            Some(address) => DialError::Impostor { address },
            None => DialError::Unreachable { tried },
        })
    }

    async fn shake(&self, address: &Address) -> Result<TlsStream<TcpStream>, Failed> {
        let other = |e: io::Error| Failed::Other(e.to_string());
        let name = ServerName::try_from(event_name(self.ticket.event)).expect("a sid makes a DNS name");
        let shaken = async {
            let socket = TcpStream::connect((address.host(), address.port())).await.map_err(other)?;
            socket.set_nodelay(true).map_err(other)?;
            self.connector.connect(name, socket).await.map_err(|e| {
                let pinned = e.get_ref().and_then(|e| e.downcast_ref::<Error>());
                let is_impostor = matches!(
                    pinned,
                    Some(Error::InvalidCertificate(rustls::CertificateError::ApplicationVerificationFailure))
                );
                if is_impostor { Failed::Impostor } else { other(e) }
            })
        };
        let late = |_| Failed::Other("no answer".to_owned());
        tokio::time::timeout(CONNECT_SECONDS_MAX, shaken).await.map_err(late)?
    }
}

enum Failed {
    Impostor,
    Other(String),
}

/// The server's key must be that of the ticket.
#[derive(Debug)]
struct Pin {
    tally: [u8; 32],
}

impl ServerCertVerifier for Pin {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        // Another kind of certificate is another server as well: a web server, say, at a mistyped address.
        match public_key(certificate) {
            Ok(public) if public == self.tally => Ok(ServerCertVerified::assertion()),
            _ => Err(Error::InvalidCertificate(rustls::CertificateError::ApplicationVerificationFailure)),
        }
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Err(Error::General("TLS 1.3 only".into()))
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_handshake(message, certificate, signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        schemes()
    }
}

/// Shows our own key to every server; it proves who we are and gives nothing away.
#[derive(Debug)]
struct Own(Arc<CertifiedKey>);

impl ResolvesClientCert for Own {
    fn resolve(&self, _: &[&[u8]], schemes: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        schemes.contains(&SignatureScheme::ED25519).then(|| Arc::clone(&self.0))
    }

    fn has_certs(&self) -> bool {
        true
    }
}

impl fmt::Debug for Way {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Way({})", self.ticket)
    }
}
