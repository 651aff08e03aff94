//! A key of the hall as TLS wants it: a self-signed certificate that carries nothing but the key and never expires, and
//! the two checks that replace a certificate authority. It refuses to know names, roles and events.

use rcgen::{CertificateParams, DistinguishedName, DnType, PKCS_ED25519, PublicKeyData, SerialNumber};
use rustls::{
    DigitallySignedStruct, Error, SignatureAlgorithm, SignatureScheme,
    client::danger::HandshakeSignatureValid,
    crypto::{CryptoProvider, ring::default_provider, verify_tls13_signature},
    pki_types::CertificateDer,
    server::ParsedCertificate,
    sign::{CertifiedKey, Signer, SigningKey as TlsSigningKey},
};
use std::sync::{Arc, LazyLock};
use tlog::{KeyKind, SigningKey, VerifierKey};

/// An Ed25519 SubjectPublicKeyInfo is these bytes and the key (RFC 8410 §4).
const SPKI_PREFIX: [u8; 12] = [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];

static PROVIDER: LazyLock<Arc<CryptoProvider>> = LazyLock::new(|| Arc::new(default_provider()));

/// `ring`, as everywhere in the hall.
#[must_use]
pub fn provider() -> Arc<CryptoProvider> {
    Arc::clone(&PROVIDER)
}

/// The key with its certificate, for either end of a connection.
#[must_use]
pub fn certified(key: &Arc<SigningKey>) -> Arc<CertifiedKey> {
    let mut parameters = CertificateParams::default();
    parameters.distinguished_name = DistinguishedName::new();
    parameters.distinguished_name.push(DnType::CommonName, "kiemphieu");
    parameters.serial_number = Some(SerialNumber::from(1_u64));
    parameters.not_before = rcgen::date_time_ymd(2000, 1, 1);
    parameters.not_after = rcgen::date_time_ymd(9999, 12, 31);
    let held = Held(Arc::clone(key));
    let certificate = parameters.self_signed(&held).expect("an Ed25519 key signs any certificate");
    Arc::new(CertifiedKey::new(vec![certificate.der().clone()], Arc::new(held)))
}

/// The public key that a certificate carries, if it is a key this hall could register.
///
/// # Errors
/// It carries another kind of key, or a weak one.
pub fn public_key(certificate: &CertificateDer<'_>) -> Result<[u8; 32], Error> {
    let refused = || Error::InvalidCertificate(rustls::CertificateError::BadEncoding);
    let spki = ParsedCertificate::try_from(certificate)?.subject_public_key_info();
    let public = spki.as_ref().strip_prefix(&SPKI_PREFIX).ok_or_else(refused)?;
    let public: [u8; 32] = public.try_into().map_err(|_| refused())?;
    VerifierKey::new("key", KeyKind::Ed25519, public).map_err(|_| refused())?;
    Ok(public)
}

/// That the peer holds the key of its certificate: its signature over this very handshake.
pub(crate) fn verify_handshake(
    message: &[u8],
    certificate: &CertificateDer<'_>,
    signature: &DigitallySignedStruct,
) -> Result<HandshakeSignatureValid, Error> {
    verify_tls13_signature(message, certificate, signature, &PROVIDER.signature_verification_algorithms)
}

/// The only scheme that is offered and taken.
pub(crate) fn schemes() -> Vec<SignatureScheme> {
    vec![SignatureScheme::ED25519]
}

/// A key of the hall that signs handshakes. TLS 1.3 puts 64 spaces and a context before what is signed (RFC 8446
/// §4.4.3), which no note begins with.
#[derive(Debug)]
struct Held(Arc<SigningKey>);

impl PublicKeyData for Held {
    fn der_bytes(&self) -> &[u8] {
        self.0.verifier().public()
    }

    fn algorithm(&self) -> &'static rcgen::SignatureAlgorithm {
        &PKCS_ED25519
    }
}

impl rcgen::SigningKey for Held {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, rcgen::Error> {
        Ok(self.0.sign(message).to_vec())
    }
}

impl TlsSigningKey for Held {
    fn choose_scheme(&self, offered: &[SignatureScheme]) -> Option<Box<dyn Signer>> {
        offered.contains(&SignatureScheme::ED25519).then(|| Box::new(Held(Arc::clone(&self.0))) as Box<dyn Signer>)
    }

    fn algorithm(&self) -> SignatureAlgorithm {
        SignatureAlgorithm::ED25519
    }
}

impl Signer for Held {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, Error> {
        Ok(self.0.sign(message).to_vec())
    }

    fn scheme(&self) -> SignatureScheme {
        SignatureScheme::ED25519
    }
}
