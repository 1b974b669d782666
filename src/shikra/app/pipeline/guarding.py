"""
Keep right which volumes the guard guards, container by container.

In: containers as they start and end, their modes, paths that rules name, and mounts as they
change. Out: orders to the guard, and what it can't guard: told once, until it is guarded. A file
system that containers of several pods see isn't guarded in any of them: what one pod's rules say
would make another wait.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence

import msgspec

from shikra.app.pipeline import guarded
from shikra.app.pipeline.guard_told import ModesNow, Told, Trouble
from shikra.app.pipeline.mount_watch import MountWatch
from shikra.enforce.guard import messages
from shikra.enforce.guard.shares import Shares
from shikra.model.enforcement import Mode

NOT_ITS_OWN = "it is on no file system in memory of its own"
SHARED = "a container that isn't of its pod sees the same file system"

REFUSED = "the kernel refused"
"""And said why, in the alert."""

Order = Callable[[messages.Order, Sequence[int]], None]


class _Container(msgspec.Struct):
    """A container that runs."""

    pid: int
    mounts: int = -1  # its list of mounts, open, while there is a guard
    pod: str = ""
    is_guarded: bool = False  # as its mode says
    ordered: set[int] = msgspec.field(default_factory=set)  # devices to be guarded
    devices: set[int] = msgspec.field(default_factory=set)  # those that are
    unguarded: dict[str, Told] = msgspec.field(default_factory=dict)  # by place
    refused: dict[int, Told] = msgspec.field(default_factory=dict)  # by the guard, by device


class Guarding:
    """What there is to guard."""

    def __init__(self, order: Order, modes: ModesNow, tell: Callable[[Told], None]) -> None:
        """Order it of the guard, once it is there: ``begin``."""
        self._order = order
        self._modes = modes
        self._tell = tell
        self._named: frozenset[bytes] = frozenset()
        self._containers: dict[int, _Container] = {}
        self._changes = MountWatch()
        self._shares = Shares()
        self._is_there = False

    def fileno(self) -> int:
        """Return what is readable when mounts have changed: ``look``."""
        return self._changes.fileno()

    def name(self, paths: Iterable[bytes]) -> None:
        """Guard what is at these paths."""
        self._named = frozenset(paths)
        for key, container in self._containers.items():
            if container.mounts >= 0:
                self._look(key, container)

    def begin(self) -> None:
        """Tell a guard that was just started everything."""
        self._is_there = True
        self.refresh()

    def refresh(self) -> None:
        """Take note that modes may be others."""
        for key in sorted(self._containers, key=self._comes_late):
            self.changed(key)

    def end(self) -> None:
        """Take note that there is no guard."""
        self._is_there = False
        for container in self._containers.values():
            self._let_go(container)

    def started(self, key: int, pid: int) -> None:
        """Guard a container, if its mode is so."""
        before = self._containers.get(key)
        if before is None or before.pid != pid:  # else it was told while it was made
            self.ended(key)
            self._containers[key] = _Container(pid)
        self.changed(key)

    def changed(self, key: int) -> None:
        """Take note that a container's mode, or its pod, may be another."""
        container = self._containers.get(key)
        if container is None or not self._is_there:
            return
        pod = self._modes.pod_of(key)
        is_guarded = self._modes.of_container(key) is Mode.ENFORCE
        is_same = (pod, is_guarded) == (container.pod, container.is_guarded)
        if container.is_guarded and not is_guarded:
            self._release(key, container)
        container.pod, container.is_guarded = pod, is_guarded
        if container.mounts >= 0 and is_same:
            return
        try:
            if container.mounts < 0:
                container.mounts = self._changes.add(container.pid)
        except OSError:  # it has ended
            return
        self._look(key, container)

    def ended(self, key: int) -> None:
        """Forget a container."""
        container = self._containers.pop(key, None)
        if container is None:
            return
        if container.is_guarded and self._is_there:
            self._release(key, container)
        self._let_go(container)
        self._look_at(self._shares.forget(key))

    def look(self) -> None:
        """Look for volumes once more where mounts changed."""
        changed = set(self._changes.changed())
        self._look_at(key for key, one in self._containers.items() if one.mounts in changed)

    def heard(self, report: messages.Guarded) -> None:
        """Take note that a volume is guarded, or why it isn't."""
        container = self._containers.get(report.container)
        if container is None or report.device not in container.ordered:
            return  # it was released since
        if report.trouble:
            told = Told(Trouble.UNGUARDED, report.container, why=report.trouble)
            if container.refused.get(report.device) != told:
                self._tell(told)
            container.refused[report.device] = told
        else:
            container.refused.pop(report.device, None)
            container.devices.add(report.device)

    def volumes(self) -> int:
        """Count the volumes that are guarded."""
        return sum(len(one.devices) for one in self._containers.values())

    def unguarded(self) -> tuple[Told, ...]:
        """Return what rules name and can't be guarded."""
        return tuple(
            told
            for one in self._containers.values()
            for told in (*one.unguarded.values(), *one.refused.values())
        )

    def reasons(self) -> dict[str, int]:
        """Count those by why."""
        counts = dict.fromkeys((NOT_ITS_OWN, SHARED, REFUSED), 0)
        for told in self.unguarded():
            counts[told.why if told.why in counts else REFUSED] += 1
        return counts

    def _comes_late(self, key: int) -> bool:
        """Whether nothing of a container is to be guarded: the others wait for a guard."""
        return self._modes.of_container(key) is not Mode.ENFORCE

    def _look_at(self, keys: Iterable[int]) -> None:
        for key in tuple(keys):
            container = self._containers.get(key)
            if container is not None and container.mounts >= 0:
                self._look(key, container)

    def _look(self, key: int, container: _Container) -> None:
        named = self._named if container.is_guarded else frozenset[bytes]()
        try:
            with guarded.looked(key, container.pid, named) as looked:
                others = self._shares.saw(key, container.pod, looked.seen)
                unguarded = {told.what: told for told in self._orders(key, container, looked)}
        except OSError:  # it has ended
            return
        for place in sorted(unguarded):
            if unguarded[place] != container.unguarded.get(place):
                self._tell(unguarded[place])
        container.unguarded = unguarded
        self._look_at(others)

    def _orders(self, key: int, container: _Container, looked: guarded.Looked) -> Iterator[Told]:
        """Order what can be guarded; yield what can't."""
        for prepared in looked.prepared:
            device = prepared.order.device
            sharers = self._shares.sharers(key, device)
            if not sharers:
                container.ordered.add(device)
                self._order(prepared.order, prepared.descriptors)
                continue
            if device in container.ordered:  # also where the guard hasn't answered yet
                container.ordered.discard(device)
                container.devices.discard(device)
                container.refused.pop(device, None)
                self._order(messages.Release(key, device), ())
            for place in (place for part in prepared.order.places for place in part):
                yield _unguarded(key, place, SHARED, sharers[0])
        for place in looked.unguarded:
            yield _unguarded(key, place, NOT_ITS_OWN)

    def _release(self, key: int, container: _Container) -> None:
        self._order(messages.Release(key), ())
        container.ordered.clear()
        container.devices.clear()
        container.unguarded.clear()
        container.refused.clear()

    def _let_go(self, container: _Container) -> None:
        container.is_guarded = False
        container.ordered.clear()
        container.devices.clear()
        container.unguarded.clear()
        container.refused.clear()
        if container.mounts >= 0:
            self._changes.drop(container.mounts)
            container.mounts = -1


def _unguarded(key: int, place: bytes, why: str, shared_with: int = 0) -> Told:
    return Told(Trouble.UNGUARDED, key, place.decode(errors="replace"), why, shared_with)
