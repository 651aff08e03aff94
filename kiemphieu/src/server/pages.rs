//! How the public pages are reached from other machines, from the command line.

use clap::Args;
use server::Pages;
use std::path::PathBuf;

/// A certificate of the operator, or a web server that has one.
#[derive(Args, Debug)]
pub struct PagesArguments {
    /// The operator's certificate for the public pages, with those that vouch for it (PEM): then --http may be any address
    #[arg(long, value_name = "FILE", requires = "http_key", conflicts_with = "http_behind_proxy")]
    http_certificate: Option<PathBuf>,
    /// The private key of that certificate (PEM)
    #[arg(long, value_name = "FILE", requires = "http_certificate")]
    http_key: Option<PathBuf>,
    /// A web server with a certificate of its own stands before the public pages: then --http may be any address
    #[arg(long)]
    http_behind_proxy: bool,
}

impl From<PagesArguments> for Pages {
    fn from(said: PagesArguments) -> Self {
        match (said.http_certificate, said.http_key) {
            (Some(chain), Some(key)) => Self::Certified { chain, key },
            _ if said.http_behind_proxy => Self::BehindProxy,
            _ => Self::Here,
        }
    }
}
