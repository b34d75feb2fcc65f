//! AUTH, HELLO and RESET: who a client is and how it is spoken to.

use super::super::client::Marks;
use super::super::slab::Key;
use super::super::{Pipeline, answers};
use super::names::is_valid_name;
use crate::resp::{Protocol, RequestView, int, write};

const HELLO_NOAUTH: &str = "NOAUTH HELLO must be called with the client already authenticated, \
     otherwise the HELLO <proto> AUTH <user> <pass> option can be used to authenticate the client \
     and select the RESP protocol version at the same time";

/// What HELLO asks for.
#[derive(Debug, Default)]
struct Hello<'a> {
    protocol: Option<Protocol>,
    credentials: Option<(&'a [u8], &'a [u8])>,
    name: Option<&'a [u8]>,
}

impl Pipeline {
    /// AUTH password, or AUTH user password.
    pub(super) fn auth(&mut self, key: Key, view: &RequestView<'_>, out: &mut Vec<u8>) {
        let (user, password) = match (view.arg(1), view.arg(2)) {
            (Some(user), Some(password)) => (Some(user), password),
            (password, _) => (None, password.unwrap_or_default()),
        };
        if view.len_args() > 3 {
            write::error(out, answers::SYNTAX);
        } else if user.is_none() && self.access.takes_any_password() {
            write::error(out, answers::AUTH_NOT_CONFIGURED);
        } else if self.accept(key, user, password, "AUTH") {
            write::simple(out, "OK");
        } else {
            write::error(out, answers::WRONGPASS);
        }
    }

    /// HELLO [2|3 [AUTH user password] [SETNAME name]].
    pub(super) fn hello(&mut self, key: Key, view: &RequestView<'_>, out: &mut Vec<u8>) {
        let hello = match Hello::parse(view) {
            Ok(hello) => hello,
            Err(text) => return write::error(out, &text),
        };
        if let Some((user, password)) = hello.credentials
            && !self.accept(key, Some(user), password, "HELLO")
        {
            return write::error(out, answers::WRONGPASS);
        }
        let Some(client) = self.clients.get_mut(key) else {
            return;
        };
        if !client.authenticated {
            self.stats.counters.errors_auth += 1;
            return write::error(out, HELLO_NOAUTH);
        }
        if let Some(name) = hello.name {
            client.identity_mut().name = name.into();
        }
        client.protocol = hello.protocol.unwrap_or(client.protocol);
        let (protocol, number) = (client.protocol, client.number);
        self.note_confinement(key);
        write::map(out, 7, protocol);
        write::bulk(out, b"server");
        write::bulk(
            out,
            self.server
                .server_name
                .as_deref()
                .unwrap_or("redis")
                .as_bytes(),
        );
        write::bulk(out, b"version");
        write::bulk(out, self.server.version().as_bytes());
        write::bulk(out, b"proto");
        write::integer(out, if protocol == Protocol::Resp3 { 3 } else { 2 });
        write::bulk(out, b"id");
        write::integer(out, i64::try_from(number).unwrap_or(i64::MAX));
        for text in [
            b"mode".as_slice(),
            b"standalone",
            b"role",
            b"master",
            b"modules",
        ] {
            write::bulk(out, text);
        }
        write::array(out, 0);
    }

    /// RESET: the connection is as it was when it came.
    pub(super) fn reset(&mut self, key: Key, out: &mut Vec<u8>) {
        let mut is_skipped = false;
        if let Some(client) = self.clients.get_mut(key) {
            let quiet = client.quiet.as_ref();
            is_skipped = quiet.is_some_and(|quiet| quiet.skips_newest());
            client.protocol = Protocol::Resp2;
            client.database = 0;
            client.marks = Marks::default();
            // The library stays the same whatever its user does with the connection.
            if let Some(identity) = &mut client.identity {
                identity.name = Box::default();
            }
            client.enter_unnamed(&self.access);
        }
        self.stop_tracking(key);
        self.forget_quiet(key, true);
        self.forget_monitor(key);
        self.forget_subscriber(key);
        self.forget_transaction(key);
        self.end_watch(key);
        // Servers forget OFF before they answer, and SKIP behind it.
        if !is_skipped {
            write::simple(out, "RESET");
        }
    }
}

// === impl Hello ===

impl<'a> Hello<'a> {
    fn parse(view: &RequestView<'a>) -> Result<Self, String> {
        let mut hello = Self::default();
        let mut args = view.args().skip(1);
        let Some(version) = args.next() else {
            return Ok(hello);
        };
        hello.protocol = Some(match int::parse_i64(version) {
            Some(2) => Protocol::Resp2,
            Some(3) => Protocol::Resp3,
            Some(_) => return Err(answers::NOPROTO.to_owned()),
            None => return Err(answers::PROTOCOL_NOT_INTEGER.to_owned()),
        });
        while let Some(option) = args.next() {
            let unknown = || {
                let option = answers::quote(option);
                format!("ERR Syntax error in HELLO option '{option}'")
            };
            if option.eq_ignore_ascii_case(b"AUTH") {
                let user = args.next().ok_or_else(unknown)?;
                let password = args.next().ok_or_else(unknown)?;
                hello.credentials = Some((user, password));
            } else if option.eq_ignore_ascii_case(b"SETNAME") {
                // Before anything changes: a client that gets an error is who it was.
                let name = args.next().ok_or_else(unknown)?;
                if !is_valid_name(name) {
                    return Err(answers::CLIENT_NAME.to_owned());
                }
                hello.name = Some(name);
            } else {
                return Err(unknown());
            }
        }
        Ok(hello)
    }
}

#[cfg(test)]
mod tests {
    use super::Hello;
    use crate::resp::{RequestView, write};

    #[test]
    fn an_option_that_is_not_known_is_repeated_bounded() {
        let option = vec![b'x'; 10_000];
        let mut request = Vec::new();
        write::request(&mut request, &[b"HELLO", b"3", &option]);
        let text = Hello::parse(&RequestView::new(&request)).unwrap_err();
        assert!(text.contains("option 'xxx"), "{text}");
        assert!(text.len() < 256, "{}", text.len());
    }
}
