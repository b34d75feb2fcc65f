//! Control with a real redis-server of one node, that wants a password.

use std::process::{Child, Command, Stdio};

use super::*;
use crate::resp::write;

/// A server process, ended with the test.
struct Server {
    child: Child,
    port: u16,
    dir: std::path::PathBuf,
}

impl Server {
    /// `None` where redis-server is not installed.
    fn start() -> Option<Self> {
        let free = || TcpListener::bind("127.0.0.1:0").unwrap();
        let (listener, bus) = (free(), free());
        let port = listener.local_addr().unwrap().port();
        let bus_port = bus.local_addr().unwrap().port();
        drop((listener, bus));
        let dir = std::env::temp_dir().join(format!("corelane-control-{port}"));
        std::fs::create_dir_all(&dir).unwrap();
        let child = Command::new("redis-server")
            .args([
                "--port",
                &port.to_string(),
                "--cluster-port",
                &bus_port.to_string(),
            ])
            .args([
                "--cluster-enabled",
                "yes",
                "--save",
                "",
                "--requirepass",
                PASSWORD,
            ])
            .current_dir(&dir)
            .stdout(Stdio::null())
            .spawn();
        match child {
            Ok(child) => Some(Self { child, port, dir }),
            Err(error) => {
                std::fs::remove_dir_all(&dir).unwrap();
                log::warn!("skipped, because redis-server cannot be started: {error}");
                None
            }
        }
    }

    /// Sends a request once the server takes connections, and wants `+OK`.
    fn ask(&mut self, words: &str) {
        let mut stream = loop {
            assert!(
                self.child.try_wait().unwrap().is_none(),
                "redis-server has ended"
            );
            if let Ok(stream) = std::net::TcpStream::connect(("127.0.0.1", self.port)) {
                break stream;
            }
            std::thread::yield_now();
        };
        let mut request = Vec::new();
        write::request(&mut request, &[b"AUTH", PASSWORD.as_bytes()]);
        let words: Vec<&[u8]> = words.split(' ').map(str::as_bytes).collect();
        write::request(&mut request, &words);
        stream.write_all(&request).unwrap();
        let mut answer = [0; 10];
        stream.read_exact(&mut answer).unwrap();
        assert_eq!(&answer, b"+OK\r\n+OK\r\n", "{words:?}");
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = std::fs::remove_dir_all(&self.dir);
    }
}

const PASSWORD: &str = "open sesame";

#[test]
fn a_real_server_is_followed() {
    let Some(mut server) = Server::start() else {
        return;
    };
    server.ask("CLUSTER ADDSLOTSRANGE 0 16383");
    let mut config = settings(5000);
    config.seeds = vec![Seed {
        host: "localhost".to_owned(),
        port: server.port,
    }];
    config.cluster.password = Some(Secret::new(PASSWORD));
    config.cluster.refresh_interval = Duration::from_secs(60);
    let running = start(config, 1);
    in_executor(move || async move {
        let mut running = running;
        let (receiver, sender) = connect(&mut running).await;
        let map = next_map(&receiver).await;
        assert_eq!((map.version, map.covered()), (MapVersion(1), SLOTS));
        assert_eq!(
            map.nodes().map(|node| node.addr.port).collect::<Vec<_>>(),
            [server.port]
        );

        // The timer is far away, so only the hint can bring this.
        server.ask("CLUSTER DELSLOTSRANGE 0 99");
        sender
            .try_send(ToControl::RefreshHint(RefreshReason::ClusterDown))
            .unwrap();
        let map = next_map(&receiver).await;
        assert_eq!((map.version, map.covered()), (MapVersion(2), SLOTS - 100));

        running.stop.store(true, Ordering::Relaxed);
        while !matches!(receiver.recv().await.unwrap(), ToWorker::Drain { .. }) {}
        sender.try_send(ToControl::Drained { worker: 0 }).unwrap();
        running.thread.join().unwrap().unwrap();
    });
}
