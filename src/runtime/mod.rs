//! Start and stop: cores, listeners, channels, threads, signals.
//!
//! ```text
//!   main thread: checks the machine, binds the listeners, starts the threads, waits for them
//!     worker 0 .. n-1   pinned executors, one listener per address each
//!     control           executor for topology, admin port, drain
//! ```
//!
//! Start order: listeners, control, workers. SIGTERM or SIGINT sets a flag that control looks at each tick;
//! control drains the workers, the workers end, control ends: the order of stopping is the reverse. A process that
//! takes over from another one gets the listeners from that one (`inherit`).

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use glommio::channels::shared_channel::{self, SharedReceiver, SharedSender};
use glommio::{ExecutorJoinHandle, LocalExecutorBuilder, Placement};

use crate::config::{Config, ConfigErrors};
use crate::control::{Estate, Loader, Signals};
use crate::message::{ToControl, ToWorker};
use crate::net::tls::{Credentials, Watch};
use crate::net::{Guard, Listener, probe};
use crate::pipeline::TICK;
use crate::{admin, control, worker};

mod cores;
mod inherit;
mod journal;
mod launch;
mod memory;

use self::inherit::Heritage;
pub use self::inherit::report_failure;
pub use self::journal::Journal;

/// Messages that may wait in a channel between control and a worker. Control sends a few per second, a
/// worker a few per turn at worst; what does not fit is counted and sent again by the next reason.
const CHANNEL: usize = 256;

/// Memory for the rings of one executor; the default of 10 MB serves file I/O, which is not done here.
const IO_MEMORY: usize = 64 * 1024;

/// How long a worker may go without looking at messages. Not much shorter, because an executor that loses
/// its core for this long between two steps of its loop sleeps until the guard wakes it.
const PREEMPT: Duration = Duration::from_millis(5);

/// Why the proxy could not start or go on.
#[derive(Debug, thiserror::Error)]
pub enum RuntimeError {
    /// Another program listens there.
    #[error(
        "address {0} is in use by another program; choose another with --listen or --admin, or take over with \
         --takeover if it is corelane and was started so too"
    )]
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
    /// The process before does not hand over.
    #[error("cannot take over: {0}")]
    TakeOver(io::Error),
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
            Self::Unusable(_) | Self::NoCores | Self::TakeOver(_) | Self::Thread(_) => 69,
        }
    }
}

/// Runs until the process is told to stop, or another one has taken over.
///
/// # Errors
///
/// Why it could not start, or which thread failed.
pub fn run(config: Config, loader: Loader, journal: &Journal) -> Result<(), RuntimeError> {
    let mut heritage = Heritage::claim(&config).map_err(RuntimeError::TakeOver)?;
    let started = start(config, loader, journal, &mut heritage);
    match started {
        Ok(running) => running.wait(),
        Err(error) => {
            heritage.report(&error.to_string());
            Err(error)
        }
    }
}

/// All threads of a process.
struct Running {
    control: Handle,
    workers: Vec<Handle>,
    stopped: Arc<AtomicUsize>,
}

fn start(
    config: Config,
    loader: Loader,
    journal: &Journal,
    heritage: &mut Heritage,
) -> Result<Running, RuntimeError> {
    let cores = cores::choose(config.workers);
    if cores.is_empty() {
        return Err(RuntimeError::NoCores);
    }
    let (config, loader) = memory::bound_all(config, loader, cores.len());
    let (credentials, watch) = Watch::load(&config)?;
    probe::io_uring(cores.len() + 1)?;
    let descriptors_max = descriptors_for_clients(config.limits.clients_max);
    let (config, listeners) = bind_all(config, cores.len(), heritage)?;
    let admin = bind_admin(&config, heritage)?;
    let mut estate = heritage.take_estate(&config);
    estate
        .add(
            listeners
                .iter()
                .flatten()
                .chain(admin.iter().map(|admin| &admin.listener)),
        )
        .map_err(|error| RuntimeError::Thread(format!("cannot keep the listeners: {error}")))?;
    let listens = estate.predecessor.is_none();
    let signals = watch_signals()?;
    let (worker_ends, control_ends): (Vec<_>, Vec<_>) = cores.iter().map(|_| channels()).unzip();
    let guard = Guard::start(GUARD_PERIOD)
        .map_err(|error| RuntimeError::Thread(format!("cannot start the guard: {error}")))?;
    let parts = ControlParts {
        config: config.clone(),
        credentials: credentials.clone(),
        watch,
        loader,
        log_lost: journal.lost(),
        admin,
        estate,
        signals: signals.clone(),
    };
    let control = start_control(parts, control_ends, &guard)?;
    let stopped = Arc::new(AtomicUsize::new(0));
    let mut workers = Vec::new();
    let parts = cores.iter().zip(listeners).zip(worker_ends);
    for (index, ((core, listeners), ends)) in parts.enumerate() {
        let config = config.clone();
        let setup = worker::Setup {
            index,
            workers: cores.len(),
            config,
            listeners,
            credentials: credentials.clone(),
            listens,
            descriptors_max,
        };
        let (signals, stopped) = (signals.clone(), Arc::clone(&stopped));
        let work = work(setup, ends, signals, stopped);
        let placement = || Placement::Fixed(core.id);
        workers.push(start_executor(
            &format!("worker-{index}"),
            placement,
            &guard,
            work,
        )?);
    }
    tell_addresses(&config, cores.len());
    Ok(Running {
        control,
        workers,
        stopped,
    })
}

