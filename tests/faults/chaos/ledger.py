"""What one client has written and may read: every reply is judged against it.

A value names its client, its key and a growing number. For each key the client remembers which numbers were
acknowledged, which were refused (an error that promises that nothing was executed), and which have an unknown
outcome. So a reply that is wrong is one of these:

foreign    the value of another client
order      a reply of this client's, but not the one whose turn it is; or of another type
regressed  an acknowledged write is not there: lost, or read from a replica that is behind (then it comes back
           later: `returned`)
undead     a write that was refused was executed
doubled    a write was executed twice

A read that was under way when its link was lost is sent again, and then may see what the same client had sent behind
it in one pipeline (`overtaken`); the outcome of that write has to be unknown then.

A write with an unknown outcome may take effect later than what the client did after it: a node that was stopped
finds it in its socket when it goes on. That is counted (`late`), and nothing else may come late.
"""

from .wire import Error

# What is said with an error about a write: it was not executed, or nobody knows.
REFUSED, UNKNOWN = "refused", "unknown"

# The beginning of an error, a name for it, and what it says about a write.
KINDS = [
    ("ERR corelane: timeout", "timeout", UNKNOWN),
    ("ERR corelane: lost the connection", "lost link", UNKNOWN),
    ("ERR corelane: too many requests wait", "backlog", REFUSED),
    ("ERR corelane: shutting down", "draining", REFUSED),
    ("CLUSTERDOWN corelane:", "unavailable", REFUSED),
    ("CLUSTERDOWN", "clusterdown", REFUSED),
    ("LOADING", "loading", REFUSED),
    ("BUSY ", "busy", REFUSED),
    ("READONLY", "readonly", REFUSED),
    ("MASTERDOWN", "masterdown", REFUSED),
    ("TRYAGAIN", "tryagain", REFUSED),
    ("MOVED", "moved", REFUSED),
    ("ASK", "ask", REFUSED),
    ("UNBLOCKED", "unblocked", REFUSED),
    ("EXECABORT", "execabort", REFUSED),
]

# A transaction was given up before anything was executed; what follows says why.
GIVEN_UP = "EXECABORT Transaction discarded because of: "


def classify(text):
    """Name and meaning of an error."""
    if text.startswith(GIVEN_UP):
        return classify(text[len(GIVEN_UP):])[0], REFUSED
    for beginning, kind, meaning in KINDS:
        if text.startswith(beginning):
            return kind, meaning
    return "other", UNKNOWN


class Request:
    """One request: its words, the shards that it needs, and who judges its reply."""

    __slots__ = ("words", "shards", "judge", "forget")

    def __init__(self, words, shards, judge, forget=None):
        self.words, self.shards, self.judge = words, shards, judge
        # Called if no reply will come.
        self.forget = forget or (lambda: None)


class Numbers:
    """The numbers of the writes to one key, and what became of them."""

    def __init__(self):
        self.issued = 0
        self.acked = 0
        self.acked_at = 0.0
        # The highest one that was acknowledged, also if it was not there when it was last looked for.
        self.best = 0
        self.unknown = set()
        self.refused = set()
        # Read although their own reply had not come.
        self.peeked = set()

    def issue(self):
        self.issued += 1
        return self.issued

    def settle(self, number, meaning, now):
        """What a reply says about a write: None is the acknowledgement. Gives a kind of finding, or None."""
        was_peeked = number in self.peeked
        self.peeked.discard(number)
        if was_peeked and meaning != UNKNOWN:
            return "order"
        if was_peeked:
            return None
        if meaning is None:
            self.acked, self.acked_at = number, now
            self.best = max(self.best, number)
        elif meaning == REFUSED:
            self.refused.add(number)
        else:
            self.unknown.add(number)
        return None

    def read(self, number, now):
        """What it means that this number was read: a kind of finding, or None."""
        if number > self.issued:
            return "order"
        if number in self.refused:
            return "undead"
        if number in self.unknown:
            self.unknown.discard(number)
            late = number < self.acked
            self.acked, self.acked_at = number, now
            return "late" if late else None
        if self.acked < number <= self.best:
            self.acked = number
            return "returned"
        if number > self.acked:
            self.peeked.add(number)
            self.acked, self.acked_at = number, now
            return "overtaken"
        if number < self.acked:
            self.acked = number
            return "regressed"
        return None


