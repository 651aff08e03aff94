//! Whom a server calls that nobody can reach, from the command line.

use clap::Args;
use door::Address;

/// Relays to call.
#[derive(Args, Debug, Default)]
pub struct RelayArguments {
    /// Call this relay, for those who cannot come to the hall: behind 4G, or the router of somebody else; may be repeated
    #[arg(long = "call", value_name = "HOST:PORT")]
    pub(super) relays: Vec<Address>,
}