fn tell_addresses(config: &Config, workers: usize) {
    let secured = config.tls.listen.iter().map(|addr| format!("{addr} (TLS)"));
    let addrs = config.listen.iter().map(ToString::to_string);
    let addrs: Vec<String> = addrs.chain(secured).collect();
    let version = env!("CARGO_PKG_VERSION");
    log::info!(
        "corelane {version}: {workers} workers listen on {}",
        addrs.join(", ")
    );
}

// === impl Running ===

impl Running {
    /// Until all threads have ended.
    fn wait(self) -> Result<(), RuntimeError> {
        join("control", self.control)?;
        if !all_stop(&self.stopped, self.workers.len()) {
            // The drain timeout has passed; what these workers still do ends with the process.
            log::warn!("stopped before all clients had their replies");
            return Ok(());
        }
        for (index, handle) in self.workers.into_iter().enumerate() {
            join(&format!("worker {index}"), handle)?;
        }
        log::info!("stopped");
        Ok(())
    }
}

/// The number of descriptors that clients may take. The rest of what the process may have is for nodes and for itself.
fn descriptors_for_clients(clients_max: usize) -> u64 {
    let limit = probe::raise_descriptors();
    let reserve = (limit / RESERVE_SHARE).min(RESERVE_MAX);
    let left = limit - reserve;
    if (clients_max as u64) > left {
        log::warn!(
            "limits.clients_max is {clients_max}, but only {limit} descriptors may be open, of which {reserve} are \
             kept for connections to nodes; raise the limit with `ulimit -n`, LimitNOFILE= in systemd, or the \
             container's nofile ulimit"
        );
    }
    left
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

/// Listeners of all workers, and the settings with the ports that port 0 became. What was inherited is used
/// whatever the number of workers is: a listener that nobody accepts from would lose the clients that wait at it.
fn bind_all(
    mut config: Config,
    workers: usize,
    heritage: &mut Heritage,
) -> Result<(Config, Vec<Vec<Listener>>), RuntimeError> {
    let mut all: Vec<Vec<Listener>> = (0..workers).map(|_| Vec::new()).collect();
    let plain = config.listen.iter_mut().map(|addr| (addr, false));
    let secured = config.tls.listen.iter_mut().map(|addr| (addr, true));
    for (addr, is_secured) in plain.chain(secured) {
        let inherited = heritage.take_listeners(*addr);
        let missing = workers.saturating_sub(inherited.len());
        if inherited.is_empty() {
            Listener::probe(*addr).map_err(|error| cannot_listen(*addr, error))?;
        }
        for listener in &inherited {
            let backlog = config.clients.tcp_backlog;
            listener
                .set_backlog(backlog)
                .map_err(|error| cannot_listen(*addr, error))?;
        }
        let mut found = inherited;
        for _ in 0..missing {
            let listener = Listener::bind(*addr, config.clients.tcp_backlog)
                .map_err(|error| cannot_listen(*addr, error))?;
            *addr = listener.addr();
            found.push(listener);
        }
        let turns = (0..workers).cycle();
        for (worker, listener) in turns.zip(found) {
            if let Some(listeners) = all.get_mut(worker) {
                listeners.push(if is_secured {
                    listener.secured()
                } else {
                    listener
                });
            }
        }
    }
    Ok((config, all))
}

/// The listener of the admin port.
struct AdminPort {
    listener: Listener,
    /// The process before answers on it for now.
    inherited: bool,
}

fn bind_admin(config: &Config, heritage: &mut Heritage) -> Result<Option<AdminPort>, RuntimeError> {
    let Some(addr) = config.admin.listen else {
        return Ok(None);
    };
    if let Some(listener) = heritage.take_listeners(addr).pop() {
        return Ok(Some(AdminPort {
            listener,
            inherited: true,
        }));
    }
    let listener = Listener::probe(addr)
        .and_then(|()| Listener::bind(addr, ADMIN_BACKLOG))
        .map_err(|error| cannot_listen(addr, error))?;
    Ok(Some(AdminPort {
        listener,
        inherited: false,
    }))
}

fn cannot_listen(addr: SocketAddr, error: io::Error) -> RuntimeError {
    if error.kind() == io::ErrorKind::AddrInUse {
        RuntimeError::AddressInUse(addr)
    } else {
        RuntimeError::Listen(addr, error)
    }
}

/// The flags that signals set.
fn watch_signals() -> Result<Signals, RuntimeError> {
    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM, SIGUSR2};
    let signals = Signals::default();
    for (signal, flag) in [
        (SIGTERM, &signals.stop),
        (SIGINT, &signals.stop),
        (SIGUSR2, &signals.take_over),
        (SIGHUP, &signals.reload),
    ] {
        signal_hook::flag::register(signal, Arc::clone(flag))
            .map_err(|error| RuntimeError::Thread(format!("cannot watch signals: {error}")))?;
    }
    Ok(signals)
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

/// What a worker does from its start to its end.
fn work(
    setup: worker::Setup,
    ends: WorkerEnds,
    signals: Signals,
    stopped: Arc<AtomicUsize>,
) -> impl AsyncFnOnce() -> io::Result<()> + Send + 'static {
    async move || {
        // Both sides connect in this order, because each waits for the other.
        let inbox = ends.inbox.connect().await;
        let outbox = ends.outbox.connect().await;
        let result = worker::run(setup, inbox, outbox).await;
        if let Err(error) = &result {
            log::error!("a worker cannot go on, the others are stopped: {error}");
            signals.stop.store(true, Ordering::Relaxed);
        }
        stopped.fetch_add(1, Ordering::Relaxed);
        result
    }
}

