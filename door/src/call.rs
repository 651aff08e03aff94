//! How a hall that cannot be called calls out, and how whoever is called knows that it is the hall: a few lines of text,
//! after which the caller is the TLS server that it always is (protocol §10.1).
//!
//! ```text
//! hall   kiemphieu/v1/call <sid>
//! relay  kiemphieu/v1/prove <nonce, 64 hex digits>
//! hall   — <origin>/tally <signature of the tally key over the proof text>
//! relay  kiemphieu/v1/waits
//! ```
//!
//! Every call proves itself: calls of one hall come from many addresses, and many halls behind one. It refuses to know
//! what is said afterwards, and knows no way to read it.

use rustls::server::Acceptor;
use socket2::{SockRef, TcpKeepalive};
use std::{io, time::Duration};
use tally::Sid;
use tlog::{Hash, Note, SignatureLine, SigningKey, VerifierKey};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

const CALL: &str = "kiemphieu/v1/call ";
const PROVE: &str = "kiemphieu/v1/prove ";
const WAITS: &str = "kiemphieu/v1/waits";
const REFUSED: &str = "kiemphieu/v1/refused ";
/// The longest line is a signature: a name of at most 255 bytes and 92 letters.
const LINE_BYTES_MAX: usize = 512;
/// A line that has died without a word is noticed after all of these: 4G forgets connections, and people pull cables.
const KEEPALIVE_AFTER: Duration = Duration::from_secs(10);
const KEEPALIVE_EVERY: Duration = Duration::from_secs(5);
const KEEPALIVE_TRIES: u32 = 3;
/// The first flight of a client has some 250 bytes; with all that TLS allows it stays below this.
pub const HELLO_BYTES_MAX: usize = 16 << 10;

/// Why a relay takes no call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// The relay has no ticket of that event.
    UnknownEvent,
    /// The caller does not hold the tally key of the event.
    NotTheKey,
}

impl Refused {
    /// The word on the line.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::UnknownEvent => "unknown-event",
            Self::NotTheKey => "not-the-key",
        }
    }
}

/// Why a call does not wait at a relay.
#[derive(Debug, thiserror::Error)]
pub enum CallError {
    /// The line, or whoever is at its other end.
    #[error("{0}")]
    Line(#[from] io::Error),
    /// The relay says why.
    #[error("{}", refused(.0))]
    Refused(String),
    /// Whatever answers there is no relay.
    #[error("máy ở đó không phải trạm chuyển tiếp — whatever answers there is no relay")]
    NoRelay,
}

fn refused(word: &str) -> String {
    match word {
        "unknown-event" => {
            "trạm chuyển tiếp không có phiếu của sự kiện này — the relay has no ticket of this event".into()
        }
        "not-the-key" => {
            "trạm chuyển tiếp thấy khóa tổng hợp khác với phiếu mà nó giữ — the relay has a ticket of this event with \
                          another tally key"
                .into()
        }
        word => format!("trạm chuyển tiếp từ chối: {word} — the relay refuses: {word}"),
    }
}

/// What a client has said so far.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Asked {
    /// Its first flight is not whole yet.
    More,
    /// It asks for whoever has this name (SNI, see [`crate::server::event_name`]).
    For(String),
    /// It speaks no TLS, or names nobody.
    Nobody,
}

/// What the first flight of a client asks for.
#[must_use]
pub fn asked_for(hello: &[u8]) -> Asked {
    let (mut acceptor, mut rest) = (Acceptor::default(), hello);
    while !rest.is_empty() {
        if acceptor.read_tls(&mut rest).is_err() {
            return Asked::Nobody;
        }
        match acceptor.accept() {
            Ok(None) => {}
            Ok(Some(accepted)) => {
                return accepted.client_hello().server_name().map_or(Asked::Nobody, |name| Asked::For(name.to_owned()));
            }
            Err(_) => return Asked::Nobody,
        }
    }
    if hello.len() < HELLO_BYTES_MAX { Asked::More } else { Asked::Nobody }
}

/// What the tally key signs to prove a call; it is no statement, and no handshake.
fn proof_text(event: Sid, nonce: &Hash) -> String {
    format!("{}\nevent {event}\nnonce {nonce}\n", CALL.trim_end())
}

