"""Containers are known at once, later, or never, and whoever waits is told."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

import msgspec
import pytest

from shikra.enrich import containers
from shikra.enrich.containers import OTHER_FIRST_PROCESS, Containers
from shikra.enrich.session import Away, Tell
from shikra.model.container import HOST, Container, Knowledge
from support.clocks import ManualClock

ID = "3028d36e796552aa3bc64abc4b7356c44f9406fdcc4f4cdf4c1aa9a1f7fb09db"
OTHER = "f" * 64
POD = "ccf04582-264f-4ea5-9386-71a040834210"
KEY = 42
WAIT_S = 1.0
DESCRIBED = Container(
    key=0,
    full_id=ID,
    knowledge=Knowledge.KNOWN,
    runtime="containerd",
    name="api",
    namespace="test-dynamic",
    first_pid=700,
)


class Runtime:
    """A runtime that knows what a test tells it."""

    def __init__(self, *known: Container) -> None:
        """Know these."""
        self.known = {each.full_id: each for each in known}
        self.is_there = True
        self.is_away = False
        self.is_hanging = False
        self.asked = 0
        self.tell: Tell | None = None

    async def run(self, tell: Tell) -> None:
        """Remember whom to tell."""
        self.tell = tell
        await asyncio.Event().wait()

    async def describe(self, container_id: str) -> Container | None:
        """Answer, refuse, or hang."""
        self.asked += 1
        if self.is_away:
            raise Away
        if self.is_hanging:
            await asyncio.Event().wait()
        return self.known.get(container_id)


class World:
    """Containers with their runtimes and a clock that stands."""

    def __init__(self, *runtimes: Runtime) -> None:
        """Nothing has started."""
        self.clock = ManualClock()
        self.changed: list[int] = []
        self.containers = Containers(
            runtimes, self.clock, metadata_wait_s=WAIT_S, changed=self.changed.append
        )

    def start(self, container_id: str = ID, key: int = KEY) -> Container:
        """Start a container of a pod."""
        self.containers.started(key, container_id.encode(), f"pod{POD}".encode(), 700)
        return self.containers.get(key)

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Let the containers be asked for until the block ends."""
        async with asyncio.TaskGroup() as group:
            task = group.create_task(self.containers.run())
            await self.clock.settle()
            try:
                yield
            finally:
                task.cancel()


def test_the_host_is_known() -> None:
    """Key 0 is the host, from the beginning."""
    assert World().containers.get(0) is HOST


async def test_a_container_is_pending_until_its_runtime_answers() -> None:
    """At first only the cgroup's name is known; the answer settles it."""
    world = World(Runtime(DESCRIBED))
    before = world.start()
    assert before.knowledge is Knowledge.PENDING
    assert (before.full_id, before.pod_uid, before.first_pid) == (ID, POD, 700)
    async with world.running():
        assert world.containers.get(KEY) == msgspec.structs.replace(DESCRIBED, key=KEY)
        assert world.changed == [KEY]


async def test_a_runtime_that_is_late_is_asked_again() -> None:
    """A runtime that doesn't know a container yet is asked until it does."""
    runtime = Runtime()
    world = World(runtime)
    world.start()
    async with world.running():
        await world.clock.advance(0.2)
        assert world.changed == []
        runtime.known[ID] = DESCRIBED
        await world.clock.advance(0.3)
        assert world.containers.get(KEY).knowledge is Knowledge.KNOWN
        await world.clock.advance(10)
        assert world.changed == [KEY]


@pytest.mark.parametrize("trouble", ["knows nothing", "is away", "hangs"])
async def test_the_wait_is_bounded(trouble: str) -> None:
    """After the wait a container counts as unknown, whatever its runtime does."""
    runtime = Runtime()
    runtime.is_away = trouble == "is away"
    runtime.is_hanging = trouble == "hangs"
    world = World(runtime)
    world.start()
    async with world.running():
        await world.clock.advance(WAIT_S - 0.01)
        assert world.changed == []
        await world.clock.advance(0.01)
        assert world.changed == [KEY]
        found = world.containers.get(KEY)
        assert (found.knowledge, found.full_id) == (Knowledge.UNKNOWN, ID)


async def test_a_runtime_that_hangs_holds_up_no_other() -> None:
    """Each runtime is asked for itself."""
    stuck = Runtime()
    stuck.is_hanging = True
    world = World(stuck, Runtime(DESCRIBED))
    world.start()
    async with world.running():
        assert world.containers.get(KEY).knowledge is Knowledge.KNOWN


async def test_later_events_know_what_came_too_late() -> None:
    """A container that was given up is asked for at a slower pace, and learnt of in the end."""
    runtime = Runtime()
    world = World(runtime)
    world.start()
    async with world.running():
        await world.clock.advance(60)
        asked = runtime.asked
        await world.clock.advance(600)
        assert runtime.asked - asked <= 11
        runtime.known[ID] = DESCRIBED
        await world.clock.advance(60)
        assert world.containers.get(KEY).knowledge is Knowledge.KNOWN
        assert world.changed == [KEY, KEY]


