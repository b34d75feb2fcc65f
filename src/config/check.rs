//! How settings must relate to each other.

use std::net::SocketAddr;

use super::error::{ConfigError, ConfigErrors};
use super::secret::Secret;
use super::{AuthClients, Config, units};

// === impl Config ===

impl Config {
    /// Checks what no single value shows: that enough is given and that the values fit together.
    ///
    /// # Errors
    ///
    /// All relations that do not hold.
    pub fn check(&self) -> Result<(), ConfigErrors> {
        let mut errors = Vec::new();
        self.check_addresses(&mut errors);
        self.check_cluster(&mut errors);
        self.check_tls(&mut errors);
        self.check_limits(&mut errors);
        ConfigErrors(errors).into_result()
    }

    /// Checks that no password is the mask that [`Config::print`] shows in its place: a proxy that
    /// runs with printed settings would take a password that everyone knows.
    ///
    /// # Errors
    ///
    /// The keys of such passwords.
    pub fn check_passwords(&self) -> Result<(), ConfigErrors> {
        let mut errors = Vec::new();
        let of_users = self.clients.users.iter().enumerate();
        let of_users = of_users.flat_map(|(index, user)| {
            let key = format!("clients.users[{index}].password");
            user.passwords
                .iter()
                .map(move |password| (key.clone(), password))
        });
        let cluster = self.cluster.password.iter();
        let clients = self.clients.password.iter();
        let all = cluster
            .map(|password| ("cluster.password".to_owned(), password))
            .chain(clients.map(|password| ("clients.password".to_owned(), password)))
            .chain(of_users);
        for (key, password) in all {
            if password.reveal() == Secret::MASK {
                let allowed = "the password itself; this is what --print-config shows instead";
                errors.push(ConfigError::masked(key, allowed));
            }
        }
        ConfigErrors(errors).into_result()
    }

    fn check_addresses(&self, errors: &mut Vec<ConfigError>) {
        if self.seeds.is_empty() {
            let allowed = "at least one node of the cluster, such as \"redis-0:6379\"";
            errors.push(ConfigError::new("seeds", "[]", allowed));
        }
        if self.listen.is_empty() && self.tls.listen.is_empty() {
            let allowed = "at least one address here or in tls.listen";
            errors.push(ConfigError::new("listen", "[]", allowed));
        }
        let plain = (0..).zip(&self.listen).map(|(index, at)| ("", index, at));
        let secure = (0..).zip(&self.tls.listen);
        let all = plain.chain(secure.map(|(index, at)| ("tls.", index, at)));
        let mut earlier: Vec<&SocketAddr> = Vec::new();
        for (section, index, address) in all {
            let is_taken = earlier.iter().any(|earlier| overlap(earlier, address));
            earlier.push(address);
            if is_taken {
                let key = format!("{section}listen[{index}]");
                let allowed = "an address that no earlier entry includes";
                errors.push(ConfigError::new(key, &format!("\"{address}\""), allowed));
            }
        }
        if let Some(admin) = &self.admin.listen
            && earlier.iter().any(|address| overlap(address, admin))
        {
            let allowed = "another address than those in listen and tls.listen";
            errors.push(ConfigError::new(
                "admin.listen",
                &format!("\"{admin}\""),
                allowed,
            ));
        }
    }

    fn check_cluster(&self, errors: &mut Vec<ConfigError>) {
        let cluster = &self.cluster;
        for (key, value, other, most) in [
            (
                "cluster.refresh_interval_min",
                cluster.refresh_interval_min,
                "cluster.refresh_interval",
                cluster.refresh_interval,
            ),
            (
                "cluster.connect_timeout",
                cluster.connect_timeout,
                "cluster.server_timeout",
                cluster.server_timeout,
            ),
            (
                "cluster.failover_hold",
                cluster.failover_hold.unwrap_or_default(),
                "cluster.server_timeout",
                cluster.server_timeout,
            ),
            (
                "cluster.retry_delay",
                cluster.retry_delay,
                "cluster.server_timeout",
                cluster.server_timeout,
            ),
        ] {
            if value > most {
                let value = format!("\"{}\"", units::print_duration(value));
                let most = units::print_duration(most);
                errors.push(ConfigError::new(
                    key,
                    &value,
                    format!("at most {other}, now {most}"),
                ));
            }
        }
        if let (Some(username), None) = (&cluster.username, &cluster.password) {
            let allowed = "only together with cluster.password or cluster.password_file";
            errors.push(ConfigError::new(
                "cluster.username",
                &format!("\"{username}\""),
                allowed,
            ));
        }
        let priorities = [
            cluster.master_read_priority,
            cluster.static_replica_read_priority,
            cluster.dynamic_replica_read_priority,
        ];
        if priorities == [0; 3] {
            let allowed = "above 0, or one of the two replica priorities above 0; else nothing \
                           could be read";
            errors.push(ConfigError::new(
                "cluster.master_read_priority",
                "0",
                allowed,
            ));
        }
    }

