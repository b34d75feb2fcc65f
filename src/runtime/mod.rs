//! Start and stop: cores, listeners, channels, threads, signals.
//!
//! ```text
//!   main thread: checks the machine, binds the listeners, starts the threads, waits for them
//!     worker 0 .. n-1   pinned executors, one listener per address each
//!     control           executor for topology, admin port, drain
//! ```
//!
//! Start order: listeners, control, workers. SIGTERM or SIGINT sets a flag that control looks at each tick;
//! control drains the workers, the workers end, control ends: the order of stopping is the reverse.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use glommio::channels::shared_channel::{self, SharedReceiver, SharedSender};
use glommio::{ExecutorJoinHandle, LocalExecutorBuilder, Placement, PoolPlacement};

use crate::config::{Config, ConfigErrors};
use crate::message::{ToControl, ToWorker};
use crate::net::tls::Credentials;
use crate::net::{Guard, Listener, probe};
use crate::pipeline::TICK;
use crate::{admin, control, worker};

mod cores;

/// Messages that may wait in a channel between control and a worker. Control sends a few per second, a
/// worker a few per turn at worst; what does not fit is counted and sent again by the next reason.
const CHANNEL: usize = 256;

/// Threads of an executor that look names up: a name server that is silent about one name must not hold up the
/// next ones.
const LOOKUPS: usize = 4;

/// Memory for the rings of one executor; the default of 10 MB serves file I/O, which is not done here.
const IO_MEMORY: usize = 64 * 1024;

/// How long a worker may go without looking at messages. Not much shorter, because an executor that loses
/// its core for this long between two steps of its loop sleeps until the guard wakes it.
const PREEMPT: Duration = Duration::from_millis(5);

/// Why the proxy could not start or go on.
#[derive(Debug, thiserror::Error)]
pub enum RuntimeError {
    /// Another program listens there.
    #[error("address {0} is in use by another program; choose another with --listen or --admin")]
    AddressInUse(SocketAddr),
    /// An address cannot be listened on.
    #[error("cannot listen on {0}: {1}")]
    Listen(SocketAddr, io::Error),
    /// A certificate or a key cannot be used.
    #[error("{0}")]
    Credentials(#[from] ConfigErrors),
    /// The machine lacks what the runtime needs.
    #[error("{0}")]
    Unusable(#[from] probe::Unusable),
    /// The process may use no core.
    #[error("this process may run on no core; check its CPU affinity")]
    NoCores,
    /// A thread could not be started, or failed.
    #[error("{0}")]
    Thread(String),
}

/// A worker's ends of its two channels with control.
struct WorkerEnds {
    inbox: SharedReceiver<ToWorker>,
    outbox: SharedSender<ToControl>,
}

/// Control's ends of its two channels with one worker.
struct ControlEnds {
    to_worker: SharedSender<ToWorker>,
    from_worker: SharedReceiver<ToControl>,
}

// === impl RuntimeError ===

impl RuntimeError {
    /// The exit code of the process, as in `sysexits.h`.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Credentials(_) => 64,
            Self::AddressInUse(_) | Self::Listen(..) => 71,
            Self::Unusable(_) | Self::NoCores | Self::Thread(_) => 69,
        }
    }
}

/// Runs until the process is told to stop.
///
/// # Errors
///
/// Why it could not start, or which thread failed.
pub fn run(config: Config) -> Result<(), RuntimeError> {
    let cores = cores::choose(config.workers);
    if cores.is_empty() {
        return Err(RuntimeError::NoCores);
    }
    let credentials = Credentials::load(&config)?;
    probe::io_uring(cores.len() + 1)?;
    let (config, listeners) = bind_all(config, cores.len())?;
    let admin = config
        .admin
        .listen
        .map(|addr| bind_alone(addr, ADMIN_BACKLOG))
        .transpose()?;
    let stop = stop_flag()?;
    let (worker_ends, control_ends): (Vec<_>, Vec<_>) = cores.iter().map(|_| channels()).unzip();
    let guard = Guard::start(GUARD_PERIOD)
        .map_err(|error| RuntimeError::Thread(format!("cannot start the guard: {error}")))?;
    let control = start_control(
        config.clone(),
        credentials.clone(),
        admin,
        control_ends,
        stop.clone(),
        guard.clone(),
    )?;
    let stopped = Arc::new(AtomicUsize::new(0));
    let mut workers = Vec::new();
    let parts = cores.iter().zip(listeners).zip(worker_ends);
    for (index, ((core, listeners), ends)) in parts.enumerate() {
        let config = config.clone();
        let guard = guard.clone();
        let setup = worker::Setup {
            index,
            workers: cores.len(),
            config,
            listeners,
            credentials: credentials.clone(),
            guard,
        };
        let (stop, stopped) = (Arc::clone(&stop), Arc::clone(&stopped));
        workers.push(start_worker(setup, core.id, ends, stop, stopped)?);
    }
    let secured = config.tls.listen.iter().map(|addr| format!("{addr} (TLS)"));
    let addrs = config.listen.iter().map(ToString::to_string);
    let addrs: Vec<String> = addrs.chain(secured).collect();
    let version = env!("CARGO_PKG_VERSION");
    log::info!(
        "corelane {version}: {} workers listen on {}",
        cores.len(),
        addrs.join(", ")
    );
    join("control", control)?;
    if !all_stop(&stopped, cores.len()) {
        // The drain timeout has passed; what these workers still do ends with the process.
        log::warn!("stopped before all clients had their replies");
        return Ok(());
    }
    for (index, handle) in workers.into_iter().enumerate() {
        join(&format!("worker {index}"), handle)?;
    }
    log::info!("stopped");
    Ok(())
}

