//! Certificates and keys that change while the process runs.
//!
//! Their files are looked at from time to time. New TLS sessions are made of what the files hold then; those that
//! are there go on as they are. If anything is wrong with the files, nothing changes.

use std::rc::Rc;
use std::time::Duration;

use super::Control;
use super::fetch::Fetcher;
use crate::config::Config;
use crate::net::tls::{Credentials, Watch};

/// The files, and when they are looked at.
#[derive(Debug)]
pub(super) struct Certificates {
    /// What control's own connections are made of.
    pub(super) credentials: Credentials,
    watch: Watch,
    next: Duration,
}

// === impl Certificates ===

impl Certificates {
    pub(super) fn new(config: &Config, credentials: Credentials) -> Self {
        Self {
            credentials,
            watch: Watch::new(config),
            next: Duration::ZERO,
        }
    }
}

// === impl Control ===

impl Control {
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
        let mut state = self.state.borrow_mut();
        match Credentials::load(&self.config) {
            Ok(credentials) => {
                state.certificates.changed += 1;
                log::info!("certificates and keys read again, new connections use them");
                certificates.credentials = credentials.clone();
                let client = credentials.client.clone();
                self.fetcher = Rc::new(Fetcher::new(&self.config.cluster, client));
                self.broadcast.put_credentials(credentials);
            }
            Err(errors) => {
                state.certificates.refused += 1;
                for error in &errors.0 {
                    log::error!("{error}");
                }
                log::error!("certificates and keys are bad, those in force stay");
            }
        }
    }
}
