"""
Which alert belongs to which open that the guard refused, and what no alert has told of.

In: refusals as the guard tells them, in a flood as counts; matches of rules as the probe's events
give them, in a flood as counts too. Out: whether a match is of an open that was refused; refusals
of which the probe saw nothing that matches (it knows a failed open only by the name that was
used), which get an alert of their own; and how many more there were. So the counts of alerts are
no fewer than the refusals, and an open counts once. Pure: time is given. Bounded: whoever makes
room for another is settled at once.

Limits. A flood isn't told open by open, so in a process that was refused a moment ago each open
that isn't permitted is taken for a refused one. What else matches in a process while it is refused,
and is told as a count, is taken for refusals too: they may then count together.
"""

import collections
from collections.abc import Callable, Iterator

import msgspec

from shikra.enforce.guard.messages import Denied
from shikra.model.event import Event

PATIENCE_NS = 500_000_000
"""How long an event may be on its way, beside what it may wait for a container's metadata."""

FLOOD_NS = 1_000_000_000
"""As long, opens of whoever was refused in a flood are taken for refused ones."""

FLOOD = 20
"""So many refusals of one process are one."""

RECENT_NS = 10_000_000_000
"""As long, a process that was refused is remembered."""

MARK_NS = 100_000_000
_END_OF_TIME_NS = 1 << 63
_MAX_WAITING = 1024
_MAX_ACCOUNTS = 4096


class Refusal(msgspec.Struct):
    """An open that was refused, and the rules for which it was and no alert is known."""

    denied: Denied
    rules: frozenset[str]
    since_ns: int
    event: Event | None = None  # that is made of it; None: its process is forgotten
    is_last_chance: bool = False  # it was told of by itself


class More(msgspec.Struct, frozen=True):
    """Refusals of a process that nothing else tells of."""

    process: int  # id of its record; 0: of several
    rule: str
    count: int


class _Account(msgspec.Struct):
    """Of a process and a rule."""

    refused: int = 0
    matched: int = 0
    heard_ns: int = 0
    marks: collections.deque[tuple[int, int]] = msgspec.field(default_factory=collections.deque)
    """How many were refused until a moment or little more; what is long ago is one number."""

    def add(self, count: int, now_ns: int) -> None:
        """Count refusals."""
        self.refused += count
        self.heard_ns = now_ns
        if self.marks and now_ns - self.marks[-1][0] < MARK_NS:
            now_ns, _ = self.marks.pop()
        self.marks.append((now_ns, self.refused))

    def short(self, before_ns: int) -> int:
        """Return how many refusals from before then nothing has told of."""
        while len(self.marks) > 1 and self.marks[1][0] < before_ns:
            self.marks.popleft()
        if not self.marks or self.marks[0][0] >= before_ns:
            return 0
        return max(0, self.marks[0][1] - self.matched)