/// The hall calls: it names its event, proves that it holds the event's tally key, and waits from then on. The caller
/// bounds the time.
///
/// # Errors
/// The relay refuses, or the line breaks.
pub async fn call(socket: &mut TcpStream, event: Sid, tally: &SigningKey) -> Result<(), CallError> {
    say(socket, &format!("{CALL}{event}")).await?;
    let asked = hear(socket).await?;
    let nonce: Option<Hash> = asked.strip_prefix(PROVE).and_then(|nonce| nonce.parse().ok());
    let proof = tally.sign_text(&proof_text(event, &nonce.ok_or(CallError::NoRelay)?));
    let line = proof.signatures().first().map(ToString::to_string).unwrap_or_default();
    say(socket, &line).await?;
    if hear(socket).await? == WAITS { Ok(()) } else { Err(CallError::NoRelay) }
}

/// The event that a caller names. The caller of this bounds the time.
///
/// # Errors
/// The line breaks, or says something else.
pub async fn named(socket: &mut TcpStream) -> io::Result<Sid> {
    let line = hear_line(socket).await?;
    let named = line.strip_prefix(CALL).and_then(|sid| sid.parse().ok());
    named.ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, "this is no call"))
}

/// Asks a caller to prove that it holds the tally key of its event: whether it does. `nonce` is never used twice.
///
/// # Errors
/// The line breaks.
pub async fn is_proved(socket: &mut TcpStream, event: Sid, tally: &VerifierKey, nonce: Hash) -> io::Result<bool> {
    say(socket, &format!("{PROVE}{nonce}")).await?;
    let line = hear_line(socket).await?.parse::<SignatureLine>();
    let note = line.ok().and_then(|line| Note::signed_by(&proof_text(event, &nonce), [line]).ok());
    let known = |name: &str, id: u32| (name == tally.name() && id == tally.id()).then_some(tally);
    Ok(note.is_some_and(|note| note.verify_strict(known).is_ok()))
}

/// Tells a caller that its call waits.
///
/// # Errors
/// The line breaks.
pub async fn waits(socket: &mut TcpStream) -> io::Result<()> {
    say(socket, WAITS).await
}

/// Tells a caller why its call is not taken.
///
/// # Errors
/// The line breaks.
pub async fn refuse(socket: &mut TcpStream, why: Refused) -> io::Result<()> {
    say(socket, &format!("{REFUSED}{}", why.word())).await
}

/// From now on the system finds out when the other end is there no more.
///
/// # Errors
/// The system cannot.
pub fn keep_alive(socket: &TcpStream) -> io::Result<()> {
    let keepalive = TcpKeepalive::new().with_time(KEEPALIVE_AFTER).with_interval(KEEPALIVE_EVERY);
    let keepalive = keepalive.with_retries(KEEPALIVE_TRIES);
    socket.set_nodelay(true)?;
    SockRef::from(socket).set_tcp_keepalive(&keepalive)
}

async fn say(socket: &mut TcpStream, line: &str) -> io::Result<()> {
    socket.write_all(format!("{line}\n").as_bytes()).await
}

async fn hear(socket: &mut TcpStream) -> Result<String, CallError> {
    let line = hear_line(socket).await?;
    match line.strip_prefix(REFUSED) {
        Some(word) => Err(CallError::Refused(word.to_owned())),
        None if line.starts_with("kiemphieu/v1/") => Ok(line),
        None => Err(CallError::NoRelay),
    }
}

/// One line and not a byte more: what follows belongs to whoever is bridged.
async fn hear_line(socket: &mut TcpStream) -> io::Result<String> {
    let mut line = Vec::new();
    loop {
        match socket.read_u8().await? {
            b'\n' => break,
            byte => line.push(byte),
        }
        if line.len() > LINE_BYTES_MAX {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "the line has no end"));
        }
    }
    String::from_utf8(line).map_err(|e| io::Error::new(io::ErrorKind::InvalidData, e))
}

#[cfg(test)]
mod tests {
    use super::*;
    use tlog::KeyKind;
    use tokio::net::TcpListener;

    fn key(seed: u8) -> SigningKey {
        SigningKey::from_seed("kiemphieu.example/hall/tally", KeyKind::Ed25519, &[seed; 32]).expect("a key")
    }

