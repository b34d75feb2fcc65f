//! Keys that a key specification cannot express, or whose use depends on the arguments.
//!
//! Called by [`Command::keys`](super::Command::keys) only. Each finder follows the servers' own, oddities
//! included: a server decides by the same rule whether a request is in the right place, so a different
//! answer here would send it astray.

use super::flags::Access;
use super::{Command, KeyAt, KeyError};
use crate::resp::RequestView;

type Visit<'v> = &'v mut dyn FnMut(KeyAt);
type Finder = fn(&RequestView<'_>, Visit<'_>) -> Result<(), KeyError>;

const READ: Access = Access::RO.or(Access::ACCESS);
const STORE: Access = Access::OW.or(Access::UPDATE);
const READ_AND_UPDATE: Access = Access::RW.or(Access::ACCESS).or(Access::UPDATE);
const READ_AND_DELETE: Access = Access::RW.or(Access::ACCESS).or(Access::DELETE);

/// The finder of a command whose specifications do not suffice.
pub(super) fn finder(command: &Command) -> Option<Finder> {
    match command.name {
        "bitfield" => Some(bitfield),
        "georadius" | "georadiusbymember" => Some(georadius),
        "migrate" => Some(migrate),
        "set" => Some(set),
        "sort" => Some(sort),
        "sort_ro" => Some(sort_ro),
        _ => None,
    }
}

fn is(arg: &[u8], word: &str) -> bool {
    arg.eq_ignore_ascii_case(word.as_bytes())
}

/// The only key, at position 1.
fn visit_first(
    request: &RequestView<'_>,
    visit: Visit<'_>,
    access: Access,
) -> Result<(), KeyError> {
    if request.len_args() < 2 {
        return Err(KeyError);
    }
    visit(KeyAt { index: 1, access });
    Ok(())
}

/// SET gives the old value back with GET.
fn set(request: &RequestView<'_>, visit: Visit<'_>) -> Result<(), KeyError> {
    let reads = request.args().skip(3).any(|arg| is(arg, "get"));
    visit_first(request, visit, if reads { READ_AND_UPDATE } else { STORE })
}

/// BITFIELD only reads when all it does is GET.
fn bitfield(request: &RequestView<'_>, visit: Visit<'_>) -> Result<(), KeyError> {
    let mut reads_only = true;
    let mut left = request.len_args().saturating_sub(2);
    let mut args = request.args().skip(2);
    while let Some(arg) = args.next() {
        left -= 1;
        let takes = match arg {
            arg if is(arg, "get") => 2,
            arg if is(arg, "overflow") => 1,
            _ => usize::MAX,
        };
        if takes > left {
            reads_only = false;
            break;
        }
        left -= takes;
        args.nth(takes - 1);
    }
    visit_first(
        request,
        visit,
        if reads_only { READ } else { READ_AND_UPDATE },
    )
}

/// SORT reads its key and may write to the last STORE's. BY and GET name keys by patterns, which no
/// position can tell; servers in a cluster accept them only where they are harmless.
fn sort(request: &RequestView<'_>, visit: Visit<'_>) -> Result<(), KeyError> {
    visit_first(request, visit, READ)?;
    let args = request.len_args();
    let mut store = None;
    let mut next = 2;
    for (index, arg) in request.args().enumerate().skip(2) {
        if index < next {
            continue;
        }
        next = index + 1;
        if is(arg, "limit") {
            next += 2;
        } else if is(arg, "get") || is(arg, "by") {
            next += 1;
        } else if is(arg, "store") && index + 1 < args {
            store = Some(index + 1);
        }
    }
    if let Some(index) = store {
        visit(KeyAt {
            index,
            access: STORE,
        });
    }
    Ok(())
}

fn sort_ro(request: &RequestView<'_>, visit: Visit<'_>) -> Result<(), KeyError> {
    visit_first(request, visit, READ)
}

/// GEORADIUS and GEORADIUSBYMEMBER write to the key of the last STORE or STOREDIST.
fn georadius(request: &RequestView<'_>, visit: Visit<'_>) -> Result<(), KeyError> {
    visit_first(request, visit, READ)?;
    let args = request.len_args();
    let mut store = None;
    let mut next = 5;
    for (index, arg) in request.args().enumerate().skip(5) {
        if index >= next && index + 1 < args && (is(arg, "store") || is(arg, "storedist")) {
            store = Some(index + 1);
            next = index + 2;
        }
    }
    if let Some(index) = store {
        visit(KeyAt {
            index,
            access: STORE,
        });
    }
    Ok(())
}

/// MIGRATE takes one key at position 3, or if that is empty a list after KEYS at the end.
fn migrate(request: &RequestView<'_>, visit: Visit<'_>) -> Result<(), KeyError> {
    let args = request.len_args();
    let mut first = 3;
    let mut end = 4;
    let mut next = 6;
    for (index, arg) in request.args().enumerate().skip(6) {
        if index < next {
            continue;
        }
        next = index + 1;
        if is(arg, "keys") && index + 1 < args {
            if request.arg(3).is_some_and(|key| !key.is_empty()) {
                return Err(KeyError);
            }
            (first, end) = (index + 1, args);
            break;
        }
        if is(arg, "auth") {
            next += 1;
        } else if is(arg, "auth2") {
            next += 2;
        }
    }
    if end > args {
        return Err(KeyError);
    }
    for index in first..end {
        visit(KeyAt {
            index,
            access: READ_AND_DELETE,
        });
    }
    Ok(())
}
