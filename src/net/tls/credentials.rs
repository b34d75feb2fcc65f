//! Certificates and keys, read from the files that settings name.

use std::fs::File;
use std::io::{self, Read};
use std::sync::Arc;

use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::server::{NoServerSessionStorage, WebPkiClientVerifier};
use rustls::version::{TLS12, TLS13};
use rustls::{
    CipherSuite, ClientConfig, RootCertStore, ServerConfig, SupportedCipherSuite,
    SupportedProtocolVersion, client::danger,
};

use super::verifier::AnyName;
use crate::config::{AuthClients, ClusterSettings, Config, ConfigError, ConfigErrors, TlsSettings};

/// What TLS sessions are made of.
#[derive(Debug, Clone, Default)]
pub struct Credentials {
    /// For clients that come with TLS; `None` if none are to.
    pub server: Option<Arc<ServerConfig>>,
    /// For connections to nodes; `None` if they are without TLS.
    pub client: Option<Arc<ClientConfig>>,
}

/// All that is wrong so far.
struct Reader {
    errors: Vec<ConfigError>,
}

/// A certificate with those that lead to its issuer, and its key.
struct Identity {
    chain: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
}

/// The key and the value of a setting that names a file.
#[derive(Clone, Copy)]
struct Named<'a> {
    key: &'static str,
    file: &'a str,
}

/// What a connection with TLS 1.2 can live with for ever.
pub(super) const ENDLESS: [CipherSuite; 2] = [
    CipherSuite::TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,
    CipherSuite::TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
];

const VERSIONS: [&SupportedProtocolVersion; 2] = [&TLS13, &TLS12];

/// A file with all certificates that a system trusts takes a quarter of it.
const FILE_BYTES_MAX: u64 = 1 << 20;

// === impl Credentials ===

impl Credentials {
    /// Reads and checks all files that are needed.
    ///
    /// # Errors
    ///
    /// All that is wrong with them.
    pub fn load(config: &Config) -> Result<Self, ConfigErrors> {
        let mut reader = Reader { errors: Vec::new() };
        let server = if config.tls.listen.is_empty() {
            None
        } else {
            reader.server(&config.tls)
        };
        let client = if config.cluster.tls {
            reader.client(&config.cluster)
        } else {
            None
        };
        for (is_missing, key) in [
            (
                !config.tls.listen.is_empty() && server.is_none(),
                "tls.listen",
            ),
            (config.cluster.tls && client.is_none(), "cluster.tls"),
        ] {
            // Never without TLS where it is wanted, whatever the reason.
            if is_missing && reader.errors.is_empty() {
                let allowed = "only with certificates that can be used";
                reader.errors.push(ConfigError::new(key, "", allowed));
            }
        }
        ConfigErrors(reader.errors)
            .into_result()
            .map(|()| Self { server, client })
    }
}

// === impl Reader ===

impl Reader {
    fn server(&mut self, settings: &TlsSettings) -> Option<Arc<ServerConfig>> {
        let (cert, key) = (
            settings.cert_file.as_deref()?,
            settings.key_file.as_deref()?,
        );
        let cert = Named {
            key: "tls.cert_file",
            file: cert,
        };
        let key = Named {
            key: "tls.key_file",
            file: key,
        };
        let identity = self.identity(cert, key);
        let issuers = settings.ca_cert_file.as_deref().map(|file| Named {
            key: "tls.ca_cert_file",
            file,
        });
        let issuers = issuers.map(|named| (named, self.issuers(named)));
        let builder = ServerConfig::builder_with_provider(provider());
        let builder = builder.with_protocol_versions(&VERSIONS).ok()?;
        let builder = match (settings.auth_clients, issuers) {
            (AuthClients::No, _) | (_, None) => builder.with_no_client_auth(),
            (choice, Some((named, roots))) => {
                let verifier =
                    WebPkiClientVerifier::builder_with_provider(Arc::new(roots?), provider());
                let verifier = match choice {
                    AuthClients::Optional => verifier.allow_unauthenticated(),
                    AuthClients::No | AuthClients::Yes => verifier,
                };
                let verifier = verifier.build().map_err(|error| error.to_string());
                builder.with_client_cert_verifier(self.note(named, CERTIFICATES, verifier)?)
            }
        };
        let Identity { chain, key: secret } = identity?;
        let config = builder.with_single_cert(chain, secret);
        let mut config = self.note(key, KEY_OF_CERT, config.map_err(|e| e.to_string()))?;
        // Tickets that any worker can read, so that a client may come back to another one.
        config.ignore_client_order = true;
        config.session_storage = Arc::new(NoServerSessionStorage {});
        config.ticketer = ring::Ticketer::new().ok()?;
        Some(Arc::new(config))
    }