/// What control is made of.
struct ControlParts {
    config: Config,
    credentials: Credentials,
    watch: Watch,
    loader: Loader,
    log_lost: Arc<AtomicU64>,
    admin: Option<AdminPort>,
    estate: Estate,
    signals: Signals,
}

fn start_control(
    parts: ControlParts,
    ends: Vec<ControlEnds>,
    guard: &Guard,
) -> Result<Handle, RuntimeError> {
    let ControlParts {
        config,
        credentials,
        watch,
        loader,
        log_lost,
        admin,
        estate,
        signals,
    } = parts;
    let core = config.pin_control;
    let placement = move || core.map_or(Placement::Unbound, Placement::Fixed);
    let work = async move || {
        let mut workers = Vec::new();
        for ends in ends {
            let sender = ends.to_worker.connect().await;
            let receiver = ends.from_worker.connect().await;
            workers.push((sender, receiver));
        }
        let (senders, receivers) = workers.into_iter().unzip();
        let control = control::Control::new(config, senders, signals)
            .with_credentials(credentials, watch)
            .with_estate(estate)
            .with_loader(loader);
        control.state().borrow_mut().log_lost = log_lost;
        if let Some(AdminPort {
            listener,
            inherited,
        }) = admin
        {
            let serving = admin::serve(listener, control.state(), inherited);
            glommio::spawn_local(serving).detach();
        }
        control.run(receivers).await
    };
    start_executor("control", placement, guard, work)
}

/// Starts an executor that does `work` once it runs and the guard knows it.
fn start_executor(
    name: &str,
    placement: impl Fn() -> Placement,
    guard: &Guard,
    work: impl AsyncFnOnce() -> io::Result<()> + Send + 'static,
) -> Result<Handle, RuntimeError> {
    launch::launch(name, work, |recipient| {
        let guard = guard.clone();
        executor(placement(), name)
            .spawn(move || async move {
                let _watched = guard.watch(|| {}).await;
                match recipient.take() {
                    Some(work) => work().await,
                    None => Ok(()),
                }
            })
            .map_err(|error| RuntimeError::Thread(format!("cannot start {name}: {error}")))
    })
}

fn executor(placement: Placement, name: &str) -> LocalExecutorBuilder {
    LocalExecutorBuilder::new(placement)
        .name(name)
        .io_memory(IO_MEMORY)
        .preempt_timer(PREEMPT)
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

/// One of so many descriptors is kept for connections to nodes, so that clients cannot cut the proxy off from them.
const RESERVE_SHARE: u64 = 8;

/// No more are kept: enough for some hundred nodes and as many clients that wait.
const RESERVE_MAX: u64 = 1024;

/// Connections that may wait for the admin port: probes and scrapes come one at a time.
const ADMIN_BACKLOG: u32 = 64;
