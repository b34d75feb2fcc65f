//! Requests and replies: the scanners against an obvious parser, whole and in pieces, and all that is asked
//! of a frame once it is whole.

use corelane::cluster::{NodeAddr, Refusal, is_of_server};
use corelane::command::describe;
use corelane::command::{self, Command, Learned, WaitLimit, emulation, treatment};
use corelane::resp::{
    Limits, Protocol, ReplyScanner, ReplyView, RequestScanner, RequestView, Scan, inline,
};

use crate::grammar::{self, Verdict, assert_same};
use crate::input::Input;
use crate::rng::Rng;

/// Small enough that a fuzzer meets them.
const SMALL: Limits = Limits {
    args_max: 4,
    bulk_bytes_max: 12,
    inline_bytes_max: 20,
    nesting_max: 4,
};

const LIMITS: [Limits; 3] = [Limits::DEFAULT, Limits::BEFORE_AUTH, SMALL];

/// A stream of requests: a byte for the limits, one for the cuts, and what a client sends.
pub fn requests(data: &[u8]) {
    let mut input = Input::new(data);
    let limits = *input.pick(&LIMITS);
    let mut rng = Rng::new(input.byte().into());
    let mut rest = input.rest();
    loop {
        let whole = RequestScanner::default().scan(rest, &limits);
        assert_eq!(verdict(whole), grammar::request(rest, &limits), "{rest:?}");
        let mut scanner = RequestScanner::default();
        let cut = scan_in_pieces(rest, &mut rng, |seen| scanner.scan(seen, &limits));
        assert_same(rest, whole, cut);
        let Scan::Complete { len } = whole else {
            break;
        };
        assert!(len > 0 && scanner.is_idle());
        use_request(&rest[..len]);
        rest = &rest[len..];
    }
}

/// A stream of replies, in the same form.
pub fn replies(data: &[u8]) {
    let mut input = Input::new(data);
    let limits = *input.pick(&LIMITS);
    let mut rng = Rng::new(input.byte().into());
    let mut rest = input.rest();
    loop {
        let whole = ReplyScanner::default().scan(rest, &limits);
        assert_eq!(verdict(whole), grammar::reply(rest, &limits), "{rest:?}");
        let mut scanner = ReplyScanner::default();
        let cut = scan_in_pieces(rest, &mut rng, |seen| scanner.scan(seen, &limits));
        assert_same(rest, whole, cut);
        let Scan::Complete { len } = whole else {
            break;
        };
        assert!(len > 0);
        let values = walk(ReplyView::new(&rest[..len]));
        // The obvious parser counts with its usual limits only.
        assert_eq!(Some(values), grammar::count_values(&rest[..len]));
        rest = &rest[len..];
    }
    // Views may be made of anything.
    walk(ReplyView::new(rest));
}

fn verdict(scan: Scan) -> Verdict {
    match scan {
        Scan::Complete { len } => Verdict::Whole(len),
        Scan::Incomplete { .. } => Verdict::Partial,
        Scan::Invalid(_) => Verdict::Broken,
    }
}

fn scan_in_pieces(bytes: &[u8], rng: &mut Rng, mut scan: impl FnMut(&[u8]) -> Scan) -> Scan {
    let mut end = 0;
    let mut last = scan(&[]);
    let longest = *rng.pick(&[1, 3, 20, 200]);
    while end < bytes.len() && matches!(last, Scan::Incomplete { .. }) {
        end = (end + 1 + rng.index(longest)).min(bytes.len());
        last = scan(&bytes[..end]);
    }
    last
}

/// What the pipeline asks of a whole request.
fn use_request(frame: &[u8]) {
    let view = RequestView::new(frame);
    let args: Vec<&[u8]> = view.args().collect();
    if view.is_inline() {
        let mut out = Vec::new();
        let Ok(count) = inline::to_multibulk(frame, &mut out) else {
            assert!(out.is_empty());
            return;
        };
        if count > 0 {
            assert!(!RequestView::new(&out).is_inline());
            assert_eq!(RequestView::new(&out).args().count(), count);
            use_request(&out);
        }
        return;
    }
    assert_eq!(args.len(), view.len_args());
    assert_eq!(view.arg(args.len()), None);
    for (at, (span, arg)) in view.args().with_spans().enumerate() {
        assert!(span.end <= frame.len() && frame[span].len() >= arg.len());
        assert_eq!((Some(arg), arg), (view.arg(at), args[at]));
    }
    let shape = RequestScanner::default().scan_shape(frame, &Limits::DEFAULT);
    if let Ok(shape) = shape {
        let fast: Vec<&[u8]> = RequestView::with_shape(frame, &shape).args().collect();
        assert_eq!(fast, args);
    }
    let Some(command) = args.first().and_then(|name| command::lookup(name)) else {
        return;
    };
    assert!(command.name.as_bytes().eq_ignore_ascii_case(args[0]));
    use_command(command, &view);
    if let Some(child) = args.get(1).and_then(|word| command.subcommand(word)) {
        use_command(child, &view);
    }
    if command.name == "command" {
        for protocol in [Protocol::Resp2, Protocol::Resp3] {
            let mut out = Vec::new();
            describe::answer(&mut out, &view, &Learned::none(), protocol);
            assert_one_reply(&out);
        }
    }
}

/// What is asked about a request of a command.
pub(crate) fn use_command(command: &'static Command, view: &RequestView<'_>) {
    let (mut keys, mut uses) = (Vec::new(), Vec::new());
    let found = command.keys(view, &mut keys);
    assert_eq!(found, command.keys_with_access(view, &mut uses));
    assert!(uses.iter().map(|key| key.index).eq(keys.iter().copied()));
    assert!(keys.windows(2).all(|pair| pair[0] < pair[1]), "{keys:?}");
    let inside = |at: &usize| (1..view.len_args()).contains(at);
    assert!(keys.iter().all(inside), "{keys:?} of {}", view.len_args());
    let _ = (treatment(command), emulation(command));
    if let Some(wait) = WaitLimit::of(command, view) {
        let mut out = Vec::new();
        wait.write(view, std::time::Duration::from_millis(1500), &mut out);
        let scan = RequestScanner::default().scan(&out, &Limits::DEFAULT);
        assert_eq!(scan, Scan::Complete { len: out.len() });
        assert_eq!(RequestView::new(&out).len_args(), view.len_args());
    }
}

/// The bytes are one reply and nothing else.
pub(crate) fn assert_one_reply(bytes: &[u8]) {
    let scan = ReplyScanner::default().scan(bytes, &Limits::DEFAULT);
    assert_eq!(scan, Scan::Complete { len: bytes.len() });
}

/// Values in a reply, itself included.
fn walk(view: ReplyView<'_>) -> usize {
    let texts = [view.as_bulk(), view.as_error(), view.as_scalar_text()];
    assert!(texts.iter().flatten().count() <= 1);
    assert!(view.as_integer().is_none() || texts.iter().all(Option::is_none));
    if let Some(text) = view.as_error() {
        let said_by = NodeAddr::new("10.0.0.1", 7000);
        if let Some(Refusal::Moved { addr, .. } | Refusal::Ask { addr, .. }) = Refusal::parse(text)
        {
            let to = addr.to_addr(&said_by);
            assert!(addr.is(&to, &said_by), "{addr:?} is not {to:?}");
        }
        let _ = is_of_server(text);
    }
    let Some(elements) = view.elements() else {
        return 1;
    };
    let announced = view.len_elements();
    let values: Vec<_> = elements.collect();
    assert!(announced.is_some_and(|announced| values.len() <= announced));
    1 + values.into_iter().map(walk).sum::<usize>()
}