    async fn both_ends() -> (TcpStream, TcpStream) {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let (hall, relay) = tokio::join!(TcpStream::connect(address), listener.accept());
        (hall.expect("a line"), relay.expect("a line").0)
    }

    /// What a hall with this key is told by a relay that has the ticket of key 1.
    async fn told(seed: u8) -> (Result<(), CallError>, bool) {
        let (mut hall, mut relay) = both_ends().await;
        let (event, held, ticket) = (Hash([7; 32]), key(seed), key(1).verifier().clone());
        let calling = call(&mut hall, event, &held);
        let answering = async {
            assert_eq!(named(&mut relay).await.expect("a call"), event);
            let is_proved = is_proved(&mut relay, event, &ticket, Hash([9; 32])).await.expect("an answer");
            let said = if is_proved { waits(&mut relay).await } else { refuse(&mut relay, Refused::NotTheKey).await };
            said.expect("said");
            is_proved
        };
        tokio::join!(calling, answering)
    }

    #[tokio::test]
    async fn a_hall_that_holds_the_key_of_the_ticket_waits_and_a_liar_is_told_why_not() {
        assert!(matches!(told(1).await, (Ok(()), true)));
        let (liar, is_proved) = told(2).await;
        assert!(!is_proved && matches!(&liar, Err(CallError::Refused(word)) if word == "not-the-key"), "{liar:?}");
    }

    #[tokio::test]
    async fn a_proof_is_of_one_event_and_one_nonce() {
        let (event, tally) = (Hash([7; 32]), key(1));
        let signed = |event: Sid, nonce: u8| {
            let note = tally.sign_text(&proof_text(event, &Hash([nonce; 32])));
            format!("{}\n", note.signatures()[0])
        };
        for (line, is_good) in [
            (signed(event, 9), true),
            (signed(event, 8), false),
            (signed(Hash([6; 32]), 9), false),
            ("rubbish\n".to_owned(), false),
            ("\n".to_owned(), false),
        ] {
            let (mut hall, mut relay) = both_ends().await;
            hall.write_all(line.as_bytes()).await.expect("said");
            let proved = is_proved(&mut relay, event, tally.verifier(), Hash([9; 32])).await.expect("an answer");
            assert_eq!(proved, is_good, "{line}");
        }
    }

    #[tokio::test]
    async fn what_is_no_relay_gets_no_signature() {
        for said in ["HTTP/1.1 400 Bad Request\r\n", "kiemphieu/v1/prove ab\n", &"x".repeat(600)] {
            let (mut hall, mut other) = both_ends().await;
            other.write_all(said.as_bytes()).await.expect("said");
            assert!(call(&mut hall, Hash([7; 32]), &key(1)).await.is_err(), "{said}");
            drop(hall);
            let mut heard = String::new();
            let _ = other.read_to_string(&mut heard).await;
            assert!(!heard.contains('—'), "{heard}");
        }
    }

    #[test]
    fn what_a_client_asks_for_is_known_at_the_last_byte_of_its_first_flight_and_not_before() {
        use rustls::{ClientConfig, ClientConnection, RootCertStore, pki_types::ServerName, version::TLS13};
        let builder = ClientConfig::builder_with_provider(crate::certificate::provider());
        let builder = builder.with_protocol_versions(&[&TLS13]).expect("TLS 1.3");
        let config = builder.with_root_certificates(RootCertStore::empty()).with_no_client_auth();
        let name = crate::server::event_name(Hash([7; 32]));
        let server = ServerName::try_from(name.clone()).expect("a name");
        let mut client = ClientConnection::new(config.into(), server).expect("a client");
        let mut hello = Vec::new();
        client.write_tls(&mut hello).expect("a Vec takes everything");
        for length in 0..hello.len() {
            assert_eq!(asked_for(&hello[..length]), Asked::More, "{length}");
        }
        assert_eq!(asked_for(&hello), Asked::For(name));
        assert_eq!(asked_for(b"GET / HTTP/1.1\r\n\r\n"), Asked::Nobody);
        assert_eq!(asked_for(&[22, 3, 1, 0x40, 0xff].repeat(4_000)), Asked::Nobody, "no hello is so long");
    }
}
