//! Addresses of seeds as people write them.

use std::fmt;
use std::net::Ipv6Addr;
use std::str::FromStr;

/// A node from the settings, by name or address; kept as written and resolved at every use.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Seed {
    /// Host name, IPv4 or IPv6 address, without brackets.
    pub host: String,
    /// TCP port.
    pub port: u16,
}

/// The text is not the address of a seed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SeedError {
    /// There is no host.
    EmptyHost,
    /// The host has characters that no host name has.
    Host,
    /// An IPv6 address needs brackets in front of a port, or is none between brackets.
    Brackets,
    /// The port is not a number from 1 to 65535.
    Port,
}

// === impl Seed ===

impl Seed {
    /// The port of a seed that names none.
    pub const PORT: u16 = 6379;
}

impl FromStr for Seed {
    type Err = SeedError;

    /// Reads `host`, `host:port`, `[v6]`, `[v6]:port` or a bare IPv6 address.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.parse::<Ipv6Addr>().is_ok() {
            return Ok(Self {
                host: text.to_owned(),
                port: Self::PORT,
            });
        }
        if let Some(rest) = text.strip_prefix('[') {
            let (host, port) = rest.split_once(']').ok_or(SeedError::Brackets)?;
            host.parse::<Ipv6Addr>().map_err(|_| SeedError::Brackets)?;
            let port = match port.strip_prefix(':') {
                Some(port) => parse_port(port)?,
                None if port.is_empty() => Self::PORT,
                None => return Err(SeedError::Port),
            };
            return Ok(Self {
                host: host.to_owned(),
                port,
            });
        }
        let (host, port) = match text.split_once(':') {
            Some((host, port)) => (host, parse_port(port)?),
            None => (text, Self::PORT),
        };
        if host.is_empty() {
            return Err(SeedError::EmptyHost);
        }
        if !host
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_'))
        {
            return Err(SeedError::Host);
        }
        Ok(Self {
            host: host.to_owned(),
            port,
        })
    }
}

impl fmt::Display for Seed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.host.contains(':') {
            write!(f, "[{}]:{}", self.host, self.port)
        } else {
            write!(f, "{}:{}", self.host, self.port)
        }
    }
}

fn parse_port(text: &str) -> Result<u16, SeedError> {
    // `u16::from_str` would also take a leading plus sign.
    if text.is_empty() || !text.bytes().all(|b| b.is_ascii_digit()) {
        return Err(SeedError::Port);
    }
    match text.parse() {
        Ok(0) | Err(_) => Err(SeedError::Port),
        Ok(port) => Ok(port),
    }
}

#[cfg(test)]
mod tests {
    use super::{Seed, SeedError};

    #[test]
    fn reads_what_people_write() {
        for (text, host, port) in [
            ("10.0.0.1:7000", "10.0.0.1", 7000),
            ("10.0.0.1", "10.0.0.1", 6379),
            ("redis-0.redis.svc:6380", "redis-0.redis.svc", 6380),
            ("redis_node", "redis_node", 6379),
            ("[::1]:7000", "::1", 7000),
            ("[fd00::17]", "fd00::17", 6379),
            ("::1", "::1", 6379),
        ] {
            let seed: Seed = text.parse().expect(text);
            assert_eq!((seed.host.as_str(), seed.port), (host, port), "{text}");
            assert_eq!(
                seed.to_string().parse(),
                Ok(seed),
                "{text} does not print as itself"
            );
        }
    }

    #[test]
    fn refuses_what_is_no_address() {
        for (text, error) in [
            ("", SeedError::EmptyHost),
            (":7000", SeedError::EmptyHost),
            ("redis:", SeedError::Port),
            ("redis:0", SeedError::Port),
            ("redis:65536", SeedError::Port),
            ("redis:+1", SeedError::Port),
            ("redis:70 00", SeedError::Port),
            ("redis/0", SeedError::Host),
            ("user@redis:7000", SeedError::Host),
            ("[::1", SeedError::Brackets),
            ("[redis]:7000", SeedError::Brackets),
            ("[::1]7000", SeedError::Port),
            ("1:2:3", SeedError::Port),
        ] {
            assert_eq!(text.parse::<Seed>(), Err(error), "{text}");
        }
    }
}
