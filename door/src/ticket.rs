//! The event ticket: the one thing that a table, a member or an observer is handed and trusts. One line, as text, as a
//! file and as a QR code:
//!
//! ```text
//! kiemphieu://192.168.1.10:7440,192.168.1.11:7440/<sid of the manifest>#<tally key>
//! ```
//!
//! The addresses are hints, the spare laptop's among them; without any the server is found on the local network. What
//! decides is the tally key, with which the server proves itself, and the sid, which names the event.

use qrcode::{EcLevel, QrCode, render::svg, render::unicode};
use std::{fmt, io::Read, path::Path, str::FromStr};
use tally::Sid;
use tlog::{KeyKind, VerifierKey};

const SCHEME: &str = "kiemphieu://";
const TALLY: &str = "/tally";
/// A ticket is one line; a file that is longer is another file.
const BYTES_MAX: u64 = 4_096;
/// A hall has its server and perhaps a spare; more addresses would not fit a readable QR code.
const ADDRESSES_MAX: usize = 8;

/// Where a server may be found: a host name or an address, and a port.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Address {
    host: String,
    port: u16,
}

/// The event ticket.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Ticket {
    /// The event: sid of its manifest.
    pub event: Sid,
    /// The key with which the event's server proves itself.
    pub tally: VerifierKey,
    /// Where to look for it, in this order; then the local network, unless somebody said where it is.
    pub addresses: Vec<Address>,
    /// Somebody said where it is: nowhere else is looked.
    pub(crate) is_fixed: bool,
}

/// What was given is no ticket.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum TicketError {
    /// The line is none.
    #[error(
        "phiếu sự kiện phải có dạng kiemphieu://ĐỊA-CHỈ:CỔNG/<mã sự kiện>#<khóa>: {0}; chép lại từ bản in hoặc quét mã QR — \
         an event ticket reads kiemphieu://HOST:PORT/<sid>#<tally key>: {0}; copy it again from the printed sheet or scan its QR code"
    )]
    Malformed(String),
    /// The file cannot be read.
    #[error("không đọc được tệp phiếu {path}: {why} — the ticket file {path} cannot be read: {why}")]
    File {
        /// The file.
        path: String,
        /// What the system says.
        why: String,
    },
    /// The address is none.
    #[error("`{0}` không phải ĐỊA-CHỈ:CỔNG, ví dụ 192.168.1.10:7440 — `{0}` is no HOST:PORT such as 192.168.1.10:7440")]
    Address(String),
}

impl Address {
    /// The host, as a resolver takes it.
    #[must_use]
    pub fn host(&self) -> &str {
        self.host.trim_start_matches('[').trim_end_matches(']')
    }

    /// The port.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }
}

impl From<std::net::SocketAddr> for Address {
    fn from(address: std::net::SocketAddr) -> Self {
        let host = if address.is_ipv6() { format!("[{}]", address.ip()) } else { address.ip().to_string() };
        Self { host, port: address.port() }
    }
}

impl FromStr for Address {
    type Err = TicketError;

    /// `HOST:PORT`; a leading `https://`, as the server prints it, is forgiven.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = || TicketError::Address(text.to_owned());
        let bare = text.strip_prefix("https://").unwrap_or(text);
        let (host, port) = bare.rsplit_once(':').ok_or_else(wrong)?;
        let is_v6 = host.strip_prefix('[').and_then(|h| h.strip_suffix(']')).map(|h| h.parse::<std::net::Ipv6Addr>());
        let is_host = match is_v6 {
            Some(parsed) => parsed.is_ok(),
            None => !host.is_empty() && host.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-')),
        };
        let port = port.parse().ok().filter(|port| *port != 0).filter(|_| is_host).ok_or_else(wrong)?;
        Ok(Self { host: host.to_owned(), port })
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.host, self.port)
    }
}

impl Ticket {
    /// The origin of the event, from which all its keys derive their names.
    #[must_use]
    pub fn origin(&self) -> &str {
        self.tally.name().strip_suffix(TALLY).expect("a ticket's key is named so")
    }

    /// The ticket of an event, if that is its tally key.
    ///
    /// # Errors
    /// The key is not one of a server.
    pub fn new(event: Sid, tally: VerifierKey, addresses: Vec<Address>) -> Result<Self, TicketError> {
        let origin = tally.name().strip_suffix(TALLY).filter(|origin| !origin.is_empty());
        if origin.is_none() || tally.kind() != KeyKind::Ed25519 {
            return Err(TicketError::Malformed(format!("{} is no key of a server", tally.name())));
        }
        if addresses.len() > ADDRESSES_MAX {
            return Err(TicketError::Malformed(format!("more than {ADDRESSES_MAX} addresses")));
        }
        Ok(Self { event, tally, addresses, is_fixed: false })
    }

    /// Reads what a person gives: the line itself, or the name of a file that holds it.
    ///
    /// # Errors
    /// It is neither.
    pub fn read(line_or_file: &str) -> Result<Self, TicketError> {
        if line_or_file.contains("://") {
            return line_or_file.parse();
        }
        Self::read_file(Path::new(line_or_file))
    }

