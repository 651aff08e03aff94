//! The server's end of a connection: it proves itself with the tally key of the event that the client names, and takes
//! any key of the client; what that key may do is asked of the event's log at each call.

use crate::certificate::{certified, provider, public_key, schemes, verify_handshake};
use rustls::{
    DigitallySignedStruct, DistinguishedName, Error, ServerConfig, SignatureScheme,
    client::danger::HandshakeSignatureValid,
    pki_types::{CertificateDer, UnixTime},
    server::{ClientHello, ResolvesServerCert, danger::ClientCertVerified, danger::ClientCertVerifier},
    sign::CertifiedKey,
    version::TLS13,
};
use std::{collections::BTreeMap, io, net::SocketAddr, sync::Arc};
use tally::Sid;
use tlog::SigningKey;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_rustls::{TlsAcceptor, server::TlsStream};

/// Who is at the other end of a connection; gRPC requests carry it in their extensions.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Peer {
    /// Where it calls from.
    pub address: SocketAddr,
    /// The public key it proved to hold, if it showed one.
    pub key: Option<[u8; 32]>,
}

/// The name by which a client asks for an event (SNI): the sid in two labels, because a label has at most 63 letters.
#[must_use]
pub fn event_name(event: Sid) -> String {
    let sid = event.to_string();
    let (first, second) = sid.split_at(32);
    format!("{first}.{second}.kiemphieu")
}

/// Shakes hands with whoever connects.
#[derive(Clone)]
pub struct Handshake {
    acceptor: TlsAcceptor,
}

impl Handshake {
    /// For the events of a server, each with its tally key.
    #[must_use]
    pub fn new(events: &[(Sid, Arc<SigningKey>)]) -> Self {
        let keys = events.iter().map(|(event, key)| (event_name(*event), certified(key))).collect();
        let builder = ServerConfig::builder_with_provider(provider()).with_protocol_versions(&[&TLS13]);
        let builder = builder.expect("ring has TLS 1.3").with_client_cert_verifier(Arc::new(AnyKey));
        let mut config = builder.with_cert_resolver(Arc::new(TallyKeys { keys }));
        config.alpn_protocols = vec![b"h2".to_vec()];
        // A resumed session would carry a key into a later connection; every connection proves it anew.
        config.send_tls13_tickets = 0;
        config.session_storage = Arc::new(rustls::server::NoServerSessionStorage {});
        Self { acceptor: TlsAcceptor::from(Arc::new(config)) }
    }

    /// One handshake; the second value is the public key that the client proved to hold. The caller bounds its time.
    ///
    /// # Errors
    /// The client hung up, spoke something else, showed a key of another kind or did not hold it.
    pub async fn accept<S>(&self, socket: S) -> io::Result<(TlsStream<S>, Option<[u8; 32]>)>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        let stream = self.acceptor.accept(socket).await?;
        let shown = stream.get_ref().1.peer_certificates().and_then(<[_]>::first);
        let key = shown.map(public_key).transpose().map_err(io::Error::other)?;
        Ok((stream, key))
    }
}

/// The tally key of the event that is asked for.
#[derive(Debug)]
struct TallyKeys {
    keys: BTreeMap<String, Arc<CertifiedKey>>,
}

impl ResolvesServerCert for TallyKeys {
    /// Whoever names no event here is a health check or has the ticket of another server: it gets the first key, and a
    /// client with a ticket sees at once that it is not the one it was promised.
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let named = hello.server_name().and_then(|name| self.keys.get(name));
        named.or_else(|| self.keys.values().next()).cloned()
    }
}

/// Takes every Ed25519 key that the client can prove to hold, or none at all.
#[derive(Debug)]
struct AnyKey;

impl ClientCertVerifier for AnyKey {
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }

    fn client_auth_mandatory(&self) -> bool {
        false
    }

    fn verify_client_cert(
        &self,
        certificate: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        public_key(certificate).map(|_| ClientCertVerified::assertion())
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
