//! The HTTP port for operators, in the executor of control.
//!
//! | page | answer |
//! | --- | --- |
//! | `/livez` | 200 while the process runs |
//! | `/readyz` | 200 once a slot map was learned and sent to the workers; 503 before, and while stopping |
//! | `/metrics` | everything that is counted, for Prometheus |
//! | `/topology` | the slot map in force, as JSON |
//!
//! One request per connection. Sockets are looked after at intervals rather than watched, which grow when nobody
//! comes: the port sees a few requests per minute. It has no authentication; whoever can reach it can read it.
//!
//! Holds: at most `CONNECTIONS_MAX` connections, each with a limit on bytes and on time. When there are so many, the
//! oldest one that has asked for nothing is closed for a new one, so that idle connections keep no probe out.

mod http;
mod metrics;
mod topology;

#[cfg(test)]
mod tests;

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::io::{self, IoSlice};
use std::rc::Rc;
use std::time::Duration;

use glommio::timer::sleep;

use self::http::{HEAD_BYTES_MAX, Page, Parsed, Response, Status, parse};
use crate::control::state::State;
use crate::net::{Accepted, Listener, Received, Stream};

/// A connection that is under way.
#[derive(Debug, Default)]
struct Guest {
    /// Its request has arrived whole.
    has_asked: Cell<bool>,
    /// Another one wants its place: it ends unless its request is there.
    shall_go: Cell<bool>,
}

/// The connections, oldest first.
type Guests = Rc<RefCell<VecDeque<Rc<Guest>>>>;

