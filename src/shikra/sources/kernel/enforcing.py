"""
Tell the probe what to do about what surely matches, and read what became of it.

In: orders by condition, a mode by container. Out: what was done, would have been or was held, as
counts that the probe keeps itself, so that nothing goes uncounted whose record is lost. Orders
belong to the tables of one generation; changing them, or a mode, rebuilds nothing.
"""

import struct
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

import msgspec

from shikra.model.enforcement import Mode
from shikra.model.verdict import Outcome
from shikra.sources.kernel import btf, denials, layout, probe, syscalls

SPARED = (
    *(b"kubelet", b"containerd", b"containerd-shim", b"dockerd", b"crio", b"conmon"),
    *(b"k3s-server", b"k3s-agent", b"systemd"),
)
"""Who keeps containers or a node alive: never ended on the host, by the name at exec."""

_COMM_BYTES = 16
_U32 = struct.Struct("<I")
_U64 = struct.Struct("<Q")


class Orders(msgspec.Struct, frozen=True, kw_only=True):
    """What to do about what surely matches, by condition of one set of tables."""

    kill: frozenset[int] = frozenset()
    deny: frozenset[int] = frozenset()  # refuse the call, where ``denials`` has a hook
    observed: frozenset[int] = frozenset()  # would kill: all is decided and told as if
    includes_init: frozenset[int] = frozenset()  # a container's first process, too
    asks_lineage: frozenset[int] = frozenset()  # held where that is a guess, on the host, too
    default_mode: Mode | None = Mode.OFF  # of containers that have none of their own
    enforces_host: bool = False

    @property
    def conditions(self) -> frozenset[int]:
        """Those about which anything is ordered."""
        return self.kill | self.deny | self.observed


NO_ORDERS = Orders()


class Enforced(msgspec.Struct, frozen=True):
    """What the counts are by."""

    generation: int  # of the tables
    condition: int
    outcome: Outcome


class Enforcing:
    """The probe's orders, modes and counts."""

    def __init__(self, loaded: probe.Probe) -> None:
        """Find the maps; what isn't there is a ``LayoutError``."""
        types = loaded.types
        self._probe = loaded
        self._calls = {
            hook: syscalls.numbers(syscalls.Table.NATIVE, denials.HOOKS[hook])[0]
            for hook in (denials.OPEN, denials.EXEC)
        }
        self._orders = loaded.map("orders")
        self._modes = loaded.map("container_modes")
        self._counts = loaded.map("enforced")
        self._pack = layout.packer(types, "orders")
        self._word_bytes = types.leaves("orders")["kill"].size
        self._slots = self._orders.max_entries
        self._per_slot = self._counts.max_entries // self._slots
        self._places = _places(types)
        numbers = types.enum("mode")
        self._numbers = {mode: numbers[f"MODE_{mode.name}"] for mode in Mode}
        self._unknown = numbers["MODE_UNKNOWN"]
        self._in_slot: dict[int, tuple[int, set[int]]] = {}  # generation, conditions: ever ordered
        self._denying: dict[int, frozenset[str]] = {}  # hooks, by slot
        self._past: Counter[Enforced] = Counter()
        for name in SPARED:
            loaded.map("spared").set(name.ljust(_COMM_BYTES, b"\0"), b"\1")

    def order(self, generation: int, orders: Orders, hooks: frozenset[str]) -> None:
        """
        Order this of what matches by these tables, which may be in force or about to be.

        At these hooks what is to be denied is refused. For tables that are new to their slot the
        counts of those before are put aside.
        """
        slot = generation % self._slots
        if orders.deny and not self.can_deny:
            raise ValueError("this kernel lets nobody refuse a call by BPF")
        if self._in_slot.get(slot, (0, ()))[0] != generation:
            self._put_aside(slot)
            self._in_slot[slot] = (generation, set())
        self._in_slot[slot][1].update(orders.conditions)
        self._orders.set(
            _U32.pack(slot),
            self._pack(
                {
                    "generation": generation,
                    "default_mode": self._number(orders.default_mode),
                    "enforces_host": orders.enforces_host,
                    "open_call": self._calls[denials.OPEN],
                    "exec_call": self._calls[denials.EXEC],
                    "kill": self._bits(orders.kill),
                    "deny": self._bits(orders.deny),
                    "observed": self._bits(orders.observed),
                    "includes_init": self._bits(orders.includes_init),
                    "asks_lineage": self._bits(orders.asks_lineage),
                }
            ),
        )
        self._denying[slot] = hooks
        wanted = frozenset[str]().union(*self._denying.values())
        for hook in denials.HOOKS:
            section = probe.DENIALS + hook.encode()
            if hook in wanted:
                self._probe.attach_on_demand(section)
            else:
                self._probe.detach_on_demand(section)

    @property
    def can_deny(self) -> bool:
        """Whether the kernel lets BPF refuse all that may be denied; a part counts as none."""
        return all(self._probe.has(probe.DENIALS + hook.encode()) for hook in denials.HOOKS)

    def tell_mode(self, container: int, mode: Mode | None) -> None:
        """Let a container (0: the host) have a mode of its own; ``None``: all is held there."""
        self._modes.set(_U64.pack(container), _U32.pack(self._number(mode)))

    def forget_mode(self, container: int) -> None:
        """Let a container have the default mode."""
        self._modes.delete(_U64.pack(container))

    def counts(self) -> Mapping[Enforced, int]:
        """Return what became of all matches so far."""
        counted = Counter(self._past)
        for slot in self._in_slot:
            counted.update(dict(self._in(slot)))
        return counted

    def _number(self, mode: Mode | None) -> int:
        return self._unknown if mode is None else self._numbers[mode]

    def _put_aside(self, slot: int) -> None:
        """Keep the counts of a slot that no event counts in any more, and clear it."""
        if slot not in self._in_slot:
            return
        self._past.update(dict(self._in(slot)))
        for condition in self._in_slot[slot][1]:
            self._counts.clear_per_cpu(self._key(slot, condition))

    def _in(self, slot: int) -> Iterator[tuple[Enforced, int]]:
        generation, conditions = self._in_slot[slot]
        for condition in conditions:
            found = self._counts.get_per_cpu(self._key(slot, condition))
            for outcome, place in self._places.items():
                count = sum(_U64.unpack_from(each, place)[0] for each in found)
                if count:
                    yield Enforced(generation, condition, outcome), count

    def _key(self, slot: int, condition: int) -> bytes:
        return _U32.pack(slot * self._per_slot + condition)

    def _bits(self, conditions: Iterable[int]) -> bytes:
        return sum(1 << each for each in conditions).to_bytes(self._word_bytes, "little")


def outcomes(types: btf.Btf) -> dict[int, Outcome | None]:
    """Return what the probe's numbers of outcomes mean."""
    numbers = types.enum("outcome")
    return {numbers["OUTCOME_NONE"]: None} | {
        numbers[f"OUTCOME_{each.name}"]: each for each in Outcome
    }


def _places(types: btf.Btf) -> dict[Outcome, int]:
    """Return where each outcome is counted among a condition's."""
    counts = types.array("outcomes", "counts")
    return {
        outcome: counts.offset + number * counts.size
        for number, outcome in outcomes(types).items()
        if outcome is not None
    }