    fn client(&mut self, settings: &ClusterSettings) -> Option<Arc<ClientConfig>> {
        let issuers = Named {
            key: "cluster.tls_ca_cert_file",
            file: settings.tls_ca_cert_file.as_deref()?,
        };
        let roots = self.issuers(issuers);
        if let Some(name) = &settings.tls_server_name
            && ServerName::try_from(name.as_str()).is_err()
        {
            let allowed = "a host name or an IP address";
            let error = ConfigError::new("cluster.tls_server_name", name, allowed);
            self.errors.push(error);
        }
        let cert = settings.tls_cert_file.as_deref().map(|file| Named {
            key: "cluster.tls_cert_file",
            file,
        });
        let key = settings.tls_key_file.as_deref().map(|file| Named {
            key: "cluster.tls_key_file",
            file,
        });
        let identity = match (cert, key) {
            (Some(cert), Some(key)) => Some((key, self.identity(cert, key)?)),
            _ => None,
        };
        let roots = roots?;
        let builder = ClientConfig::builder_with_provider(provider());
        let builder = builder.with_protocol_versions(&VERSIONS).ok()?;
        let builder = if settings.tls_check_name {
            builder.with_root_certificates(roots)
        } else {
            let any_name: Arc<dyn danger::ServerCertVerifier> =
                Arc::new(AnyName::new(roots, &provider()));
            builder
                .dangerous()
                .with_custom_certificate_verifier(any_name)
        };
        let config = match identity {
            None => builder.with_no_client_auth(),
            Some((key, Identity { chain, key: secret })) => {
                let config = builder.with_client_auth_cert(chain, secret);
                self.note(key, KEY_OF_CERT, config.map_err(|e| e.to_string()))?
            }
        };
        Some(Arc::new(config))
    }

    fn identity(&mut self, cert: Named<'_>, key: Named<'_>) -> Option<Identity> {
        let chain = self.note(cert, CERTIFICATES, read_certificates(cert.file));
        let key = self.note(key, KEY, read_key(key.file));
        Some(Identity {
            chain: chain?,
            key: key?,
        })
    }

    fn issuers(&mut self, named: Named<'_>) -> Option<RootCertStore> {
        let certificates = self.note(named, CERTIFICATES, read_certificates(named.file))?;
        let mut roots = RootCertStore::empty();
        for certificate in certificates {
            let added = roots.add(certificate).map_err(|error| error.to_string());
            self.note(named, CERTIFICATES, added)?;
        }
        Some(roots)
    }

    /// Notes what is wrong with a file.
    fn note<T>(&mut self, named: Named<'_>, allowed: &str, read: Result<T, String>) -> Option<T> {
        let why = match read {
            Ok(read) => return Some(read),
            Err(why) => why,
        };
        let file = format!("\"{}\"", named.file);
        let allowed = format!("{allowed} ({why})");
        self.errors
            .push(ConfigError::new(named.key, &file, allowed));
        None
    }
}

const CERTIFICATES: &str = "the path of a readable file with certificates in PEM";
const KEY: &str = "the path of a readable file with a private key in PEM, without a passphrase";
const KEY_OF_CERT: &str = "the private key of the first certificate in the file beside it";

/// With TLS 1.2 a connection has to end when its cipher has sealed all that it may: AES after 2^24 records, `ChaCha20`
/// never. TLS 1.3 changes its keys before that.
fn provider() -> Arc<CryptoProvider> {
    let mut provider = ring::default_provider();
    provider.cipher_suites.sort_by_key(|suite| match suite {
        SupportedCipherSuite::Tls13(_) => 0,
        suite if ENDLESS.contains(&suite.suite()) => 1,
        SupportedCipherSuite::Tls12(_) => 2,
    });
    Arc::new(provider)
}

fn read_certificates(file: &str) -> Result<Vec<CertificateDer<'static>>, String> {
    let pem = read(file).map_err(|error| error.to_string())?;
    let certificates: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&pem).collect();
    match certificates {
        Ok(certificates) if certificates.is_empty() => Err("it has no certificate".to_owned()),
        Ok(certificates) => Ok(certificates),
        Err(error) => Err(error.to_string()),
    }
}

fn read_key(file: &str) -> Result<PrivateKeyDer<'static>, String> {
    let pem = read(file).map_err(|error| error.to_string())?;
    PrivateKeyDer::from_pem_slice(&pem).map_err(|error| error.to_string())
}

fn read(file: &str) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(file)?
        .take(FILE_BYTES_MAX + 1)
        .read_to_end(&mut bytes)?;
    if bytes.len() as u64 > FILE_BYTES_MAX {
        return Err(io::Error::other("it is too long"));
    }
    Ok(bytes)
}