async def test_what_was_told_before_the_start_is_known_at_the_start() -> None:
    """A runtime's event or list that came first leaves nothing to wait for."""
    runtime = Runtime()
    world = World(runtime)
    async with world.running():
        assert runtime.tell is not None
        runtime.tell(msgspec.structs.replace(DESCRIBED, first_pid=0))  # created, not started
        found = world.start()
        assert (found.knowledge, found.first_pid) == (Knowledge.KNOWN, 700)
        assert world.changed == []


async def test_what_is_told_while_it_is_asked_for_settles_it() -> None:
    """A runtime's event settles a container, even if the question hangs."""
    runtime = Runtime()
    runtime.is_hanging = True
    world = World(runtime)
    world.start()
    async with world.running():
        assert runtime.tell is not None
        runtime.tell(DESCRIBED)
        assert world.containers.get(KEY).knowledge is Knowledge.KNOWN
        assert world.changed == [KEY]


async def test_a_container_that_dies_while_it_is_looked_up_is_kept() -> None:
    """Its late events find it; a runtime may still tell what it was."""
    runtime = Runtime()
    world = World(runtime)
    world.start()
    async with world.running():
        world.containers.ended(KEY)
        assert world.containers.get(KEY).full_id == ID
        runtime.known[ID] = DESCRIBED
        await world.clock.advance(WAIT_S)
        assert world.containers.get(KEY).knowledge is Knowledge.KNOWN
        assert world.changed == [KEY]


async def test_nobody_asks_for_the_dead_for_ever() -> None:
    """Once the wait is over, a container that ended isn't asked for any more."""
    runtime = Runtime()
    world = World(runtime)
    world.start()
    async with world.running():
        world.containers.ended(KEY)
        await world.clock.advance(5)
        asked = runtime.asked
        await world.clock.advance(1000)
        assert runtime.asked == asked
        assert world.changed == [KEY]


def test_what_ended_is_forgotten_after_a_while() -> None:
    """The grace is bounded in time and in number; what runs stays."""
    world = World()
    for key in range(1, containers.MAX_ENDED + 11):
        world.start(key=key)
        world.containers.ended(key)
    assert not world.containers.knows(10)
    assert world.containers.knows(11)
    world.start(key=100_000)
    world.clock.boot += int(containers.GRACE_S * 1e9)
    world.containers.ended(0)
    assert not world.containers.knows(11)
    assert world.containers.knows(100_000)
    assert world.containers.knows(0)


async def test_what_was_told_while_it_was_made_stays_known() -> None:
    """It is told again when it starts: then nobody is asked again, and what is known stays."""
    runtime = Runtime(DESCRIBED)
    world = World(runtime)
    world.start()
    async with world.running():
        await world.clock.settle()
        world.containers.started(KEY, ID.encode(), b"pod", 701)
        await world.clock.settle()
    found = world.containers.get(KEY)
    assert (found.knowledge, found.first_pid) == (Knowledge.KNOWN, 701)
    assert runtime.asked == 1


def test_a_key_may_come_back() -> None:
    """A container that starts under the key of one that ended replaces it."""
    world = World()
    world.start()
    world.containers.ended(KEY)
    world.start(OTHER)
    world.clock.boot += int(containers.GRACE_S * 2e9)
    world.containers.ended(0)
    assert world.containers.get(KEY).full_id == OTHER


def test_a_plain_runc_container_waits_for_nobody() -> None:
    """An id that no engine makes is known to no runtime: there is nothing to wait for."""
    world = World()
    world.containers.started(KEY, b"my-box", b"", 700)
    found = world.containers.get(KEY)
    assert (found.knowledge, found.full_id, found.runtime, found.first_pid) == (
        Knowledge.UNKNOWN,
        "my-box",
        "runc",
        700,
    )
    assert world.changed == []


def test_a_runtimes_monitor_is_the_host() -> None:
    """Conmon has a cgroup beside its container, and is none."""
    world = World()
    world.containers.started(KEY, f"crio-conmon-{ID}.scope".encode(), b"", 700)
    assert world.containers.get(KEY) is HOST


def test_a_start_that_was_lost_is_counted() -> None:
    """A key that nobody announced is unknown, and counted."""
    world = World()
    found = world.containers.get(KEY)
    assert (found.knowledge, found.full_id) == (Knowledge.UNKNOWN, "")
    assert world.containers.missing == {containers.NEVER_STARTED: 1}


def test_the_number_of_containers_is_bounded() -> None:
    """What is too many is counted and unknown, and what ends makes room."""
    world = World()
    for key in range(1, containers.MAX_CONTAINERS + 2):
        world.start(f"{key:064x}", key)
    assert not world.containers.knows(containers.MAX_CONTAINERS + 1)
    assert world.containers.missing[containers.FULL] == 1
    world.containers.ended(1)
    world.start(OTHER, containers.MAX_CONTAINERS + 1)
    assert world.containers.knows(containers.MAX_CONTAINERS + 1)


