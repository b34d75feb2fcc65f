//! Certificates and keys that change while the process runs.
//!
//! Their files are looked at from time to time. New TLS sessions are made of what the files hold then; those that
//! are there go on as they are. If anything is wrong with the files, nothing changes.

use std::rc::Rc;
use std::time::Duration;

use super::Control;
use super::fetch::Fetcher;
use crate::net::tls::{Credentials, Watch};

/// The files, and when they are looked at.
#[derive(Debug, Default)]
pub(super) struct Certificates {
    watch: Watch,
    next: Duration,
}

// === impl Control ===

impl Control {
    /// Gives it what TLS sessions are made of, which the workers have already, and how the files looked.
    #[must_use]
    pub fn with_credentials(mut self, credentials: Credentials, watch: Watch) -> Self {
        self.certificates.watch = watch;
        self.fetcher = Rc::new(Fetcher::new(&self.config.cluster, credentials.client));
        self
    }

    /// Reads the files again if one of them has changed.
    pub(super) fn look_at_certificates(&mut self) {
        let (interval, now) = (self.config.tls.reload_interval, self.clock.elapsed());
        let certificates = &mut self.certificates;
        if interval.is_zero() || now < certificates.next {
            return;
        }
        certificates.next = now + interval;
        if !certificates.watch.has_news() {
            return;
        }
        match Credentials::load(&self.config) {
            Ok(credentials) => {
                self.state.borrow_mut().certificates.changed += 1;
                log::info!("certificates and keys read again, new connections use them");
                self.put_credentials(credentials);
            }
            Err(errors) => {
                self.state.borrow_mut().certificates.refused += 1;
                for error in &errors.0 {
                    log::error!("{error}");
                }
                log::error!("certificates and keys are bad, those in force stay");
            }
        }
    }

    /// Has new TLS sessions made of these.
    pub(super) fn put_credentials(&mut self, credentials: Credentials) {
        let client = credentials.client.clone();
        self.fetcher = Rc::new(Fetcher::new(&self.config.cluster, client));
        self.broadcast.put_credentials(credentials);
    }

    /// Has new TLS sessions made of these, which new settings name.
    pub(super) fn renew_credentials(&mut self, credentials: Credentials, watch: Watch) {
        self.certificates.watch = watch;
        self.put_credentials(credentials);
    }
}
