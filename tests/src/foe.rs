//! A hostile peer inside the test: sockets that say nothing, handshakes that stop half-way, HTTP/2 frames as no library
//! would send them. It believes nobody and keeps no promise.

use crate::door::Door;
use bytes::Bytes;
use rustls::{
    ClientConfig, ClientConnection, DigitallySignedStruct, Error, SignatureScheme,
    client::{
        ResolvesClientCert,
        danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    },
    pki_types::{CertificateDer, ServerName, UnixTime},
    sign::CertifiedKey,
};
use std::{
    io,
    net::{IpAddr, SocketAddr},
    sync::Arc,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpSocket, TcpStream},
};
use tokio_rustls::{TlsConnector, client::TlsStream};

/// What an HTTP/2 connection begins with (RFC 9113 §3.4).
pub const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
/// Kinds of frames (RFC 9113 §6).
pub const DATA: u8 = 0;
/// As [`DATA`].
pub const HEADERS: u8 = 1;
/// As [`DATA`].
pub const RST_STREAM: u8 = 3;
/// As [`DATA`].
pub const SETTINGS: u8 = 4;
/// As [`DATA`].
pub const PING: u8 = 6;
/// As [`DATA`].
pub const GOAWAY: u8 = 7;
/// As [`DATA`].
pub const WINDOW_UPDATE: u8 = 8;
/// Flags of frames.
pub const END_STREAM: u8 = 1;
/// As [`END_STREAM`].
pub const ACK: u8 = 1;
/// As [`END_STREAM`].
pub const END_HEADERS: u8 = 4;

/// Somebody hostile, with a key of the hall or without.
#[derive(Clone)]
pub struct Foe {
    /// Where the server listens.
    pub server: SocketAddr,
    name: ServerName<'static>,
    config: Arc<ClientConfig>,
}

/// A frame as it was received.
#[derive(Debug)]
pub struct Frame {
    /// Its kind.
    pub kind: u8,
    /// Its flags.
    pub flags: u8,
    /// Its payload.
    pub payload: Vec<u8>,
}

impl Foe {
    /// Whoever comes to this door with the key of the door.
    ///
    /// # Panics
    /// The door has no address.
    #[must_use]
    pub fn at(door: &Door) -> Self {
        let server = door.ticket.addresses.first().expect("an address").to_string().parse().expect("an address");
        let builder = ClientConfig::builder_with_provider(door::certificate::provider());
        let builder = builder.with_protocol_versions(&[&rustls::version::TLS13]).expect("TLS 1.3").dangerous();
        let builder = builder.with_custom_certificate_verifier(Arc::new(Anybody));
        let mut config = match &door.key {
            Some(key) => builder.with_client_cert_resolver(Arc::new(Own(door::certificate::certified(key)))),
            None => builder.with_no_client_auth(),
        };
        config.alpn_protocols = vec![b"h2".to_vec()];
        let name = ServerName::try_from(door::server::event_name(door.event)).expect("a name");
        Self { server, name, config: Arc::new(config) }
    }

    /// The first flight of a real handshake.
    ///
    /// # Panics
    /// TLS has none.
    #[must_use]
    pub fn hello(&self) -> Vec<u8> {
        let mut connection = ClientConnection::new(Arc::clone(&self.config), self.name.clone()).expect("a connection");
        let mut hello = Vec::new();
        connection.write_tls(&mut hello).expect("a Vec takes everything");
        hello
    }

    /// A socket from this address of ours, which has said nothing yet.
    ///
    /// # Errors
    /// The server does not take it, or this machine has none left.
    pub async fn socket(&self, from: IpAddr) -> io::Result<TcpStream> {
        let socket = TcpSocket::new_v4()?;
        socket.set_reuseaddr(true)?;
        socket.bind((from, 0).into())?;
        socket.connect(self.server).await
    }

    /// A connection with its handshake done.
    ///
    /// # Errors
    /// The server cuts it.
    pub async fn shake(&self) -> io::Result<TlsStream<TcpStream>> {
        let socket = TcpStream::connect(self.server).await?;
        socket.set_nodelay(true)?;
        TlsConnector::from(Arc::clone(&self.config)).connect(self.name.clone(), socket).await
    }
}

/// A frame of HTTP/2.
#[must_use]
pub fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).expect("short").to_be_bytes();
    [&length[1..], &[kind, flags], &stream.to_be_bytes(), payload].concat()
}

/// The header block of a gRPC call, without compression (RFC 7541 §6.2.2); every value is short.
#[must_use]
pub fn call(path: &str) -> Vec<u8> {
    // :method POST and :scheme http stand in the static table.
    let mut block = vec![0x83, 0x86];
    let mut literal = |name: &[u8], value: &str| {
        block.extend_from_slice(name);
        block.push(u8::try_from(value.len()).expect("short"));
        block.extend_from_slice(value.as_bytes());
    };
    literal(&[0x04], path);
    literal(&[0x01], "hall");
    literal(&[0x0f, 0x10], "application/grpc");
    literal(b"\x00\x02te", "trailers");
    block
}

/// The next frame that the server sends.
///
/// # Errors
/// It has ended the connection.
pub async fn next(stream: &mut (impl AsyncReadExt + Unpin)) -> io::Result<Frame> {
    let mut head = [0; 9];
    stream.read_exact(&mut head).await?;
    let length = u32::from_be_bytes([0, head[0], head[1], head[2]]);
    let mut payload = vec![0; usize::try_from(length).expect("small")];
    stream.read_exact(&mut payload).await?;
    Ok(Frame { kind: head[3], flags: head[4], payload })
}

/// Says what every connection begins with.
///
/// # Errors
/// It has ended already.
pub async fn begin(stream: &mut (impl AsyncWriteExt + Unpin)) -> io::Result<()> {
    stream.write_all(&[PREFACE, &frame(SETTINGS, 0, 0, &[])].concat()).await?;
    stream.flush().await
}

/// A message as gRPC frames it, whatever length it claims.
#[must_use]
pub fn message(claimed: u32, bytes: &[u8]) -> Bytes {
    [&[0], &claimed.to_be_bytes()[..], bytes].concat().into()
}

#[derive(Debug)]
struct Own(Arc<CertifiedKey>);

impl ResolvesClientCert for Own {
    fn resolve(&self, _: &[&[u8]], _: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.0))
    }

    fn has_certs(&self) -> bool {
        true
    }
}

/// A foe does not care whom it attacks.
#[derive(Debug)]
struct Anybody;

impl ServerCertVerifier for Anybody {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        vec![SignatureScheme::ED25519]
    }
}