def test_those_that_run_have_keys() -> None:
    """The keys are those of the host and of containers that haven't ended."""
    world = World()
    world.start()
    world.start(OTHER, 43)
    world.containers.ended(43)
    assert list(world.containers.keys()) == [0, KEY]


async def test_a_late_answer_is_for_the_container_that_was_meant() -> None:
    """What is told of a container that is gone says nothing of the one that has its key now."""
    runtime = Runtime()
    world = World(runtime)
    world.start()
    async with world.running():
        world.containers.ended(KEY)
        world.start(OTHER)
        assert runtime.tell is not None
        runtime.tell(DESCRIBED)
        assert world.containers.get(KEY).full_id == OTHER
        assert world.containers.get(KEY).knowledge is Knowledge.PENDING


async def test_containers_are_counted_by_what_is_known() -> None:
    """The counts are of containers that run."""
    world = World(Runtime(DESCRIBED))
    world.start()
    world.start(OTHER, 43)
    world.containers.started(44, b"my-box", b"", 700)
    world.start("e" * 64, 45)
    world.containers.ended(45)
    async with world.running():
        assert world.containers.by_knowledge() == {
            Knowledge.KNOWN: 1,
            Knowledge.PENDING: 1,
            Knowledge.UNKNOWN: 1,
        }


async def test_a_runtime_that_is_not_there_is_not_waited_for() -> None:
    """Where no runtime has a socket a container is unknown at once; it may be known later."""
    runtime = Runtime(DESCRIBED)
    runtime.is_there = False
    runtime.is_away = True
    world = World(runtime)
    async with world.running():
        assert world.start().knowledge is Knowledge.UNKNOWN
        await world.clock.settle()
        assert world.changed == []
        runtime.is_away = False
        await world.clock.advance(1)
        assert world.containers.get(KEY).knowledge is Knowledge.KNOWN
    assert world.changed == [KEY]


@pytest.mark.parametrize(
    ("told", "count"),
    [
        pytest.param(700, 0, id="the same"),
        pytest.param(0, 0, id="it doesn't say"),
        pytest.param(701, 1, id="another"),
    ],
)
async def test_the_runtime_confirms_the_first_process(told: int, count: int) -> None:
    """Where the runtime names another first process than the kernel saw, that is counted."""
    world = World(Runtime(msgspec.structs.replace(DESCRIBED, first_pid=told)))
    world.start()
    async with world.running():
        assert world.containers.missing[OTHER_FIRST_PROCESS] == count
        assert world.containers.get(KEY).first_pid == (told or 700)


@pytest.mark.parametrize(
    ("name", "parent", "trouble", "is_nobodys"),
    [
        pytest.param(ID, "boxes", "", True, id="denied by the runtime that is there"),
        pytest.param(ID, "boxes", "is away", False, id="not answered for"),
        pytest.param(ID, "boxes", "hangs", False, id="asked for in vain"),
        pytest.param(ID, "boxes", "isn't there", False, id="of no known maker"),
        pytest.param(f"libpod-{ID}.scope", "", "isn't there", True, id="podman's, not asked"),
        pytest.param(f"docker-{ID}.scope", "", "", False, id="of an engine that is away"),
        pytest.param(ID, f"pod{POD}", "", False, id="a pod's"),
    ],
)
async def test_a_container_that_no_runtime_has_is_nobodys(
    name: str, parent: str, trouble: str, *, is_nobodys: bool
) -> None:
    """Once the wait is over it is settled, unless somebody may yet say otherwise."""
    runtime = Runtime()
    runtime.is_away = trouble == "is away"
    runtime.is_hanging = trouble == "hangs"
    runtime.is_there = trouble != "isn't there"
    world = World(runtime)
    world.containers.started(KEY, name.encode(), parent.encode(), 700)
    assert not world.containers.get(KEY).is_nobodys
    async with world.running():
        await world.clock.advance(WAIT_S)
        found = world.containers.get(KEY)
        assert (found.knowledge, found.is_nobodys) == (Knowledge.UNKNOWN, is_nobodys)
        assert world.changed == ([KEY] if is_nobodys or runtime.is_there else [])


@pytest.mark.parametrize(
    ("parent", "is_nobodys"),
    [pytest.param("boxes", True, id="alone"), pytest.param(f"pod{POD}", False, id="in a pod")],
)
def test_an_id_that_no_engine_makes_is_nobodys_at_once(parent: str, *, is_nobodys: bool) -> None:
    """There is nobody to be asked for it, but where it is a part of a pod."""
    world = World(Runtime())
    world.containers.started(KEY, b"my-box", parent.encode(), 700)
    assert world.containers.get(KEY).is_nobodys == is_nobodys


async def test_what_was_nobodys_may_be_told_of_later() -> None:
    """A runtime that knows it after all is believed."""
    runtime = Runtime()
    world = World(runtime)
    world.containers.started(KEY, ID.encode(), b"boxes", 700)
    async with world.running():
        await world.clock.advance(WAIT_S)
        runtime.known[ID] = DESCRIBED
        await world.clock.advance(60)
        found = world.containers.get(KEY)
        assert (found.knowledge, found.is_nobodys) == (Knowledge.KNOWN, False)
