//! Which clients CLIENT LIST shows and CLIENT KILL closes.

use std::time::Duration;

use super::super::answers;
use super::super::client::ClientSession;
use super::super::time::Time;
use crate::access::Access;
use crate::resp::int;

/// Conditions, all of which a client has to meet.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Filter {
    /// One of these numbers, if there are any.
    ids: Vec<u64>,
    kind: Option<Kind>,
    peer: Option<Box<[u8]>>,
    local: Option<Box<[u8]>>,
    user: Option<Box<[u8]>>,
    /// Connected for at least so many seconds.
    age: Option<u64>,
    /// The client that asks is spared, unless it says otherwise.
    pub(super) spares_asker: bool,
}

/// Types of clients as servers tell them apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Normal,
    PubSub,
    /// Primaries and replicas, which are never clients here.
    Node,
}

// === impl Filter ===

impl Filter {
    /// The filter of CLIENT KILL with an address alone: that client, also if it is the one that asks.
    pub(super) fn address(peer: &[u8]) -> Self {
        Self {
            peer: Some(peer.into()),
            ..Self::default()
        }
    }

    /// Reads names and values. In a list several numbers may follow ID.
    ///
    /// # Errors
    ///
    /// The error line, in the servers' words.
    pub(super) fn parse<'a>(
        args: impl Iterator<Item = &'a [u8]>,
        access: &Access,
        is_list: bool,
    ) -> Result<Self, String> {
        let mut filter = Self {
            spares_asker: !is_list,
            ..Self::default()
        };
        let mut args = args.peekable();
        while let Some(name) = args.next() {
            let name = name.to_ascii_lowercase();
            let value = args.next().ok_or(answers::SYNTAX)?;
            match name.as_slice() {
                b"id" => {
                    filter.ids.push(id(value, is_list)?);
                    while let Some(more) = args.next_if(|arg| is_list && is_number(arg)) {
                        filter.ids.push(id(more, is_list)?);
                    }
                    if is_list && let Some(wrong) = args.peek() {
                        is_name(wrong)
                            .then_some(())
                            .ok_or("ERR Invalid client ID")?;
                    }
                }
                b"type" => filter.kind = Some(Kind::parse(value)?),
                b"addr" => filter.peer = Some(value.into()),
                b"laddr" => filter.local = Some(value.into()),
                b"user" => {
                    let is_known = access.find(value).is_some() || value == b"default";
                    if !is_known {
                        return Err(format!("ERR No such user '{}'", answers::quote(value)));
                    }
                    filter.user = Some(value.into());
                }
                b"skipme" if value.eq_ignore_ascii_case(b"yes") => filter.spares_asker = true,
                b"skipme" if value.eq_ignore_ascii_case(b"no") => filter.spares_asker = false,
                b"maxage" => {
                    let age = int::parse_i64(value).and_then(|age| u64::try_from(age).ok());
                    filter.age = Some(age.filter(|age| *age > 0).ok_or(MAXAGE)?);
                }
                _ => return Err(answers::SYNTAX.to_owned()),
            }
        }
        Ok(filter)
    }

    /// Whether a client meets all conditions.
    pub(super) fn takes(&self, client: &ClientSession, access: &Access, now: Time) -> bool {
        let is = |wanted: &Option<Box<[u8]>>, text: String| {
            wanted
                .as_ref()
                .is_none_or(|wanted| **wanted == *text.as_bytes())
        };
        let age = Duration::from_nanos(now.since(client.connected_at)).as_secs();
        (self.ids.is_empty() || self.ids.contains(&client.number))
            && self.kind.is_none_or(|kind| kind == Kind::of(client))
            && is(&self.peer, client.peer.to_string())
            && is(&self.local, client.local.to_string())
            && is(&self.user, access.name(client.user).to_owned())
            && self.age.is_none_or(|least| age >= least)
    }
}

// === impl Kind ===

impl Kind {
    fn of(client: &ClientSession) -> Self {
        if client.listens() {
            Self::PubSub
        } else {
            Self::Normal
        }
    }

