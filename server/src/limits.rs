//! How much this server takes of anything before it says no, each with its reason. It refuses to know who asks.

use std::time::Duration;

/// Connections of everybody together: a province with its tables, boards, observers and a press room.
const CONNECTIONS_MAX: usize = 2_048;
/// Handshakes of one address that may take longer than [`HANDSHAKE_USUAL`].
pub(crate) const HANDSHAKES_OF_ADDRESS_MAX: usize = 8;
/// A real table is through in this time, even over a bad line.
pub(crate) const HANDSHAKE_USUAL: Duration = Duration::from_millis(500);
/// Handshakes that one address may have under way at all: a hall or a whole province sits behind one address, and all its
/// tables dial at once when the server was away.
pub(crate) const HANDSHAKES_AT_ONCE_OF_ADDRESS_MAX: usize = 64;
/// Connections of one address without an enrolled key: the public, and devices that are being enrolled.
pub(crate) const STRANGERS_OF_ADDRESS_MAX: usize = 8;
/// Connections of everybody who comes through relays: the observers of a province and its public. They are besides those
/// of the hall, so that no relay can fill its places.
pub(crate) const RELAYED_CONNECTIONS_MAX: usize = 256;
/// Calls that wait at one relay for one event: so many observers can come in a moment; each call taken is replaced.
pub(crate) const IDLE_CALLS: u32 = 4;
/// A call that nobody has taken is made anew after this: a network on the way may have forgotten it and not say so.
pub(crate) const IDLE_CALL_MAX: Duration = Duration::from_secs(300);
/// From dialling a relay until it says that the call waits.
pub(crate) const CALL_MAX: Duration = Duration::from_secs(10);
/// Connections with one enrolled key: a console, a projector and what is left of those that lost their line.
pub(crate) const CONNECTIONS_OF_KEY_MAX: usize = 16;
/// From the first byte to the last of a handshake; also how long a peer may be silent before it begins.
pub(crate) const HANDSHAKE_MAX: Duration = Duration::from_secs(5);
/// From the handshake to the first whole HTTP/2 frame.
pub(crate) const FIRST_FRAME_MAX: Duration = Duration::from_secs(5);
/// Whoever is not enrolled and asks nothing leaves the place to others.
pub(crate) const IDLE_MAX: Duration = Duration::from_secs(60);
/// How long an answer waits for a peer that does not read on: then its stream ends with a sentence.
pub(crate) const READ_PATIENCE: Duration = Duration::from_secs(30);
/// A peer that does not even read that sentence is cut, after this much more.
pub(crate) const LAST_WORD_PATIENCE: Duration = Duration::from_secs(10);
/// A connection that has written this much within that time is slow, not silent, and stays.
pub(crate) const PROGRESS_BYTES: u64 = 64 << 10;

/// Calls and open streams of one table.
pub(crate) const CALLS_OF_STATION_MAX: usize = 16;
/// Of one member of a board or one organiser.
pub(crate) const CALLS_OF_MEMBER_MAX: usize = 16;
/// Of one observer, who follows with one stream and looks with another.
pub(crate) const CALLS_OF_OBSERVER_MAX: usize = 4;
/// Of everybody without an enrolled key at one address.
pub(crate) const CALLS_OF_ADDRESS_MAX: usize = 8;

/// Connections of the public pages.
pub(crate) const PAGE_CONNECTIONS_MAX: usize = 512;
/// Of them, of one address: the phones of a hall share one.
pub(crate) const PAGE_CONNECTIONS_OF_ADDRESS_MAX: usize = 64;
/// Pages made at a time; whoever comes then is told to come again.
pub(crate) const PAGES_AT_ONCE_MAX: usize = 64;
/// From the first byte of a request for a page to the end of its header; also the silence between two requests.
pub(crate) const PAGE_HEADER_MAX: Duration = Duration::from_secs(5);
/// From a request for a page to its answer.
pub(crate) const PAGE_MAX: Duration = Duration::from_secs(10);

/// Files besides the connections: journals, index, standard streams, and those being accepted or just let go of.
const FILES_SPARE: usize = 256;
/// A server that cannot hold so many connections would not get a hall through its day.
const CONNECTIONS_MIN: usize = 64;

/// What an operator may set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// gRPC connections of everybody together. A quarter of them is kept for enrolled keys.
    pub connections: usize,
    /// Bytes, in KiB, that one stream may have on its way before it is read: a bulk intake may raise it.
    pub stream_window_kib: u32,
    /// The same of a whole connection.
    pub connection_window_kib: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self { connections: CONNECTIONS_MAX, stream_window_kib: 64, connection_window_kib: 256 }
    }
}

impl Limits {
    /// As many connections as the system lets this process open files, with room for its own. Raises what may be raised.
    pub(crate) fn fitted(self) -> Self {
        let Some(files) = open_files_max() else { return self };
        let connections = fitting(self.connections, files);
        if connections < self.connections {
            tracing::warn!(
                files,
                wanted = self.connections,
                connections,
                "the system allows this process few open files: fewer connections are taken (see `ulimit -n`)"
            );
        }
        Self { connections, ..self }
    }
}

/// Of so many connections wanted, those for which there are files.
fn fitting(wanted: usize, files: usize) -> usize {
    let left = files.saturating_sub(FILES_SPARE + PAGE_CONNECTIONS_MAX + RELAYED_CONNECTIONS_MAX);
    wanted.min(left.max(CONNECTIONS_MIN))
}

/// Raises the soft limit of open files to the hard one; what it is then, if there is one.
#[cfg(unix)]
fn open_files_max() -> Option<usize> {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let now = getrlimit(Resource::Nofile);
    let raised = setrlimit(Resource::Nofile, Rlimit { current: now.maximum, maximum: now.maximum });
    let max = if raised.is_ok() { now.maximum } else { now.current };
    max.map(|files| usize::try_from(files).unwrap_or(usize::MAX))
}

/// Sockets are no files there, and their number has no such limit.
#[cfg(not(unix))]
fn open_files_max() -> Option<usize> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_with_few_files_takes_fewer_connections_and_never_too_few_for_a_hall() {
        assert_eq!(fitting(2_048, 20_000), 2_048);
        assert_eq!(fitting(2_048, 1_280), 256);
        assert_eq!(fitting(2_048, 256), CONNECTIONS_MIN);
        assert_eq!(fitting(16, 20_000), 16);
    }

    #[cfg(unix)]
    #[test]
    fn the_soft_limit_of_files_is_raised_to_the_hard_one() {
        use rustix::process::{Resource, getrlimit};
        Limits::default().fitted();
        let now = getrlimit(Resource::Nofile);
        assert_eq!(now.current, now.maximum);
    }
}
