//! Which clients CLIENT LIST shows and CLIENT KILL closes.

use std::time::Duration;

use super::super::answers;
use super::super::client::{ClientSession, Identity};
use super::super::time::Time;
use super::names;
use crate::access::Access;
use crate::resp::int;

/// Conditions, all of which a client has to meet.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Filter {
    wanted: Conditions,
    /// What no client may be that is taken: those that begin with NOT.
    unwanted: Conditions,
    /// Connected for at least so many seconds.
    age: Option<u64>,
    /// Silent for at least so many seconds.
    idle: Option<u64>,
    /// The client that asks is spared, unless it says otherwise.
    pub(super) spares_asker: bool,
}

/// What clients are told apart by; what is absent was not asked for.
#[derive(Debug, Default, PartialEq, Eq)]
struct Conditions {
    /// One of these numbers, if there are any.
    ids: Vec<u64>,
    kind: Option<Kind>,
    /// Letters, all of which CLIENT LIST shows.
    flags: Option<Text>,
    peer: Option<Text>,
    ip: Option<Text>,
    local: Option<Text>,
    user: Option<Text>,
    name: Option<Text>,
    library_name: Option<Text>,
    library_version: Option<Text>,
    /// It is redirected, as it said with CLIENT CAPA.
    redirects: bool,
    database: Option<u64>,
}

type Text = Box<[u8]>;

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
        let mut filter = Self::default();
        filter.wanted.peer = Some(peer.into());
        filter
    }

    /// Reads names and values. Several numbers may follow ID.
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
            let (conditions, word) = match name.strip_prefix(b"not-") {
                Some(word) => (&mut filter.unwanted, word),
                None => (&mut filter.wanted, name.as_slice()),
            };
            match word {
                b"id" => {
                    conditions.ids.push(id(value, is_list)?);
                    while let Some(more) = args.next_if(|arg| is_number(arg)) {
                        conditions.ids.push(id(more, is_list)?);
                    }
                    if is_list && let Some(wrong) = args.peek() {
                        is_name(wrong)
                            .then_some(())
                            .ok_or("ERR Invalid client ID")?;
                    }
                }
                _ if conditions.read(word, value, access)? => {}
                _ if word.len() < name.len() => return Err(answers::SYNTAX.to_owned()),
                b"skipme" if value.eq_ignore_ascii_case(b"yes") => filter.spares_asker = true,
                b"skipme" if value.eq_ignore_ascii_case(b"no") => filter.spares_asker = false,
                b"maxage" => {
                    let age = int::parse_i64(value).and_then(|age| u64::try_from(age).ok());
                    filter.age = Some(age.filter(|age| *age > 0).ok_or(MAXAGE)?);
                }
                b"idle" => {
                    let idle = int::parse_i64(value).ok_or(IDLE)?;
                    let idle = u64::try_from(idle).ok().filter(|idle| *idle > 0);
                    filter.idle = Some(idle.ok_or(IDLE_POSITIVE)?);
                }
                _ => return Err(answers::SYNTAX.to_owned()),
            }
        }
        Ok(filter)
    }

    /// Whether a client meets all conditions.
    pub(super) fn takes(&self, client: &ClientSession, access: &Access, now: Time) -> bool {
        let seconds = |since| Duration::from_nanos(now.since(since)).as_secs();
        let mut wanted = self.wanted.met_by(client, access).into_iter().flatten();
        let mut unwanted = self.unwanted.met_by(client, access).into_iter().flatten();
        wanted.all(|is_met| is_met)
            && !unwanted.any(|is_met| is_met)
            && self
                .age
                .is_none_or(|least| seconds(client.connected_at) >= least)
            && self
                .idle
                .is_none_or(|least| seconds(client.last_active) >= least)
    }
}

// === impl Conditions ===

