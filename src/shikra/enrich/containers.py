"""
What is known of every container on this machine, by its key.

In: containers that start and end, as the kernel sees them, and what runtimes tell. Out: a
``Container`` at once, whatever is known by then; a call of ``changed`` when more is known of it,
or the wait for that is over. All calls are made in the event loop's thread, none of them waits.
One that no runtime has is nobody's: that is settled once each runtime that is there was asked.
Containers that ended are kept for late events; everything is bounded, and what doesn't fit is
counted.
"""

import asyncio
import collections
from collections.abc import Callable, Iterable, Mapping, Sequence

import msgspec

from shikra.enrich import cgroups
from shikra.enrich.session import Away, Runtime
from shikra.model.clock import Clock
from shikra.model.container import HOST, Container, Knowledge

MAX_CONTAINERS = 8192
MAX_ENDED = 1024
MAX_DESCRIBED = 4096
GRACE_S = 60.0

PAUSES_S = (0.02, 0.05, 0.1, 0.1, 0.2, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0)
"""Between questions about one container; a runtime knows a pod's sandbox only once it is up."""

_ENGINES = frozenset({"containerd", "cri-o", "docker"})
"""Their containers are theirs, whoever else doesn't have them; they may be away just now."""

FULL = "too many containers"
NEVER_STARTED = "start was not seen"
OTHER_FIRST_PROCESS = "first process is another to the runtime"

Changed = Callable[[int], None]


