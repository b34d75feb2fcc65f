//! Certificates for tests, made by `openssl` when they are needed, and TLS clients that use them.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use rustls::crypto::ring::default_provider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ClientConfig, RootCertStore, SupportedProtocolVersion};

use crate::children::TempDir;
use crate::harness::unique;

/// An issuer of certificates, with a directory for them.
#[derive(Debug)]
pub(crate) struct Authority {
    dir: TempDir,
}

/// A certificate and its key, in files.
#[derive(Debug, Clone)]
pub(crate) struct Issued {
    pub(crate) cert: PathBuf,
    pub(crate) key: PathBuf,
}

/// What servers on loopback are certified for.
pub(crate) const LOOPBACK: &str = "IP:127.0.0.1,DNS:localhost";

// === impl Authority ===

impl Authority {
    /// A new issuer that nobody else trusts.
    pub(crate) fn new() -> Self {
        let authority = Self {
            dir: TempDir::new("certificates"),
        };
        let (cert, key) = (authority.path("ca.pem"), authority.path("ca.key"));
        // Issuers of the same name are one to those who look at names.
        let name = unique("issuer");
        openssl(&format!(
            "req -x509 {NEW_KEY} -keyout {} -out {} -days 30 -subj /CN={name} \
             -addext keyUsage=critical,keyCertSign",
            key.display(),
            cert.display(),
        ));
        authority
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// The file with its own certificate.
    pub(crate) fn file(&self) -> PathBuf {
        self.path("ca.pem")
    }

    /// A certificate for these names, as `subjectAltName` has them.
    pub(crate) fn issue(&self, file: &str, names: &str) -> Issued {
        let (cert, key) = (
            self.path(&format!("{file}.pem")),
            self.path(&format!("{file}.key")),
        );
        let request = self.path(&format!("{file}.csr"));
        openssl(&format!(
            "req -new {NEW_KEY} -keyout {} -out {} -subj /CN={file} \
             -addext subjectAltName={names} -addext basicConstraints=critical,CA:FALSE",
            key.display(),
            request.display(),
        ));
        openssl(&format!(
            "x509 -req -in {} -CA {} -CAkey {} -CAcreateserial -copy_extensions copy -days 30 -out {}",
            request.display(),
            self.file().display(),
            self.path("ca.key").display(),
            cert.display(),
        ));
        Issued { cert, key }
    }

    /// A client that trusts its certificates, and shows a certificate if it has one.
    pub(crate) fn client(&self, own: Option<&Issued>) -> Arc<ClientConfig> {
        self.client_of(rustls::ALL_VERSIONS, own)
    }

    /// The same with these versions of TLS.
    pub(crate) fn client_of(
        &self,
        versions: &[&'static SupportedProtocolVersion],
        own: Option<&Issued>,
    ) -> Arc<ClientConfig> {
        let mut roots = RootCertStore::empty();
        for certificate in certificates(&self.file()) {
            roots.add(certificate).expect("an issuer");
        }
        let builder = ClientConfig::builder_with_provider(Arc::new(default_provider()))
            .with_protocol_versions(versions)
            .expect("versions of TLS")
            .with_root_certificates(roots);
        Arc::new(match own {
            None => builder.with_no_client_auth(),
            Some(Issued { cert, key }) => {
                let key = PrivateKeyDer::from_pem_file(key).expect("a key");
                builder
                    .with_client_auth_cert(certificates(cert), key)
                    .expect("a certificate")
            }
        })
    }
}

// === impl Issued ===

impl Issued {
    /// Replaces the files of `old` by these, one after the other, as administrators do.
    pub(crate) fn replace(&self, old: &Self) {
        std::fs::copy(&self.cert, &old.cert).expect("copy a certificate");
        std::fs::copy(&self.key, &old.key).expect("copy a key");
    }
}

/// A path as a text in TOML.
pub(crate) fn quoted(path: &Path) -> String {
    format!("{:?}", path.display().to_string())
}

/// An address as a list in TOML.
pub(crate) fn listed(addr: SocketAddr) -> String {
    format!("[\"{addr}\"]")
}

pub(crate) fn certificates(file: &Path) -> Vec<CertificateDer<'static>> {
    CertificateDer::pem_file_iter(file)
        .expect("a file with certificates")
        .collect::<Result<_, _>>()
        .expect("certificates")
}

const NEW_KEY: &str = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes";

fn openssl(line: &str) {
    let output = Command::new("openssl")
        .args(line.split_whitespace())
        .output()
        .unwrap_or_else(|e| panic!("the tests need openssl: {e}"));
    assert!(output.status.success(), "openssl {line}: {output:?}");
}