    /// Reads the file of a ticket.
    ///
    /// # Errors
    /// It cannot be read, or holds no ticket.
    pub fn read_file(path: &Path) -> Result<Self, TicketError> {
        let failed = |why: String| TicketError::File { path: path.display().to_string(), why };
        let file = std::fs::File::open(path).map_err(|e| failed(e.to_string()))?;
        let (mut text, limit) = (String::new(), BYTES_MAX.saturating_add(1));
        file.take(limit).read_to_string(&mut text).map_err(|e| failed(e.to_string()))?;
        if text.len() as u64 == limit {
            return Err(failed(format!("more than {BYTES_MAX} bytes are no ticket")));
        }
        // Some editors put an invisible mark before the first letter.
        text.trim_start_matches('\u{feff}').parse()
    }

    /// The same ticket, to be used at these addresses and nowhere else, if any are given.
    #[must_use]
    pub fn at(self, addresses: Vec<Address>) -> Self {
        if addresses.is_empty() { self } else { Self { addresses, is_fixed: true, ..self } }
    }

    fn qr(&self) -> QrCode {
        // Level M survives a fold and a coffee stain; a ticket has some 300 bytes, a QR code of that level takes 2,331.
        QrCode::with_error_correction_level(self.to_string(), EcLevel::M).expect("a ticket fits a QR code")
    }

    /// The QR code for a terminal, in half blocks.
    #[must_use]
    pub fn qr_terminal(&self) -> String {
        self.qr()
            .render::<unicode::Dense1x2>()
            .dark_color(unicode::Dense1x2::Light)
            .light_color(unicode::Dense1x2::Dark)
            .build()
    }

    /// The QR code as an SVG image, for the printed sheet.
    #[must_use]
    pub fn qr_svg(&self) -> String {
        self.qr().render::<svg::Color<'_>>().min_dimensions(320, 320).build()
    }
}

impl fmt::Display for Ticket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(SCHEME)?;
        for (place, address) in self.addresses.iter().enumerate() {
            write!(f, "{}{address}", if place == 0 { "" } else { "," })?;
        }
        write!(f, "/{}#{}", self.event, self.tally)
    }
}

impl FromStr for Ticket {
    type Err = TicketError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = |why: &str| TicketError::Malformed(why.to_owned());
        let line = text.trim();
        let rest = line.strip_prefix(SCHEME).ok_or_else(|| wrong("it does not begin with kiemphieu://"))?;
        let (addresses, rest) = rest.split_once('/').ok_or_else(|| wrong("the event is missing"))?;
        let (event, tally) = rest.split_once('#').ok_or_else(|| wrong("the tally key is missing"))?;
        let event = event.parse().map_err(|_| wrong("the event is not 64 lower-case hex digits"))?;
        let tally = VerifierKey::parse(tally).map_err(|e| wrong(&e.to_string()))?;
        let addresses = addresses.split(',').filter(|a| !a.is_empty()).map(str::parse).collect::<Result<_, _>>()?;
        Self::new(event, tally, addresses)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tlog::SigningKey;

    fn ticket(addresses: &[&str]) -> Ticket {
        let tally = SigningKey::from_seed("kiemphieu.example/hall/tally", KeyKind::Ed25519, &[7; 32]).unwrap();
        let addresses = addresses.iter().map(|a| a.parse().unwrap()).collect();
        Ticket::new(tlog::sha256(b"manifest"), tally.verifier().clone(), addresses).unwrap()
    }

    #[test]
    fn a_ticket_is_read_back_from_its_line_its_file_and_with_a_newline() {
        let folder = tempfile::tempdir().unwrap();
        for addresses in [&[][..], &["192.168.1.10:7440"], &["ham-tan.local:7440", "[fe80::1]:7441"]] {
            let ticket = ticket(addresses);
            assert_eq!(ticket.to_string().parse(), Ok(ticket.clone()));
            let file = folder.path().join("ticket");
            std::fs::write(&file, format!("{ticket}\n")).unwrap();
            assert_eq!(Ticket::read(&file.to_string_lossy()), Ok(ticket.clone()));
            assert_eq!(Ticket::read(&format!(" {ticket}\n")), Ok(ticket));
        }
    }

    #[test]
    fn what_is_no_ticket_is_refused_with_the_reason() {
        let good = ticket(&["10.0.0.1:7440"]).to_string();
        let station = good.replace("/tally+", "/station/s01+");
        let short = good.replace(&ticket(&[]).event.to_string(), "ab");
        for bad in ["", "kiemphieu://", "http://10.0.0.1:7440", &good[..good.len() - 4], &station, &short] {
            assert!(bad.parse::<Ticket>().is_err(), "{bad}");
        }
        assert!(matches!(good.replace(":7440", ":0").parse::<Ticket>(), Err(TicketError::Address(_))));
        assert!(matches!(Ticket::read("no/such/file"), Err(TicketError::File { .. })));
    }

    #[test]
    fn an_address_is_a_host_and_a_port_and_nothing_else() {
        for good in ["127.0.0.1:1", "ham-tan.local:7440", "[::1]:7440", "https://10.1.2.3:7440"] {
            assert!(good.parse::<Address>().is_ok(), "{good}");
        }
        for bad in
            ["", "10.0.0.1", ":1", "10.0.0.1:", "10.0.0.1:70000", "a b:1", "http://10.0.0.1:1", "[zz]:1", "a/b:1"]
        {
            assert!(bad.parse::<Address>().is_err(), "{bad}");
        }
    }

    #[test]
    fn the_qr_code_is_drawn_for_paper_and_for_a_terminal() {
        let ticket = ticket(&["192.168.1.10:7440"]);
        assert!(ticket.qr_svg().contains("<svg"));
        assert!(ticket.qr_terminal().lines().count() > 20);
    }
}