/// Waits shortly for workers that have just told control that they are done.
fn all_stop(stopped: &AtomicUsize, workers: usize) -> bool {
    for _ in 0..STOP_LOOKS {
        if stopped.load(Ordering::Relaxed) == workers {
            return true;
        }
        std::thread::sleep(TICK);
    }
    false
}

/// Listeners of all workers, and the settings with the ports that port 0 became.
fn bind_all(
    mut config: Config,
    workers: usize,
) -> Result<(Config, Vec<Vec<Listener>>), RuntimeError> {
    let mut all: Vec<Vec<Listener>> = (0..workers).map(|_| Vec::new()).collect();
    let plain = config.listen.iter_mut().map(|addr| (addr, false));
    let secured = config.tls.listen.iter_mut().map(|addr| (addr, true));
    for (addr, is_secured) in plain.chain(secured) {
        Listener::probe(*addr).map_err(|error| cannot_listen(*addr, error))?;
        for listeners in &mut all {
            let listener = Listener::bind(*addr, config.clients.tcp_backlog)
                .map_err(|error| cannot_listen(*addr, error))?;
            *addr = listener.addr();
            listeners.push(if is_secured {
                listener.secured()
            } else {
                listener
            });
        }
    }
    Ok((config, all))
}

fn bind_alone(addr: SocketAddr, backlog: u32) -> Result<Listener, RuntimeError> {
    Listener::probe(addr)
        .and_then(|()| Listener::bind(addr, backlog))
        .map_err(|error| cannot_listen(addr, error))
}

fn cannot_listen(addr: SocketAddr, error: io::Error) -> RuntimeError {
    if error.kind() == io::ErrorKind::AddrInUse {
        RuntimeError::AddressInUse(addr)
    } else {
        RuntimeError::Listen(addr, error)
    }
}

/// The flag that SIGTERM and SIGINT set.
fn stop_flag() -> Result<Arc<AtomicBool>, RuntimeError> {
    let stop = Arc::new(AtomicBool::new(false));
    for signal in [signal_hook::consts::SIGTERM, signal_hook::consts::SIGINT] {
        signal_hook::flag::register(signal, Arc::clone(&stop))
            .map_err(|error| RuntimeError::Thread(format!("cannot watch signals: {error}")))?;
    }
    Ok(stop)
}

fn channels() -> (WorkerEnds, ControlEnds) {
    let (to_worker, inbox) = shared_channel::new_bounded(CHANNEL);
    let (outbox, from_worker) = shared_channel::new_bounded(CHANNEL);
    (
        WorkerEnds { inbox, outbox },
        ControlEnds {
            to_worker,
            from_worker,
        },
    )
}

fn start_worker(
    setup: worker::Setup,
    core: usize,
    ends: WorkerEnds,
    stop: Arc<AtomicBool>,
    stopped: Arc<AtomicUsize>,
) -> Result<Handle, RuntimeError> {
    executor(Placement::Fixed(core), &format!("worker-{}", setup.index))
        .spawn(move || async move {
            setup.guard.watch(|| {});
            // Both sides connect in this order, because each waits for the other.
            let inbox = ends.inbox.connect().await;
            let outbox = ends.outbox.connect().await;
            let result = worker::run(setup, inbox, outbox).await;
            if let Err(error) = &result {
                log::error!("a worker cannot go on, the others are stopped: {error}");
                stop.store(true, Ordering::Relaxed);
            }
            stopped.fetch_add(1, Ordering::Relaxed);
            result
        })
        .map_err(|error| RuntimeError::Thread(format!("cannot start a worker: {error}")))
}

fn start_control(
    config: Config,
    credentials: Credentials,
    admin: Option<Listener>,
    ends: Vec<ControlEnds>,
    stop: Arc<AtomicBool>,
    guard: Guard,
) -> Result<Handle, RuntimeError> {
    let placement = config
        .pin_control
        .map_or(Placement::Unbound, Placement::Fixed);
    executor(placement, "control")
        .spawn(move || async move {
            guard.watch(|| {});
            let mut workers = Vec::new();
            for ends in ends {
                let sender = ends.to_worker.connect().await;
                let receiver = ends.from_worker.connect().await;
                workers.push((sender, receiver));
            }
            let (senders, receivers) = workers.into_iter().unzip();
            let control = control::Control::new(config, credentials, senders, stop);
            if let Some(listener) = admin {
                glommio::spawn_local(admin::serve(listener, control.state())).detach();
            }
            control.run(receivers).await
        })
        .map_err(|error| RuntimeError::Thread(format!("cannot start control: {error}")))
}

fn executor(placement: Placement, name: &str) -> LocalExecutorBuilder {
    LocalExecutorBuilder::new(placement)
        .name(name)
        .io_memory(IO_MEMORY)
        .preempt_timer(PREEMPT)
        .blocking_thread_pool_placement(PoolPlacement::Unbound(LOOKUPS))
}

type Handle = ExecutorJoinHandle<io::Result<()>>;

fn join(name: &str, handle: Handle) -> Result<(), RuntimeError> {
    match handle.join() {
        Ok(Ok(())) => Ok(()),
        Ok(Err(error)) => Err(RuntimeError::Thread(format!("{name} failed: {error}"))),
        Err(error) => Err(RuntimeError::Thread(format!("{name} failed: {error}"))),
    }
}

/// How often the guard wakes each executor: that one sleeps wrongly is rare, but then this is how long.
const GUARD_PERIOD: Duration = Duration::from_millis(50);

/// Looks at workers that are about to end, one per tick.
const STOP_LOOKS: u32 = 20;

/// Connections that may wait for the admin port: probes and scrapes come one at a time.
const ADMIN_BACKLOG: u32 = 64;
