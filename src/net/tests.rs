//! Both drivers against real sockets: what goes in comes out, however the sockets cut it.

use std::collections::{BTreeMap, VecDeque};
use std::io::{self, IoSlice, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use bytes::BytesMut;

use super::{Appetite, Driver, Handler, Kind, Stream, Token, Wait};
use crate::config::DriverChoice;

/// Sends back whatever comes.
#[derive(Default)]
struct Echo {
    peers: BTreeMap<u32, Peer>,
    dirty: VecDeque<Token>,
    lost: usize,
}

#[derive(Default)]
struct Peer {
    generation: u32,
    received: usize,
    output: Vec<u8>,
    is_dirty: bool,
    has_ended: bool,
    is_paused: bool,
    /// Only its end is wanted.
    is_watched: bool,
    /// Bytes between these positions are received as a large frame.
    large: std::ops::Range<usize>,
    input: BytesMut,
}

impl Echo {
    fn peer(&mut self, token: Token) -> &mut Peer {
        let peer = self.peers.get_mut(&token.index).unwrap();
        assert_eq!(peer.generation, token.generation, "an event of another");
        peer
    }

    fn echo(&mut self, token: Token, bytes: &[u8]) {
        let peer = self.peer(token);
        peer.received += bytes.len();
        peer.output.extend_from_slice(bytes);
        if !std::mem::replace(&mut peer.is_dirty, true) {
            self.dirty.push_back(token);
        }
    }
}

impl Handler for Echo {
    fn appetite(&self, token: Token) -> Appetite {
        let peer = &self.peers[&token.index];
        if peer.is_watched {
            Appetite::OnlyEnd
        } else if peer.is_paused {
            Appetite::Nothing
        } else if peer.large.contains(&peer.received) {
            Appetite::Large
        } else {
            Appetite::Bytes
        }
    }

    fn large_input(&mut self, token: Token) -> Option<&mut BytesMut> {
        let peer = self.peer(token);
        if !peer.large.contains(&peer.received) {
            return None;
        }
        peer.input.clear();
        peer.input.reserve(50_000);
        Some(&mut peer.input)
    }

    fn received(&mut self, token: Token, bytes: &[u8]) {
        self.echo(token, bytes);
    }

    fn received_large(&mut self, token: Token, count: usize) {
        let input = std::mem::take(&mut self.peer(token).input);
        assert_eq!(input.len(), count);
        self.echo(token, &input);
    }

    fn connected(&mut self, _token: Token) {}

    fn ended(&mut self, token: Token) {
        self.peer(token).has_ended = true;
    }

    fn lost(&mut self, _token: Token, _why: &io::Error) {
        self.lost += 1;
    }

    fn next_dirty(&mut self) -> Option<Token> {
        let token = self.dirty.pop_front()?;
        self.peer(token).is_dirty = false;
        Some(token)
    }

    fn output<'a>(&'a self, token: Token, slices: &mut [IoSlice<'a>]) -> usize {
        let chunks = self.peers[&token.index].output.chunks(3000);
        let mut filled = 0;
        for (place, chunk) in slices.iter_mut().zip(chunks) {
            *place = IoSlice::new(chunk);
            filled += 1;
        }
        filled
    }

    fn sent(&mut self, token: Token, count: usize) {
        let peer = self.peer(token);
        peer.output.drain(..count);
        if !peer.output.is_empty() && !std::mem::replace(&mut peer.is_dirty, true) {
            self.dirty.push_back(token);
        }
    }
}

fn token(index: u32, generation: u32) -> Token {
    Token {
        kind: Kind::Client,
        index,
        generation,
    }
}

/// Two ends of a connection; the first one has small buffers.
fn pair() -> (Stream, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let far = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    let (near, _) = listener.accept().unwrap();
    near.set_nonblocking(true).unwrap();
    let socket = socket2::SockRef::from(&near);
    socket.set_send_buffer_size(8192).unwrap();
    (Stream::new(OwnedFd::from(near)), far)
}

fn pattern(seed: usize, len: usize) -> Vec<u8> {
    (0..len)
        .map(|at| u8::try_from((at * 31 + at / 251 + seed * 7) % 256).unwrap())
        .collect()
}

/// Writes in odd pieces and reads in odd pieces at the same time; returns what it has read.
fn talk(far: TcpStream, bytes: Vec<u8>) -> JoinHandle<Vec<u8>> {
    std::thread::spawn(move || {
        let mut writer = far.try_clone().unwrap();
        let writing = std::thread::spawn(move || {
            let mut rest = bytes.as_slice();
            let mut size = 1;
            while !rest.is_empty() {
                let (now, later) = rest.split_at(size.min(rest.len()));
                writer.write_all(now).unwrap();
                rest = later;
                size = size * 3 % 40_009 + 1;
            }
            writer.shutdown(std::net::Shutdown::Write).unwrap();
        });
        let mut all = Vec::new();
        let mut piece = vec![0; 1700];
        let mut far = far;
        loop {
            match far.read(&mut piece).unwrap() {
                0 => break,
                count => all.extend_from_slice(&piece[..count]),
            }
        }
        writing.join().unwrap();
        all
    })
}

/// Takes turns until `is_done`.
fn run(
    driver: &mut Driver,
    echo: &mut Echo,
    mut is_done: impl FnMut(&mut Driver, &mut Echo) -> bool,
) {
    #[expect(clippy::disallowed_methods, reason = "a test has to end")]
    let start = Instant::now();
    while !is_done(driver, echo) {
        assert!(
            start.elapsed() < Duration::from_secs(60),
            "it takes for ever"
        );
        run_once(driver, echo);
    }
}

fn run_once(driver: &mut Driver, echo: &mut Echo) {
    let is_busy = driver.is_busy() || !echo.dirty.is_empty();
    let wait = Wait {
        now: 0,
        until: if is_busy { 0 } else { 5_000_000 },
        gather: 1,
        gather_for: Duration::ZERO,
        spin: Duration::ZERO,
    };
    driver.wait(echo, wait).unwrap();
    driver.dispatch(echo);
    driver.flush(echo);
}

fn each_driver(test: impl Fn(Driver)) {
    for choice in [DriverChoice::Epoll, DriverChoice::Ring] {
        match Driver::open(choice) {
            Ok(driver) => test(driver),
            // An older kernel has one driver, and that one is tested.
            Err(_) => assert_eq!(choice, DriverChoice::Ring),
        }
    }
}

#[test]
fn everything_comes_back_in_order_however_it_is_cut() {
    each_driver(|mut driver| {
        let mut echo = Echo::default();
        let mut talks = Vec::new();
        for index in 0..6 {
            let (near, far) = pair();
            let large = if index % 2 == 0 {
                0..0
            } else {
                100_000..700_000
            };
            let peer = Peer {
                large,
                ..Peer::default()
            };
            echo.peers.insert(index, peer);
            driver.add(token(index, 0), near).unwrap();
            let bytes = pattern(index as usize, 1_000_000);
            talks.push((bytes.clone(), talk(far, bytes)));
        }
        run(&mut driver, &mut echo, |driver, echo| {
            for (index, peer) in &mut echo.peers {
                if peer.has_ended && peer.output.is_empty() {
                    drop(driver.remove(token(*index, 0)));
                }
            }
            talks.iter().all(|(_, talk)| talk.is_finished())
        });
        for (sent, talk) in talks {
            assert!(talk.join().unwrap() == sent, "{} differs", driver.name());
        }
        assert_eq!(echo.lost, 0);
    });
}

#[test]
fn what_waits_for_room_is_sent_once_also_if_more_comes_with_the_room() {
    each_driver(|mut driver| {
        let mut echo = Echo::default();
        echo.peers.insert(0, Peer::default());
        let (near, mut far) = pair();
        driver.add(token(0, 0), near).unwrap();
        let mut sent = Vec::new();
        // Little by little, until the kernel takes no more and a little is left.
        run(&mut driver, &mut echo, |_, echo| {
            let is_full = !echo.peers[&0].output.is_empty();
            if !is_full {
                let bytes = pattern(sent.len(), 1000);
                echo.echo(token(0, 0), &bytes);
                sent.extend(bytes);
            }
            is_full
        });
        let rest = echo.peers[&0].output.len();
        echo.peer(token(0, 0)).received = 0;
        let mut heard = vec![0; sent.len() - rest];
        far.read_exact(&mut heard).unwrap();
        far.write_all(b"one more").unwrap();
        sent.extend(b"one more");
        run(&mut driver, &mut echo, |_, echo| {
            let peer = &echo.peers[&0];
            peer.received == 8 && peer.output.is_empty()
        });
        drop(driver.remove(token(0, 0)));
        run_once(&mut driver, &mut echo);
        far.read_to_end(&mut heard).unwrap();
        assert!(heard == sent, "{} differs", driver.name());
    });
}

#[test]
fn a_connection_in_the_place_of_another_gets_only_its_own() {
    each_driver(|mut driver| {
        let mut echo = Echo::default();
        for generation in 0..50 {
            let (near, mut far) = pair();
            let peer = Peer {
                generation,
                ..Peer::default()
            };
            echo.peers.insert(0, peer);
            driver.add(token(0, generation), near).unwrap();
            let name = generation.to_string();
            far.write_all(name.as_bytes()).unwrap();
            run(&mut driver, &mut echo, |_, echo| {
                let peer = &echo.peers[&0];
                peer.received == name.len() && peer.output.is_empty()
            });
            // Its last words are still on their way when it is removed.
            far.write_all(b"nobody reads this").unwrap();
            drop(driver.remove(token(0, generation)));
            echo.dirty.clear();
            let mut heard = vec![0; name.len()];
            far.read_exact(&mut heard).unwrap();
            assert_eq!(heard, name.as_bytes());
        }
    });
}

#[test]
fn who_gets_the_descriptor_of_a_connection_that_was_removed_gets_all_its_bytes() {
    each_driver(|mut driver| {
        let mut echo = Echo::default();
        let mut again = 0;
        for generation in 0..200 {
            let (near, _far) = pair();
            let old = near.as_fd().as_raw_fd();
            echo.peers.insert(
                0,
                Peer {
                    generation,
                    ..Peer::default()
                },
            );
            // It is wanted and removed before the driver hands anything over.
            driver.add(token(0, generation), near).unwrap();
            drop(driver.remove(token(0, generation)));
            // Another test may have been quicker; then it is nothing to us.
            let (one, other) = UnixStream::pair().unwrap();
            let (mut theirs, mut far) = match old {
                _ if one.as_raw_fd() == old => (one, other),
                _ if other.as_raw_fd() == old => (other, one),
                _ => continue,
            };
            again += 1;
            far.write_all(b"theirs alone").unwrap();
            run_once(&mut driver, &mut echo);
            theirs.set_nonblocking(true).unwrap();
            let mut heard = [0; 12];
            theirs.read_exact(&mut heard).unwrap();
            assert_eq!(&heard, b"theirs alone");
        }
        assert!(again > 0, "no descriptor came again");
    });
}

#[test]
fn a_paused_connection_is_left_unread_and_goes_on_where_it_stopped() {
    each_driver(|mut driver| {
        let mut echo = Echo::default();
        echo.peers.insert(0, Peer::default());
        let (near, far) = pair();
        driver.add(token(0, 0), near).unwrap();
        let bytes = pattern(3, 8_000_000);
        let talking = talk(far, bytes.clone());
        run(&mut driver, &mut echo, |_, echo| {
            echo.peers[&0].received > 0
        });
        echo.peer(token(0, 0)).is_paused = true;
        // Until the kernel's buffers are full on both sides and nothing moves any more.
        let (mut last, mut still) = (0, 0);
        run(&mut driver, &mut echo, |_, echo| {
            let received = echo.peers[&0].received;
            still = if received == last { still + 1 } else { 0 };
            last = received;
            still == 20
        });
        assert!(last < bytes.len() / 2, "{last} bytes came all the same");
        echo.peer(token(0, 0)).is_paused = false;
        driver.resume(token(0, 0));
        run(&mut driver, &mut echo, |driver, echo| {
            let peer = &echo.peers[&0];
            if peer.has_ended && peer.output.is_empty() {
                drop(driver.remove(token(0, 0)));
            }
            talking.is_finished()
        });
        assert!(talking.join().unwrap() == bytes);
    });
}

#[test]
fn a_link_is_left_unread_as_a_client_is() {
    each_driver(|mut driver| {
        let link = Token {
            kind: Kind::Link,
            ..token(0, 0)
        };
        let mut echo = Echo::default();
        echo.peers.insert(0, Peer::default());
        let (near, mut far) = pair();
        driver.add(link, near).unwrap();
        let all = 8_000_000;
        let talking = std::thread::spawn(move || {
            far.write_all(&pattern(5, all)).unwrap();
            far
        });
        for large in [0..0, 0..all] {
            let from = echo.peers[&0].received;
            echo.peer(link).large = large;
            run(&mut driver, &mut echo, |_, echo| {
                echo.peers[&0].received > from
            });
            echo.peer(link).is_paused = true;
            let (mut last, mut still) = (0, 0);
            run(&mut driver, &mut echo, |_, echo| {
                let received = echo.peers[&0].received;
                still = if received == last { still + 1 } else { 0 };
                last = received;
                still == 20
            });
            assert!(last < all, "{} reads on", driver.name());
            echo.peer(link).is_paused = false;
            driver.resume(link);
        }
        run(&mut driver, &mut echo, |_, echo| {
            echo.peers[&0].received == all
        });
        drop(talking.join().unwrap());
        assert_eq!(echo.lost, 0);
    });
}

/// Takes turns until nothing comes any more.
fn settle(driver: &mut Driver, echo: &mut Echo) {
    let (mut last, mut still) = (0, 0);
    run(driver, echo, |_, echo| {
        let received = echo.peers[&0].received;
        still = if received == last { still + 1 } else { 0 };
        last = received;
        still == 20
    });
}

#[test]
fn an_end_is_noticed_although_bytes_lie_before_it() {
    // A connection that has sent something large is read in another way.
    let ways = [0..0, 0..usize::MAX].into_iter();
    for (large, is_reset) in ways.flat_map(|large| [(large.clone(), false), (large, true)]) {
        for is_paused_before in [false, true] {
            each_driver(|mut driver| {
                let mut echo = Echo::default();
                let peer = Peer {
                    large: large.clone(),
                    ..Peer::default()
                };
                echo.peers.insert(0, peer);
                let (near, mut far) = pair();
                driver.add(token(0, 0), near).unwrap();
                // It is watched, read again, and watched once more.
                for round in 1..=2 {
                    far.write_all(&pattern(round, 1000)).unwrap();
                    settle(&mut driver, &mut echo);
                    let peer = echo.peer(token(0, 0));
                    assert_eq!(peer.received, 301_000 * (round - 1) + 1000);
                    (peer.is_watched, peer.is_paused) = (!is_paused_before, is_paused_before);
                    for _ in 0..2 {
                        far.write_all(&pattern(round, 150_000)).unwrap();
                        settle(&mut driver, &mut echo);
                    }
                    let peer = echo.peer(token(0, 0));
                    assert!(peer.received < 301_000 * round, "{}", driver.name());
                    assert!(!peer.has_ended && echo.lost == 0);
                    if round == 1 {
                        let peer = echo.peer(token(0, 0));
                        (peer.is_watched, peer.is_paused) = (false, false);
                        driver.resume(token(0, 0));
                        settle(&mut driver, &mut echo);
                    }
                }
                if is_reset {
                    let linger = Some(Duration::ZERO);
                    socket2::SockRef::from(&far).set_linger(linger).unwrap();
                    drop(far);
                } else {
                    far.shutdown(std::net::Shutdown::Write).unwrap();
                }
                if is_paused_before {
                    settle(&mut driver, &mut echo);
                    echo.peer(token(0, 0)).is_watched = true;
                    driver.resume(token(0, 0));
                }
                run(&mut driver, &mut echo, |_, echo| {
                    echo.peers[&0].has_ended || echo.lost > 0
                });
                let received = echo.peers[&0].received;
                // A receive that is armed on the word of `resume` may have brought all the rest.
                assert!(received < 602_000 || is_paused_before, "{}", driver.name());
                settle(&mut driver, &mut echo);
                drop(driver.remove(token(0, 0)));
            });
        }
    }
}

#[test]
fn output_is_asked_for_when_a_turn_ends_and_at_no_other_time() {
    each_driver(|mut driver| {
        let mut echo = Echo::default();
        echo.peers.insert(0, Peer::default());
        let (near, mut far) = pair();
        driver.add(token(0, 0), near).unwrap();
        echo.echo(token(0, 0), b"late");
        let at_once = Wait {
            now: 0,
            until: 0,
            gather: 1,
            gather_for: Duration::ZERO,
            spin: Duration::ZERO,
        };
        driver.wait(&mut echo, at_once).unwrap();
        driver.dispatch(&mut echo);
        assert_eq!(echo.dirty.len(), 1, "{} did not wait", driver.name());
        driver.flush(&mut echo);
        assert!(echo.dirty.is_empty(), "{} did not ask", driver.name());
        driver.flush(&mut echo);
        driver.wait(&mut echo, at_once).unwrap();
        let mut heard = [0; 4];
        far.read_exact(&mut heard).unwrap();
        assert_eq!(&heard, b"late", "two flushes lose nothing");
    });
}
