//! The port over real sockets, with a state that the test fills.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::mpsc::{Receiver, channel};
use std::time::Instant;

use super::*;
use crate::control::tests::in_executor;

/// Serves a state until the client thread has ended; gives its results.
fn with_port<T: Send + 'static>(
    change: fn(&mut State),
    client: impl FnOnce(SocketAddr) -> T + Send + 'static,
) -> Receiver<T> {
    let (sender, receiver) = channel();
    in_executor(move || async move {
        #[expect(clippy::disallowed_methods, reason = "a state needs a time of start")]
        let mut state = State::new(1, Instant::now());
        change(&mut state);
        let listener = Listener::bind("127.0.0.1:0".parse().unwrap(), 256).unwrap();
        let addr = listener.addr();
        let client = std::thread::spawn(move || client(addr));
        let server = glommio::spawn_local(serve(listener, Rc::new(RefCell::new(state)), false));
        while !client.is_finished() {
            sleep(POLL).await;
        }
        server.cancel().await;
        sender.send(client.join().unwrap()).unwrap();
    });
    receiver
}

fn ask(addr: SocketAddr, request: &str) -> String {
    let mut stream = TcpStream::connect(addr).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

fn get(addr: SocketAddr, path: &str) -> String {
    ask(addr, &format!("GET {path} HTTP/1.1\r\nHost: x\r\n\r\n"))
}

#[test]
fn pages_of_a_process_that_is_ready() {
    let answers = with_port(
        |state| state.is_loaded = true,
        |addr| {
            let mut answers: Vec<String> = ["/livez", "/readyz", "/topology", "/nothing"]
                .map(|path| get(addr, path))
                .into();
            answers.push(ask(addr, "PUT /livez HTTP/1.1\r\n\r\n"));
            answers.push(ask(addr, "nonsense\r\n\r\n"));
            answers
        },
    );
    let answers = answers.recv().unwrap();
    for (answer, status) in answers
        .iter()
        .zip(["200", "200", "200", "404", "405", "400"])
    {
        assert!(
            answer.starts_with(&format!("HTTP/1.1 {status} ")),
            "{answer}"
        );
    }
    assert!(answers[2].contains("Content-Type: application/json\r\n"));
    assert!(answers[2].contains("\"slots_covered\":0"));
}

#[test]
fn not_ready_before_a_map_and_while_stopping() {
    let early = with_port(|_| (), |addr| (get(addr, "/livez"), get(addr, "/readyz")));
    let (live, ready) = early.recv().unwrap();
    assert!(live.starts_with("HTTP/1.1 200 "), "{live}");
    assert!(
        ready.starts_with("HTTP/1.1 503 ") && ready.ends_with("no slot map yet\n"),
        "{ready}"
    );
    let late = with_port(
        |state| {
            state.is_loaded = true;
            state.is_draining = true;
        },
        |addr| get(addr, "/readyz"),
    );
    let ready = late.recv().unwrap();
    assert!(
        ready.starts_with("HTTP/1.1 503 ") && ready.ends_with("stopping\n"),
        "{ready}"
    );
}

#[test]
fn a_stuck_worker_does_not_hang_the_scrape() {
    let answer = with_port(
        |state| state.workers[0].stats.counters.requests = 5,
        |addr| get(addr, "/metrics"),
    );
    let answer = answer.recv().unwrap();
    assert!(
        answer.contains("corelane_requests_total{worker=\"0\"} 5\n"),
        "{answer}"
    );
    assert!(
        answer.contains("corelane_worker_stats_stale{worker=\"0\"} 1.0\n"),
        "{answer}"
    );
    assert!(answer.ends_with("# EOF\n"));
}

#[test]
fn a_request_may_come_in_pieces() {
    let answer = with_port(
        |_| (),
        |addr| {
            let mut stream = TcpStream::connect(addr).unwrap();
            stream.set_nodelay(true).unwrap();
            for byte in b"GET /livez HTTP/1.1\r\n\r\n" {
                stream.write_all(&[*byte]).unwrap();
            }
            let mut answer = String::new();
            stream.read_to_string(&mut answer).unwrap();
            answer
        },
    );
    assert!(answer.recv().unwrap().ends_with("live\n"));
}

/// Opens a connection, sends `request` and gives what came back; nothing if it was closed.
fn try_ask(addr: SocketAddr, request: &str) -> String {
    let mut stream = TcpStream::connect(addr).unwrap();
    let sent = stream.write_all(request.as_bytes());
    let mut answer = String::new();
    let read = sent.and_then(|()| stream.read_to_string(&mut answer));
    read.map(|_| answer).unwrap_or_default()
}

#[test]
fn idle_connections_keep_no_probe_out() {
    let answers = with_port(
        |_| (),
        |addr| {
            let mut idle: Vec<TcpStream> = Vec::new();
            let mut answers = Vec::new();
            for round in 0..4 {
                idle.extend((0..CONNECTIONS_MAX).map(|_| TcpStream::connect(addr).unwrap()));
                if round % 2 == 1 {
                    // The beginning of a request is none.
                    idle.iter_mut().for_each(|stream| {
                        let _ = stream.write_all(b"GET /livez HTTP/1.1\r\n");
                    });
                }
                answers.push(try_ask(addr, "GET /livez HTTP/1.1\r\n\r\n"));
            }
            // The oldest one made room, without a word.
            let mut said = Vec::new();
            let closed = idle[0].read_to_end(&mut said);
            (answers, closed.map_or(0, |_| said.len()))
        },
    );
    let (answers, said) = answers.recv().unwrap();
    assert!(
        answers.iter().all(|answer| answer.ends_with("live\n")),
        "{answers:?}"
    );
    assert_eq!(said, 0);
}

#[test]
fn what_is_asked_at_a_time_is_limited() {
    let rounds = with_port(
        |_| (),
        |addr| {
            // Numbers are waited for, because no worker tells them.
            let round = || -> Vec<String> {
                let ask = move || try_ask(addr, "GET /metrics HTTP/1.1\r\n\r\n");
                let asking: Vec<_> = (0..2 * CONNECTIONS_MAX)
                    .map(|_| std::thread::spawn(ask))
                    .collect();
                asking.into_iter().map(|one| one.join().unwrap()).collect()
            };
            // They may come so slowly that all are answered.
            let rounds: Vec<Vec<String>> = (0..5).map(|_| round()).collect();
            (rounds, get(addr, "/livez"))
        },
    );
    let (rounds, after) = rounds.recv().unwrap();
    let answered = |round: &Vec<String>| {
        let is_whole = |answer: &&String| answer.ends_with("# EOF\n");
        round.iter().filter(is_whole).count()
    };
    assert!(
        rounds
            .iter()
            .all(|round| answered(round) >= CONNECTIONS_MAX)
    );
    assert!(
        rounds
            .iter()
            .any(|round| answered(round) < 2 * CONNECTIONS_MAX)
    );
    assert!(after.ends_with("live\n"), "{after}");
}
