//! The public pages under the operator's own certificate, as browsers want it: bought or from a public authority, in two
//! PEM files. The gRPC port has nothing to do with it.

use crate::error::ServerError;
use rustls::{
    ServerConfig,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
    version::TLS13,
};
use std::{
    path::{Path, PathBuf},
    sync::Arc,
};
use tokio_rustls::TlsAcceptor;

/// How the public pages are reached.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub enum Pages {
    /// From this machine alone, without TLS.
    #[default]
    Here,
    /// Another program gives them their TLS: then other machines may reach this port.
    BehindProxy,
    /// From everywhere, under this certificate.
    Certified {
        /// The certificate and those that vouch for it, PEM.
        chain: PathBuf,
        /// Its private key, PEM.
        key: PathBuf,
    },
}

impl Pages {
    /// Whether the pages are served under TLS by this program itself.
    #[must_use]
    pub fn speaks_tls(&self) -> bool {
        matches!(self, Self::Certified { .. })
    }

    /// What shakes hands with browsers, if TLS is spoken here.
    ///
    /// # Errors
    /// A file cannot be read, or key and certificate do not belong together.
    pub(crate) fn acceptor(&self) -> Result<Option<TlsAcceptor>, ServerError> {
        let Self::Certified { chain, key } = self else { return Ok(None) };
        let certificates = CertificateDer::pem_file_iter(chain).and_then(Iterator::collect::<Result<Vec<_>, _>>);
        let certificates = certificates.map_err(|e| unusable(chain, &e))?;
        let private = PrivateKeyDer::from_pem_file(key).map_err(|e| unusable(key, &e))?;
        let builder = ServerConfig::builder_with_provider(door::certificate::provider());
        let builder = builder.with_protocol_versions(&[&TLS13]).map_err(|e| unusable(chain, &e))?;
        let mut config =
            builder.with_no_client_auth().with_single_cert(certificates, private).map_err(|e| unusable(chain, &e))?;
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Some(TlsAcceptor::from(Arc::new(config))))
    }
}

fn unusable(path: &Path, why: &impl ToString) -> ServerError {
    ServerError::Certificate { path: path.to_owned(), why: why.to_string() }
}