/// Answers requests until another process takes over. To be run in the executor of the control that owns `state`.
/// If the listener was `inherited`, the process that it comes from answers until this one is ready.
pub async fn serve(listener: Listener, state: Rc<RefCell<State>>, inherited: bool) {
    while inherited && !state.borrow().is_loaded {
        sleep(ACCEPT_POLL).await;
    }
    log::info!("admin port: http://{}/metrics", listener.addr());
    let guests = Guests::default();
    let mut has_failed = false;
    let mut pause = ACCEPT_POLL;
    while !state.borrow().has_heir {
        match listener.accept() {
            Ok(Some(accepted)) => {
                has_failed = false;
                pause = ACCEPT_POLL;
                if make_room(&guests).await {
                    receive(accepted, &state, &guests);
                } else {
                    // Dropped, which closes it: whoever asks so much at a time does not read answers.
                    log::debug!("admin port: {} is one too many", accepted.peer);
                }
            }
            Ok(None) => {
                sleep(pause).await;
                pause = (pause * 2).min(ACCEPT_POLL_MAX);
            }
            Err(error) => {
                if !has_failed {
                    log::warn!("admin port: cannot accept: {error}");
                }
                has_failed = true;
                sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

/// Waits until another connection has a place; false if all have asked for something and wait for the answer.
async fn make_room(guests: &Guests) -> bool {
    while guests.borrow().len() >= CONNECTIONS_MAX {
        let oldest = guests
            .borrow()
            .iter()
            .find(|guest| !guest.has_asked.get())
            .cloned();
        let Some(oldest) = oldest else {
            return false;
        };
        oldest.shall_go.set(true);
        // By then it has gone, or has turned out to have asked.
        sleep(POLL).await;
    }
    true
}

/// Starts to talk with a new connection. That ends by its own time limits.
fn receive(accepted: Accepted, state: &Rc<RefCell<State>>, guests: &Guests) {
    let guest = Rc::new(Guest::default());
    guests.borrow_mut().push_back(Rc::clone(&guest));
    let (state, guests) = (Rc::clone(state), Rc::clone(guests));
    glommio::spawn_local(async move {
        if let Err(error) = converse(&accepted.stream, &guest, &state).await {
            log::debug!("admin port: {}: {error}", accepted.peer);
        }
        guests
            .borrow_mut()
            .retain(|other| !Rc::ptr_eq(other, &guest));
    })
    .detach();
}

/// Reads one request and answers it.
async fn converse(stream: &Stream, guest: &Guest, state: &Rc<RefCell<State>>) -> io::Result<()> {
    let (response, head_only) = match read_request(stream, guest).await? {
        Parsed::Page { page, head_only } => (answer(page, state).await, head_only),
        Parsed::Refused(status) => (Response::refused(status), false),
        // The client ended before its request did, or has made room.
        Parsed::Incomplete => return Ok(()),
    };
    send_all(stream, &response.into_bytes(head_only)).await
}

async fn read_request(stream: &Stream, guest: &Guest) -> io::Result<Parsed> {
    let mut head = Vec::new();
    let mut chunk = vec![0; HEAD_BYTES_MAX];
    for _ in 0..polls(REQUEST_TIMEOUT) {
        match stream.receive(&mut chunk)? {
            Received::End => return Ok(Parsed::Incomplete),
            Received::Nothing if guest.shall_go.get() => return Ok(Parsed::Incomplete),
            Received::Nothing => sleep(POLL).await,
            Received::Bytes(count) => {
                head.extend_from_slice(chunk.get(..count).unwrap_or_default());
                match parse(&head) {
                    Parsed::Incomplete => {}
                    parsed => {
                        guest.has_asked.set(true);
                        return Ok(parsed);
                    }
                }
            }
        }
    }
    Ok(Parsed::Refused(Status::RequestTimeout))
}

async fn send_all(stream: &Stream, mut bytes: &[u8]) -> io::Result<()> {
    for _ in 0..polls(RESPONSE_TIMEOUT) {
        match stream.send(&[IoSlice::new(bytes)])? {
            Some(count) => bytes = bytes.get(count..).unwrap_or_default(),
            None => sleep(POLL).await,
        }
        if bytes.is_empty() {
            return Ok(());
        }
    }
    Err(io::ErrorKind::TimedOut.into())
}

async fn answer(page: Page, state: &Rc<RefCell<State>>) -> Response {
    match page {
        Page::Live => Response::text(Status::Ok, "live"),
        Page::Ready => {
            let state = state.borrow();
            if state.is_ready() {
                Response::text(Status::Ok, "ready")
            } else if state.is_draining {
                Response::text(Status::Unavailable, "stopping")
            } else {
                Response::text(Status::Unavailable, "no slot map yet")
            }
        }
        Page::Metrics => {
            let body = collect_metrics(state).await;
            Response {
                status: Status::Ok,
                content_type: metrics::CONTENT_TYPE,
                body,
            }
        }
        Page::Topology => {
            let body = topology::render(&state.borrow());
            Response {
                status: Status::Ok,
                content_type: "application/json",
                body,
            }
        }
    }
}

/// Asks the workers for their numbers and waits a little; of a worker that does not answer in time
/// the last numbers are shown, and marked as stale.
async fn collect_metrics(state: &Rc<RefCell<State>>) -> String {
    let round = state.borrow_mut().want_stats();
    for _ in 0..polls(STATS_TIMEOUT) {
        if state.borrow().are_all_fresh(round) {
            break;
        }
        sleep(POLL).await;
    }
    metrics::render(&state.borrow(), round)
}

/// How often something is looked at within a time limit, at least once.
fn polls(timeout: Duration) -> u128 {
    (timeout.as_nanos() / POLL.as_nanos()).max(1)
}

/// Connections at a time; scrapers and probes use one each.
const CONNECTIONS_MAX: usize = 32;
/// Pause between looks at a socket that had nothing.
const POLL: Duration = Duration::from_millis(5);
/// First pause between looks at the listener; the next ones are twice as long each.
const ACCEPT_POLL: Duration = Duration::from_millis(10);
/// The longest such pause: a scrape does not mind it, and looking costs nothing that can be measured.
const ACCEPT_POLL_MAX: Duration = Duration::from_millis(100);
/// Pause after a failed accept, mostly for want of descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(200);
/// Time for the whole request to arrive. Probes and scrapers send it at once, and give up after some seconds themselves.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(1);
/// Time for the answer to be taken.
const RESPONSE_TIMEOUT: Duration = Duration::from_secs(10);
/// Time for workers to send their numbers; they do so within a turn unless something is wrong.
const STATS_TIMEOUT: Duration = Duration::from_millis(500);