    fn check_tls(&self, errors: &mut Vec<ConfigError>) {
        let (tls, cluster) = (&self.tls, &self.cluster);
        let mut need = |is_needed: bool, key: &str, file: &Option<String>, allowed: &str| {
            if is_needed && file.is_none() {
                errors.push(ConfigError::new(key, "", allowed));
            }
        };
        let is_on = !tls.listen.is_empty();
        let (cert, key) = (&tls.cert_file, &tls.key_file);
        let of_clients = "has to be set with tls.listen, tls.cert_file and tls.key_file together";
        need(is_on || key.is_some(), "tls.cert_file", cert, of_clients);
        need(is_on || cert.is_some(), "tls.key_file", key, of_clients);
        let asks = tls.auth_clients != AuthClients::No;
        let issuers = "has to be set for tls.auth_clients = \"optional\" or \"yes\"";
        need(asks, "tls.ca_cert_file", &tls.ca_cert_file, issuers);
        let (cert, key) = (&cluster.tls_cert_file, &cluster.tls_key_file);
        let both = "has to be set with cluster.tls_cert_file and cluster.tls_key_file together";
        need(key.is_some(), "cluster.tls_cert_file", cert, both);
        need(cert.is_some(), "cluster.tls_key_file", key, both);
        let ca_cert = &cluster.tls_ca_cert_file;
        let issuers = "has to be set for cluster.tls = true";
        need(cluster.tls, "cluster.tls_ca_cert_file", ca_cert, issuers);
        if !asks && tls.ca_cert_file.is_some() {
            let allowed =
                "\"optional\" or \"yes\" when tls.ca_cert_file is set; else nobody is checked";
            errors.push(ConfigError::new("tls.auth_clients", "\"no\"", allowed));
        }
        let of_nodes = [ca_cert, cert, key, &cluster.tls_server_name];
        if !cluster.tls && of_nodes.iter().any(|setting| setting.is_some()) {
            let allowed = "true when other settings of cluster.tls_* are set";
            errors.push(ConfigError::new("cluster.tls", "false", allowed));
        }
    }

    fn check_limits(&self, errors: &mut Vec<ConfigError>) {
        let limits = &self.limits;
        if limits.client_output_pause > limits.client_output_max {
            let value = format!("\"{}\"", units::print_size(limits.client_output_pause));
            let most = units::print_size(limits.client_output_max);
            let allowed = format!("at most limits.client_output_max, now {most}");
            errors.push(ConfigError::new(
                "limits.client_output_pause",
                &value,
                allowed,
            ));
        }
        if limits.subscriber_output_soft > limits.subscriber_output_max {
            let value = format!("\"{}\"", units::print_size(limits.subscriber_output_soft));
            let most = units::print_size(limits.subscriber_output_max);
            let allowed = format!("at most limits.subscriber_output_max, now {most}");
            errors.push(ConfigError::new(
                "limits.subscriber_output_soft",
                &value,
                allowed,
            ));
        }
        if limits.clients_max < self.workers {
            let value = limits.clients_max.to_string();
            let allowed = format!("at least one for each of the {} workers", self.workers);
            errors.push(ConfigError::new("limits.clients_max", &value, allowed));
        }
        let least = MEMORY_MIN_PER_WORKER.saturating_mul(self.workers.max(1));
        if limits.memory_max != 0 && limits.memory_max < least {
            let value = format!("\"{}\"", units::print_size(limits.memory_max));
            let allowed = format!("0B for no limit, or at least {}", units::print_size(least));
            errors.push(ConfigError::new("limits.memory_max", &value, allowed));
        }
    }
}

/// Whether one socket could not be bound because of the other.
fn overlap(a: &SocketAddr, b: &SocketAddr) -> bool {
    a.port() == b.port()
        && (a.ip() == b.ip()
            || a.is_ipv4() == b.is_ipv4() && (a.ip().is_unspecified() || b.ip().is_unspecified()))
}

/// With less, a worker could do nothing but pause: it needs room to read a few clients at once.
pub(crate) const MEMORY_MIN_PER_WORKER: usize = 16 << 20;