class Containers:
    """All containers, as far as they are known."""

    def __init__(
        self,
        runtimes: Sequence[Runtime],
        clock: Clock,
        *,
        metadata_wait_s: float = 1.0,
        changed: Changed = lambda _key: None,
    ) -> None:
        """Know the host alone."""
        self.missing: collections.Counter[str] = collections.Counter()
        self._runtimes = runtimes
        self._clock = clock
        self._wait_s = metadata_wait_s
        self._changed = changed
        self._by_key: dict[int, Container] = {0: HOST}
        self._ended: collections.OrderedDict[int, int] = collections.OrderedDict()
        self._described: collections.OrderedDict[str, Container] = collections.OrderedDict()
        self._open: dict[str, int] = {}  # what is asked for: id, key
        self._denied: dict[int, list[Runtime]] = {}  # who said so far that it isn't theirs, by key
        self._started: asyncio.Queue[Container] = asyncio.Queue(MAX_CONTAINERS)

    def get(self, key: int) -> Container:
        """Return what is known now; of a key that nobody announced, that it is unknown."""
        found = self._by_key.get(key)
        if found is None:
            self.missing[NEVER_STARTED] += 1
            return Container(key=key, full_id="", knowledge=Knowledge.UNKNOWN)
        return found

    def knows(self, key: int) -> bool:
        """Whether this container was announced and isn't forgotten yet."""
        return key in self._by_key

    def pod_of(self, key: int) -> str:
        """Return what the containers of one pod have in common; one without a pod has its id."""
        found = self._by_key.get(key)
        return str(key) if found is None else found.pod_uid or found.full_id

    def keys(self) -> Iterable[int]:
        """Return the keys of those that run, and of the host."""
        return [key for key in self._by_key if key not in self._ended]

    def started(
        self, key: int, cgroup_name: bytes, cgroup_parent_name: bytes, first_pid: int
    ) -> None:
        """Take note of a container, and have the runtimes asked about it."""
        if len(self._by_key) - len(self._ended) > MAX_CONTAINERS:
            self.missing[FULL] += 1
            return
        known = None if key in self._ended else self._by_key.get(key)
        self._ended.pop(key, None)
        identity = cgroups.identify(cgroup_name, cgroup_parent_name)
        if known is not None and identity is not None and known.full_id == identity.container_id:
            self._by_key[key] = msgspec.structs.replace(known, first_pid=first_pid)
            return  # it was told while it was made
        if identity is None:
            self._by_key[key] = HOST
            return
        # An id that isn't made of a hash is none that a CRI runtime gave.
        is_asked = identity.is_hash and any(runtime.is_there for runtime in self._runtimes)
        container = Container(
            key=key,
            full_id=identity.container_id,
            knowledge=Knowledge.PENDING if is_asked else Knowledge.UNKNOWN,
            is_nobodys=not (identity.is_hash or identity.pod_uid),
            runtime=identity.runtime,
            pod_uid=identity.pod_uid,
            first_pid=first_pid,
        )
        description = self._described.get(container.full_id)
        if description:
            container = _merged(container, description)
        elif identity.is_hash:
            try:
                self._started.put_nowait(container)
                self._open[container.full_id] = key
            except asyncio.QueueFull:
                self.missing[FULL] += 1
                container = msgspec.structs.replace(container, knowledge=Knowledge.UNKNOWN)
        self._by_key[key] = container

    def ended(self, key: int) -> None:
        """Forget a container after a while."""
        now_ns = self._clock.boot_ns()
        if key and key in self._by_key:
            self._ended.setdefault(key, now_ns)
        while self._ended:
            oldest, at_ns = next(iter(self._ended.items()))
            if len(self._ended) <= MAX_ENDED and now_ns - at_ns < GRACE_S * 1e9:
                return
            del self._ended[oldest]
            forgotten = self._by_key.pop(oldest)
            if self._open.get(forgotten.full_id) == oldest:
                del self._open[forgotten.full_id]

    def by_knowledge(self) -> Mapping[Knowledge, int]:
        """Count the containers that run."""
        running = (c for key, c in self._by_key.items() if c is not HOST and key not in self._ended)
        return collections.Counter(container.knowledge for container in running)

    async def run(self) -> None:
        """Ask the runtimes, for ever."""
        async with asyncio.TaskGroup() as group:
            for runtime in self._runtimes:
                group.create_task(runtime.run(self._told))
            while True:
                container = await self._started.get()
                self._denied[container.key] = []
                group.create_task(self._expire(container))
                for runtime in self._runtimes:
                    group.create_task(self._ask(runtime, container))

    async def _expire(self, container: Container) -> None:
        await self._clock.sleep(self._wait_s)
        denied = self._denied.pop(container.key, [])
        now = self._by_key.get(container.key)
        if now is None or now.full_id != container.full_id or now.knowledge is Knowledge.KNOWN:
            return
        given_up = msgspec.structs.replace(
            now, knowledge=Knowledge.UNKNOWN, is_nobodys=self._is_nobodys(now, denied)
        )
        if given_up != now:
            self._by_key[container.key] = given_up
            self._changed(container.key)

    def _is_nobodys(self, container: Container, denied: Sequence[Runtime]) -> bool:
        """Whether no runtime has it, now that they were asked."""
        if container.pod_uid or container.runtime in _ENGINES:
            return False
        there = [runtime for runtime in self._runtimes if runtime.is_there]
        return all(runtime in denied for runtime in there) if there else container.runtime != ""

    async def _ask(self, runtime: Runtime, container: Container) -> None:
        """Ask until it is known, seldom after a while, so that later events know."""
        pauses = iter(PAUSES_S)
        while self._is_open(container):
            try:
                description = await runtime.describe(container.full_id)
                if description is None and container.key in self._denied:
                    self._denied[container.key].append(runtime)
            except Away:
                description = None
            if description:
                self._told(description)
                return
            await self._clock.sleep(next(pauses, PAUSES_S[-1]))

    def _is_open(self, container: Container) -> bool:
        now = self._asked_for(container.full_id)
        if now is None or now.key != container.key:
            return False
        # Of one that has ended soon no runtime knows more.
        return now.knowledge is Knowledge.PENDING or now.key not in self._ended

    def _asked_for(self, container_id: str) -> Container | None:
        now = self._by_key.get(self._open.get(container_id, 0), HOST)
        return now if now.full_id == container_id else None

    def _told(self, description: Container) -> None:
        self._described[description.full_id] = description
        if len(self._described) > MAX_DESCRIBED:
            self._described.popitem(last=False)
        before = self._asked_for(description.full_id)
        if before is None:
            return
        if before.first_pid and description.first_pid not in {0, before.first_pid}:
            self.missing[OTHER_FIRST_PROCESS] += 1
        del self._open[description.full_id]
        self._by_key[before.key] = _merged(before, description)
        self._changed(before.key)


def _merged(container: Container, description: Container) -> Container:
    first_pid = description.first_pid or container.first_pid
    return msgspec.structs.replace(description, key=container.key, first_pid=first_pid)
