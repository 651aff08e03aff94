//! How many may connect to a server, and how much may be on its way, from the command line.

use clap::Args;
use server::Limits;

/// What a server takes.
#[derive(Args, Debug)]
pub struct LimitsArguments {
    /// gRPC connections of everybody together; a quarter of them is kept for enrolled keys
    #[arg(long, value_name = "NUMBER", default_value_t = 2_048, value_parser = clap::value_parser!(u32).range(64..=65_536))]
    connections: u32,
    /// What one stream may have on its way before it is read; raise it for a bulk intake over a long line
    #[arg(long, value_name = "KIB", default_value_t = Limits::default().stream_window_kib, value_parser = clap::value_parser!(u32).range(64..=16_384))]
    stream_window_kib: u32,
    /// The same of all streams of a connection together
    #[arg(long, value_name = "KIB", default_value_t = Limits::default().connection_window_kib, value_parser = clap::value_parser!(u32).range(64..=65_536))]
    connection_window_kib: u32,
}

impl From<LimitsArguments> for Limits {
    fn from(said: LimitsArguments) -> Self {
        Self {
            connections: said.connections as usize,
            stream_window_kib: said.stream_window_kib,
            connection_window_kib: said.connection_window_kib,
        }
    }
}