    fn parse(word: &[u8]) -> Result<Self, String> {
        match word.to_ascii_lowercase().as_slice() {
            b"normal" => Ok(Self::Normal),
            b"pubsub" => Ok(Self::PubSub),
            b"master" | b"primary" | b"replica" | b"slave" => Ok(Self::Node),
            _ => {
                let word = answers::quote(word);
                Err(format!("ERR Unknown client type '{word}'"))
            }
        }
    }
}

fn is_number(arg: &[u8]) -> bool {
    int::parse_i64(arg).is_some()
}

fn is_name(arg: &[u8]) -> bool {
    NAMES
        .iter()
        .any(|name| arg.eq_ignore_ascii_case(name.as_bytes()))
}

fn id(value: &[u8], is_list: bool) -> Result<u64, String> {
    let wrong = if is_list {
        "ERR Invalid client ID"
    } else {
        "ERR client-id should be greater than 0"
    };
    int::parse_i64(value)
        .and_then(|id| u64::try_from(id).ok())
        .filter(|id| is_list || *id > 0)
        .ok_or_else(|| wrong.to_owned())
}

const NAMES: [&str; 7] = ["id", "type", "addr", "laddr", "user", "skipme", "maxage"];

const MAXAGE: &str = "ERR maxage is not an integer or out of range";

#[cfg(test)]
mod tests {
    use super::Filter;
    use crate::access::Access;
    use crate::config::ClientSettings;
    use crate::pipeline::Time;
    use crate::pipeline::client::ClientSession;

    fn parse(line: &str, is_list: bool) -> Result<Filter, String> {
        let words = line.split_whitespace().map(str::as_bytes);
        Filter::parse(words, &Access::new(&ClientSettings::default()), is_list)
    }

    #[test]
    fn conditions_are_met_together() {
        let peer = "10.0.0.1:5000".parse().unwrap();
        let local = "10.0.0.2:7617".parse().unwrap();
        let client = ClientSession::new(7, peer, local, Time(0));
        let now = Time(5_000_000_000);
        let access = Access::new(&ClientSettings::default());
        let rows = [
            ("", true),
            ("ID 7", true),
            ("ID 8", false),
            ("type normal", true),
            ("TYPE replica", false),
            ("TYPE pubsub", false),
            ("ADDR 10.0.0.1:5000", true),
            ("ADDR 10.0.0.1:5001", false),
            ("LADDR 10.0.0.2:7617 ADDR 10.0.0.1:5000", true),
            ("LADDR 10.0.0.1:5000", false),
            ("USER default", true),
            ("MAXAGE 5", true),
            ("MAXAGE 6", false),
            ("ID 7 MAXAGE 6", false),
        ];
        for (line, expected) in rows {
            for is_list in [false, true] {
                let filter = parse(line, is_list).unwrap();
                let takes = filter.takes(&client, &access, now);
                assert_eq!(takes, expected, "{line}");
            }
        }
        let list = parse("ID 1 7 9 TYPE normal", true).unwrap();
        assert!(list.takes(&client, &access, now));
    }

    #[test]
    fn errors_are_those_of_servers() {
        let rows = [
            ("ID", false, "ERR syntax error"),
            ("NOSUCH x", false, "ERR syntax error"),
            ("SKIPME maybe", false, "ERR syntax error"),
            ("ID x", false, "ERR client-id should be greater than 0"),
            ("ID 0", false, "ERR client-id should be greater than 0"),
            ("ID 1 2", false, "ERR syntax error"),
            ("ID x", true, "ERR Invalid client ID"),
            ("ID 1 x", true, "ERR Invalid client ID"),
            ("TYPE x", true, "ERR Unknown client type 'x'"),
            ("USER nobody", false, "ERR No such user 'nobody'"),
        ];
        for (line, is_list, expected) in rows {
            assert_eq!(parse(line, is_list), Err(expected.to_owned()), "{line}");
        }
        assert!(parse("", false).unwrap().spares_asker);
        assert!(!parse("SKIPME no", false).unwrap().spares_asker);
        assert!(!Filter::address(b"1.1.1.1:1").spares_asker);
    }
}