class Refusals:
    """Those that no alert has told of yet."""

    def __init__(self, wait_ns: int = 0) -> None:
        """Know of none; an event may wait for so long."""
        self._patience_ns = wait_ns + PATIENCE_NS + MARK_NS
        self._waiting: collections.deque[Refusal] = collections.deque()
        self._unmade: list[Refusal] = []
        self._accounts: collections.OrderedDict[tuple[int, str], _Account] = (
            collections.OrderedDict()
        )
        self._pushed_out: list[More] = []
        self._flooded_ns: dict[str, int] = {}  # when a rule's refusals were last told as a count

    def add(self, denied: Denied, rules: frozenset[str], now_ns: int) -> None:
        """Take note of a refusal, or of a count of them."""
        for rule in rules:
            self._account(denied.process, rule).add(denied.count, now_ns)
            if denied.is_flood:
                self._flooded_ns[rule] = now_ns
        refusal = Refusal(denied, rules, now_ns)
        self._wait(refusal)
        self._unmade.append(refusal)

    def complete(self, make: Callable[[Denied], Event | None]) -> None:
        """Make the events that weren't yet; what is taken meanwhile needs none."""
        unmade, self._unmade = self._unmade, []
        for refusal in unmade:
            if refusal.rules:
                refusal.event = make(refusal.denied)

    def put_back(self, refusal: Refusal, now_ns: int) -> None:
        """Let an event match that is made of the refusal; that is tried once."""
        self._wait(msgspec.structs.replace(refusal, since_ns=now_ns, is_last_chance=True))

    def took(self, process: int, pid: int, rule: str, now_ns: int) -> bool:
        """Whether an open of this process was refused for this rule; each counts once."""
        for refusal in self._waiting:
            if refusal.denied.pid == pid and rule in refusal.rules:
                refusal.rules -= {rule}
                self._account(refusal.denied.process, rule).matched += 1
                return True
        return self.held(process, rule, 1, now_ns)

    def held(self, process: int, rule: str, count: int, now_ns: int) -> bool:
        """Count matches that were told as a count, if they are of a flood of refusals."""
        known = self._accounts.get((process, rule))
        is_own = known is not None and known.refused >= FLOOD
        heard_ns = known.heard_ns if known and is_own else self._flooded_ns.get(rule)
        is_refused = heard_ns is not None and now_ns - heard_ns < FLOOD_NS + self._patience_ns
        if is_refused:
            account = self._account(process, rule)
            account.matched += count
            account.heard_ns = account.heard_ns or now_ns  # its refusals will be told
        return is_refused

    def settle(self, now_ns: int) -> Iterator[Refusal | More]:
        """Yield those of which nothing told. Each must be told, and taken, before the next."""
        yield from self._settle(now_ns - self._patience_ns)
        for key, account in list(self._accounts.items()):
            if now_ns - account.heard_ns > RECENT_NS + self._patience_ns:
                del self._accounts[key]

    def settle_all(self) -> Iterator[Refusal | More]:
        """Yield them however young they are, as ``settle`` does."""
        return self._settle(_END_OF_TIME_NS)

    def _settle(self, before_ns: int) -> Iterator[Refusal | More]:
        while self._waiting and self._waiting[0].since_ns < before_ns:
            refusal = self._waiting.popleft()
            process = refusal.denied.process
            rules = frozenset(
                rule for rule in refusal.rules if self._account(process, rule).short(before_ns)
            )
            if rules and not refusal.is_last_chance:
                refusal.rules = rules
                yield refusal
        yield from self._more(before_ns)

    def _more(self, before_ns: int) -> Iterator[More]:
        yield from self._pushed_out
        self._pushed_out.clear()
        for (process, rule), account in list(self._accounts.items()):
            short = account.short(before_ns)
            account.matched += short
            if not process:  # of several, each of which may have been told of
                short -= min(short, self._take_surplus(rule))
            if short:
                yield More(process, rule, short)

    def _take_surplus(self, rule: str) -> int:
        """Return how many matches were taken for refusals that weren't told by process."""
        taken = 0
        for (process, of), account in self._accounts.items():
            if process and of == rule and account.matched > account.refused:
                taken += account.matched - account.refused
                account.matched = account.refused
        return taken

    def _wait(self, refusal: Refusal) -> None:
        if len(self._waiting) >= _MAX_WAITING:
            self._waiting.popleft()  # it is in the account
        self._waiting.append(refusal)

    def _account(self, process: int, rule: str) -> _Account:
        key = (process, rule)
        account = self._accounts.get(key)
        if account is None:
            account = self._accounts[key] = _Account()
            if len(self._accounts) > _MAX_ACCOUNTS:
                (process, rule), oldest = self._accounts.popitem(last=False)
                if (short := oldest.refused - oldest.matched) > 0:
                    self._pushed_out.append(More(process, rule, short))
        else:
            self._accounts.move_to_end(key)
        return account