impl Conditions {
    /// Notes what is asked for; false if there is nothing of this name.
    fn read(&mut self, name: &[u8], value: &[u8], access: &Access) -> Result<bool, String> {
        let text = Some(Text::from(value));
        match name {
            b"type" => self.kind = Some(Kind::parse(value)?),
            b"flags" => {
                only_letters(value, FLAGS, "flags")?;
                self.flags = text;
            }
            b"capa" => {
                only_letters(value, "r", "capa")?;
                self.redirects = true;
            }
            b"user" => {
                let is_known = access.find(value).is_some() || value == b"default";
                if !is_known {
                    return Err(format!("ERR No such user '{}'", answers::quote(value)));
                }
                self.user = text;
            }
            b"db" => {
                let number = int::parse_i64(value).ok_or(DATABASE)?;
                self.database = Some(u64::try_from(number).map_err(|_| DATABASE)?);
            }
            b"addr" => self.peer = text,
            b"ip" => self.ip = text,
            b"laddr" => self.local = text,
            b"name" => self.name = text,
            b"lib-name" => self.library_name = text,
            b"lib-ver" => self.library_version = text,
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// Of each condition that was asked for, if a client meets it.
    fn met_by(&self, client: &ClientSession, access: &Access) -> [Option<bool>; 12] {
        let is = |wanted: &Option<Text>, text: String| {
            let wanted = wanted.as_ref()?;
            Some(**wanted == *text.as_bytes())
        };
        // What a client has not said is no name, not an empty one.
        let calls_itself = |wanted: &Option<Text>, pick: fn(&Identity) -> &[u8]| {
            let wanted = wanted.as_deref()?;
            let said = client.identity.as_deref().map(pick);
            Some(said.is_some_and(|said| !said.is_empty() && said == wanted))
        };
        let shows = |letters: &Text| {
            let flags = names::flags(client);
            letters
                .iter()
                .all(|letter| flags.as_bytes().contains(letter))
        };
        let ids = &self.ids;
        [
            (!ids.is_empty()).then(|| ids.contains(&client.number)),
            self.kind.map(|kind| kind == Kind::of(client)),
            self.flags.as_ref().map(shows),
            is(&self.peer, client.peer.to_string()),
            is(&self.ip, client.peer.ip().to_string()),
            is(&self.local, client.local.to_string()),
            is(&self.user, access.name(client.user).to_owned()),
            calls_itself(&self.name, |identity| &identity.name),
            calls_itself(&self.library_name, |identity| &identity.library_name),
            calls_itself(&self.library_version, |identity| &identity.library_version),
            self.redirects.then_some(client.marks.redirects),
            self.database
                .map(|number| number == u64::from(client.database)),
        ]
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
    let arg = arg.to_ascii_lowercase();
    let word = arg.strip_prefix(b"not-").unwrap_or(&arg);
    NAMES.iter().any(|name| word == name.as_bytes()) || word == b"ip"
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

/// Fails unless all letters are known ones.
fn only_letters(value: &[u8], known: &str, what: &str) -> Result<(), String> {
    if value.iter().all(|letter| known.as_bytes().contains(letter)) {
        return Ok(());
    }
    let value = answers::quote(value);
    Err(format!(
        "ERR Unknown {what} found in the provided filter: {value}"
    ))
}

const NAMES: [&str; 14] = [
    "id", "type", "addr", "laddr", "user", "skipme", "maxage", "flags", "name", "idle", "lib-name",
    "lib-ver", "db", "capa",
];

/// Letters of modes that servers know.
const FLAGS: &str = "bcdeirtuxABEIMNOPRSTU";

const DATABASE: &str = "ERR DB is not an integer or out of range";
const IDLE: &str = "ERR idle is not an integer or out of range";
const IDLE_POSITIVE: &str = "ERR idle should be greater than 0";
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
        let mut client = ClientSession::new(7, peer, local, Time(0));
        client.last_active = Time(2_500_000_000);
        client.marks.read_only = true;
        client.identity_mut().name = (*b"shop").into();
        client.identity_mut().library_name = (*b"lib").into();
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
            ("ID 6 7 8 MAXAGE 5", true),
            ("NOT-ID 7", false),
            ("NOT-ID 8 9 TYPE normal", true),
            ("ID 6 NOT-ID 7", false),
            ("not-type pubsub", true),
            ("NOT-TYPE normal", false),
            ("FLAGS r", true),
            ("FLAGS rO", false),
            ("FLAGS N", false),
            ("NOT-FLAGS rO", true),
            ("NOT-FLAGS r", false),
            ("IP 10.0.0.1", true),
            ("NOT-IP 10.0.0.1", false),
            ("NOT-ADDR 10.0.0.1:5001 NOT-LADDR 10.0.0.1:1", true),
            ("NAME shop", true),
            ("NAME sho", false),
            ("NOT-NAME shop", false),
            ("NOT-NAME x", true),
            ("LIB-NAME lib NOT-LIB-VER 1", true),
            ("LIB-VER 1", false),
            ("NOT-LIB-VER 1", true),
            ("DB 0 NOT-DB 1", true),
            ("DB 3", false),
            ("CAPA r", false),
            ("NOT-CAPA r", true),
            ("NOT-USER default", false),
            ("IDLE 2", true),
            ("IDLE 3", false),
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
            ("ID 1 2 x", false, "ERR syntax error"),
            ("NOT-MAXAGE 1", true, "ERR syntax error"),
            ("NOT-SKIPME yes", true, "ERR syntax error"),
            ("NOT-USER nobody", true, "ERR No such user 'nobody'"),
            (
                "FLAGS Nz",
                true,
                "ERR Unknown flags found in the provided filter: Nz",
            ),
            (
                "NOT-CAPA z",
                true,
                "ERR Unknown capa found in the provided filter: z",
            ),
            ("IDLE x", true, "ERR idle is not an integer or out of range"),
            ("IDLE 0", true, "ERR idle should be greater than 0"),
            ("DB x", true, "ERR DB is not an integer or out of range"),
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