class Ledger:
    """Keys of one client under some hash tags, and requests about them."""

    def __init__(self, name, tags, random, report):
        # `tags` are pairs of a tag and its shard; `report` takes findings.
        self.name, self.tags, self.random, self.report = name, tags, random, report
        self.everywhere = sorted({shard for _, shard in tags})
        self.shard_of = dict(tags)
        self.numbers = {}
        self.journals = {}
        self.counts = {}
        self.pauses = 0

    # === requests ===

    def draw(self):
        """One request or a few that belong together."""
        tag, shard = self.random.choice(self.tags)
        kind = self.random.randrange(20)
        if kind < 5:
            return [self.set(tag, "v")]
        if kind < 10:
            return [self.get(tag, "v")]
        if kind < 12:
            return [self.push(tag)]
        if kind == 12:
            return [self.count(tag)]
        if kind == 13:
            return self.transaction(tag)
        if kind == 14:
            return [self.both(tag)]
        if kind == 15:
            return [self.set_many()]
        if kind == 16:
            return [self.get_many()]
        if kind == 17:
            return [self.script(tag)]
        return [self.echo()]

    def set(self, tag, name, size=0):
        key = self.key(tag, name)
        numbers = self.of(key)
        number = numbers.issue()

        def judge(reply, now):
            self.judge_write(reply, "OK", key, [(numbers, number)], now)
        return Request(["SET", key, self.value(key, number, size)], [self.shard_of[tag]], judge,
                       lambda: numbers.settle(number, UNKNOWN, 0))

    def get(self, tag, name):
        key = self.key(tag, name)
        return Request(["GET", key], [self.shard_of[tag]],
                       lambda reply, now: self.judge_read(reply, key, now))

    def set_many(self):
        chosen = self.random.sample(self.tags, min(len(self.tags), 4))
        words, writes = ["MSET"], []
        for tag, _ in chosen:
            key = self.key(tag, "v")
            numbers = self.of(key)
            writes.append((numbers, numbers.issue()))
            words += [key, self.value(key, writes[-1][1])]

        def judge(reply, now):
            # Other parts than the one that failed may have been executed.
            self.judge_write(reply, "OK", "MSET", writes, now, is_split=True)

        def forget():
            for numbers, number in writes:
                numbers.settle(number, UNKNOWN, 0)
        return Request(words, sorted({shard for _, shard in chosen}), judge, forget)

    def get_many(self):
        keys = [self.key(tag, "v") for tag, _ in self.tags]

        def judge(reply, now):
            if self.is_error(reply, "MGET"):
                return
            if not isinstance(reply, list) or len(reply) != len(keys):
                self.wrong("order", "MGET", reply)
                return
            for key, value in zip(keys, reply):
                self.judge_read(value, key, now)
        return Request(["MGET", *keys], self.everywhere, judge)

    def push(self, tag):
        key = self.journal(tag)
        entries = self.journals[key]
        number = len(entries) + 1
        entries.append([UNKNOWN, 0.0])

        def judge(reply, now):
            if isinstance(reply, Error):
                entries[number - 1] = [self.meaning(reply, key), now]
            elif isinstance(reply, int):
                entries[number - 1] = ["acked", now]
                if reply > number:
                    self.wrong("doubled", key, reply)
            else:
                self.wrong("order", key, reply)
        return Request(["RPUSH", key, self.value(key, number)], [self.shard_of[tag]], judge)

    def count(self, tag):
        """A counter: the reply tells how often it was executed."""
        key = self.key(tag, "n")
        state = self.counts.setdefault(key, {"last": 0, "unknown": 0, "at": 0.0})

        def forget():
            state["unknown"] += 1

        def judge(reply, now):
            if isinstance(reply, Error):
                if self.meaning(reply, key) == UNKNOWN:
                    forget()
                return
            if not isinstance(reply, int):
                self.wrong("order", key, reply)
                return
            if reply <= state["last"]:
                self.report("regressed", key=key, got=reply, expected=state["last"] + 1,
                            shards=[self.shard_of[tag]], acked=state["at"])
            elif reply > state["last"] + 1 + state["unknown"]:
                self.wrong("doubled", key, reply)
            else:
                state["unknown"] -= reply - state["last"] - 1
            state["last"], state["at"] = reply, now
        return Request(["INCR", key], [self.shard_of[tag]], judge, forget)

    def transaction(self, tag):
        """Two keys of one slot that always change together."""
        keys = [self.key(tag, "a"), self.key(tag, "b")]
        numbers = self.of(keys[0])
        number = numbers.issue()
        shards = [self.shard_of[tag]]

        def simple(word):
            def judge(reply, now):
                if not self.is_error(reply, "MULTI") and reply != word:
                    self.wrong("order", "MULTI", reply)
            return judge

        def judge(reply, now):
            if reply is None:
                self.wrong("order", "EXEC", reply)
                reply = Error("")
            wanted = ["OK", "OK"]
            self.judge_write(reply, wanted, keys[0], [(numbers, number)], now)
        return [
            Request(["MULTI"], shards, simple("OK")),
            *[Request(["SET", key, self.value(key, number)], shards, simple("QUEUED")) for key in keys],
            Request(["EXEC"], shards, judge, lambda: numbers.settle(number, UNKNOWN, 0)),
        ]

    def both(self, tag):
        keys = [self.key(tag, "a"), self.key(tag, "b")]

        def judge(reply, now):
            if self.is_error(reply, "MGET"):
                return
            if not isinstance(reply, list) or len(reply) != 2:
                self.wrong("order", "MGET", reply)
                return
            read = [self.number_in(value, key) for value, key in zip(reply, keys)]
            if None in read:
                return
            if read[0] != read[1]:
                self.wrong("torn", keys[0], reply)
            self.judge_number(read[0], keys[0], now)
        return Request(["MGET", *keys], [self.shard_of[tag]], judge)

    def script(self, tag):
        key, nonce = self.key(tag, "s"), self.nonce()

        def judge(reply, now):
            if not self.is_error(reply, "EVAL") and reply != [key.encode(), nonce.encode()]:
                self.wrong(self.whose(reply), "EVAL", reply)
        return Request(["EVAL", "return {KEYS[1],ARGV[1]}", 1, key, nonce], [self.shard_of[tag]], judge)

    def echo(self):
        nonce = self.nonce()

        def judge(reply, now):
            if reply != nonce.encode():
                self.wrong(self.whose(reply), "ECHO", reply)
        return Request(["ECHO", nonce], [], judge)

    # === judging ===

    def judge_write(self, reply, wanted, key, writes, now, is_split=False):
        meaning = None
        if isinstance(reply, Error):
            meaning = self.meaning(reply, key)
            if is_split:
                meaning = UNKNOWN
        elif reply != wanted:
            self.wrong("order", key, reply)
            meaning = UNKNOWN
        for numbers, number in writes:
            finding = numbers.settle(number, meaning, now)
            if finding:
                self.wrong(finding, key, f"{number} was read before")

    def judge_read(self, reply, key, now):
        if isinstance(reply, Error):
            return
        number = self.number_in(reply, key)
        if number is not None:
            self.judge_number(number, key, now)

    def judge_number(self, number, key, now):
        numbers = self.of(key)
        expected, acked_at = numbers.acked, numbers.acked_at
        finding = numbers.read(number, now)
        if finding:
            self.report(finding, key=key, got=number, expected=expected, shards=[self.shard(key)],
                        acked=acked_at)

    def number_in(self, value, key):
        """The number in a value of this key; None if it is another's, which is reported."""
        if value is None:
            return 0
        if not isinstance(value, bytes):
            self.wrong("order", key, value)
            return None
        parts = value.split(b"|", 3)
        if len(parts) < 3 or parts[:2] != [self.name.encode(), key.encode()] or not parts[2].isdigit():
            self.wrong(self.whose(value), key, value)
            return None
        number = int(parts[2])
        if len(parts) == 4 and value != self.value(key, number, len(value)):
            self.wrong("foreign", key, value)
            return None
        return number

    def whose(self, reply):
        """Whether a reply that is not the right one belongs to this client at least."""
        while isinstance(reply, list) and reply:
            reply = reply[-1]
        if isinstance(reply, bytes) and reply.startswith(self.name.encode() + b"|"):
            return "order"
        return "foreign" if isinstance(reply, bytes) else "order"

    def is_error(self, reply, what):
        return isinstance(reply, Error)

    def meaning(self, error, key):
        return classify(error)[1]

    def wrong(self, finding, what, reply):
        self.report(finding, key=what, got=repr(reply)[:200], shards=self.everywhere)

    def judge_journal(self, key, reply):
        """At the end: what was acknowledged is there once and in order, and nothing that was refused."""
        entries = self.journals[key]
        seen = {}
        last = 0
        for place, value in enumerate(reply):
            number = self.number_in(value, key)
            if not number or number > len(entries):
                self.wrong("foreign", key, value)
                continue
            state = entries[number - 1][0]
            if number in seen:
                self.wrong("doubled", key, value)
            if state == REFUSED:
                self.wrong("undead", key, value)
            if state in ("acked", "confirmed"):
                if number < last:
                    self.wrong("order", key, value)
                last = number
            seen[number] = place
        for number, (state, at) in enumerate(entries, 1):
            if state in ("acked", "confirmed") and number not in seen:
                finding = "lost" if state == "acked" else "lost although confirmed"
                self.report(finding, key=key, got=None, expected=number, shards=[self.shard(key)], acked=at)

    # === names ===

    def key(self, tag, name):
        return f"{{{tag}}}:{self.name}:{name}"

    def shard(self, key):
        return self.shard_of[key[1:key.index("}")]]

    def of(self, key):
        return self.numbers.setdefault(key, Numbers())

    def journal(self, tag):
        """The journal that is being written; one is full after some hundred entries."""
        serial = self.counts.setdefault(("journal", tag), 0)
        key = self.key(tag, f"j{serial}")
        if len(self.journals.setdefault(key, [])) >= JOURNAL_MAX:
            self.counts["journal", tag] = serial + 1
            return self.journal(tag)
        return key

    def value(self, key, number, size=0):
        head = f"{self.name}|{key}|{number}".encode()
        if not size:
            return head
        head += b"|"
        return (head * (size // len(head) + 1))[:size]

    def nonce(self):
        self.pauses += 1
        return f"{self.name}|nonce|{self.pauses}"


# So that slots with journals in them can move in small steps.
JOURNAL_MAX = 400
