"""Runtimes that answer, hang, vanish, come back and send events."""

import asyncio
import contextlib
import json
import logging
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from cri_api.v1 import api_pb2 as cri

from shikra.enrich.cri import Cri
from shikra.enrich.session import LIST_EVERY_S, Away
from shikra.model.container import Container
from support.clocks import ManualClock
from support.cri_server import Recorded, serving, silence

ANSWERS = json.loads(Path(__file__).with_name("containerd-1.6.json").read_text())
ID = ANSWERS["ListContainers"]["containers"][0]["id"]
POD = ANSWERS["ListPodSandbox"]["items"][0]["id"]
OTHER = "f" * 64
SECONDS = 5


@pytest.fixture
def socket(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Give a path that is short enough for a socket."""
    with contextlib.chdir(tmp_path_factory.mktemp("s")):
        yield Path("s")


class Told:
    """Remembers what a runtime told."""

    def __init__(self, runtime: Cri) -> None:
        """Begin with nothing."""
        self.runtime = runtime
        self.containers: list[Container] = []
        self._changed = asyncio.Event()

    def add(self, container: Container) -> None:
        """Take note."""
        self.containers.append(container)
        self._changed.set()

    async def wait_for(self, count: int) -> None:
        """Return when this many were told."""
        async with asyncio.timeout(SECONDS):
            while len(self.containers) < count:
                self._changed.clear()
                await self._changed.wait()


@contextlib.asynccontextmanager
async def running(runtime: Cri) -> AsyncIterator[Told]:
    """Let it run until the block ends."""
    told = Told(runtime)
    async with asyncio.TaskGroup() as group:
        task = group.create_task(runtime.run(told.add))
        try:
            yield told
        finally:
            task.cancel()


async def test_what_runs_already_is_told(socket: Path) -> None:
    """All containers and sandboxes that there are are told once, by the list."""
    clock = ManualClock()
    async with serving(Recorded(ANSWERS), socket), running(Cri(socket, clock)) as told:
        await told.wait_for(2)
        await clock.advance(LIST_EVERY_S * 3)
        assert {each.full_id for each in told.containers} == {ID, POD}
        assert len(told.containers) == 2
        assert {each.runtime for each in told.containers} == {"containerd"}


@pytest.mark.parametrize(
    ("container_id", "is_known", "is_sandbox"),
    [
        pytest.param(ID, True, False, id="a container"),
        pytest.param(POD, True, True, id="a sandbox"),
        pytest.param(OTHER, False, False, id="somebody else's"),
        pytest.param(ID[:12], False, False, id="the beginning of an id"),
        pytest.param("", False, False, id="no id"),
    ],
)
async def test_a_runtime_is_asked_by_id(
    socket: Path, container_id: str, is_known: bool, is_sandbox: bool
) -> None:
    """The whole id of a container or a sandbox finds it; nothing else does."""
    runtime = Cri(socket, ManualClock())
    async with serving(Recorded(ANSWERS), socket), running(runtime) as told:
        await told.wait_for(2)
        found = await runtime.describe(container_id)
        assert (found is not None) == is_known
        assert (found is not None and found.is_sandbox) == is_sandbox


async def test_a_container_that_dies_meanwhile_is_not_there(socket: Path) -> None:
    """A container that is in the list and gone a moment later is no failure."""
    answers = Recorded(ANSWERS)
    answers.status.status.id = OTHER
    runtime = Cri(socket, ManualClock())
    async with serving(answers, socket), running(runtime) as told:
        await told.wait_for(1)
        assert await runtime.describe(ID) is None
        assert runtime.is_up
        assert not runtime.failures


async def test_events_tell_of_new_containers(socket: Path) -> None:
    """A runtime with events is believed without another list."""
    answers = Recorded(ANSWERS, has_events=True)
    listed = list(answers.containers.containers)
    del answers.containers.containers[:]
    async with serving(answers, socket), running(Cri(socket, ManualClock())) as told:
        await told.wait_for(1)
        answers.containers.containers.extend(listed)
        for kind in (cri.CONTAINER_STOPPED_EVENT, cri.CONTAINER_CREATED_EVENT):
            event = cri.ContainerEventResponse(container_id=ID, container_event_type=kind)
            await answers.events.put(event)
        await told.wait_for(2)
        assert [each.full_id for each in told.containers] == [POD, ID]


async def test_an_answer_that_is_nonsense_is_counted(socket: Path) -> None:
    """What can't be understood of a container leaves the rest of it known."""
    answers = Recorded(ANSWERS)
    answers.status.info["info"] = "nonsense"
    runtime = Cri(socket, ManualClock())
    async with serving(answers, socket), running(runtime) as told:
        await told.wait_for(2)
        found = await runtime.describe(ID)
        assert found is not None
        assert (found.name, found.first_pid, found.is_privileged) == ("api", 0, None)
        assert runtime.failures["not understood"] == 2


async def test_a_runtime_that_hangs_is_away(socket: Path) -> None:
    """One call waits for its time-out, all others are refused at once."""
    answers = Recorded(ANSWERS)
    runtime = Cri(socket, ManualClock(), timeout_s=0.1)
    async with serving(answers, socket), running(runtime) as told:
        await told.wait_for(2)
        answers.is_hanging = True
        with pytest.raises(Away):
            await runtime.describe(ID)
        assert not runtime.is_up
        with pytest.raises(Away):
            await runtime.describe(ID)
        assert runtime.failures == {"deadline exceeded": 1}


async def test_a_socket_that_says_nothing_is_given_up(socket: Path) -> None:
    """A socket that takes connections and never speaks costs a time-out, then a pause."""
    clock = ManualClock()
    runtime = Cri(socket, clock, timeout_s=0.05)
    async with silence(socket), running(runtime):
        async with asyncio.timeout(SECONDS):
            while not runtime.failures:
                await clock.settle()
        assert not runtime.is_up
        with pytest.raises(Away):
            await runtime.describe(ID)


async def test_a_runtime_that_vanishes_comes_back(socket: Path) -> None:
    """After a socket was gone for a while, a new session is begun, and the list is complete."""
    clock = ManualClock()
    runtime = Cri(socket, clock)
    async with running(runtime) as told:
        async with serving(Recorded(ANSWERS), socket):
            await told.wait_for(2)
        await clock.advance(LIST_EVERY_S)
        async with asyncio.timeout(SECONDS):
            while runtime.is_up:
                await clock.settle()
        with pytest.raises(Away):
            await runtime.describe(ID)
        answers = Recorded(ANSWERS)
        answers.pods.items[0].id = answers.pod_status.status.id = OTHER
        async with serving(answers, socket), asyncio.timeout(SECONDS):
            while len(told.containers) < 3:
                await clock.advance(1)
        assert told.containers[-1].full_id == OTHER


@pytest.mark.parametrize(
    "answers_first", [pytest.param(False, id="from the start"), pytest.param(True, id="later")]
)
async def test_silence_is_told_once(
    socket: Path, caplog: pytest.LogCaptureFixture, answers_first: bool
) -> None:
    """A runtime that hangs is told of in the log, and not again at each attempt."""
    clock = ManualClock()
    answers = Recorded(ANSWERS)
    answers.is_hanging = not answers_first
    runtime = Cri(socket, clock, timeout_s=0.05)
    async with serving(answers, socket), running(runtime) as told:
        await told.wait_for(2 if answers_first else 0)
        answers.is_hanging = True
        async with asyncio.timeout(SECONDS):
            while runtime.failures["deadline exceeded"] < 3:
                await clock.advance(LIST_EVERY_S)
    warnings = [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]
    assert warnings == [
        f"containerd at {socket} answers no more"
        if answers_first
        else f"the container runtime at {socket} doesn't answer: deadline exceeded"
    ]


async def test_an_end_of_ours_is_no_silence(socket: Path, caplog: pytest.LogCaptureFixture) -> None:
    """When we end, a runtime that answers isn't said to answer no more."""
    caplog.set_level(logging.INFO)
    answers = Recorded(ANSWERS, has_events=True)
    async with serving(answers, socket), running(Cri(socket, ManualClock())) as told:
        await told.wait_for(2)
    assert "answers at" in caplog.text
    assert "answers no more" not in caplog.text


async def test_questions_end_with_their_session(socket: Path) -> None:
    """Calls that are under way when a session ends are refused; nobody is cancelled."""
    answers = Recorded(ANSWERS)
    runtime = Cri(socket, ManualClock(), timeout_s=0.2)
    async with serving(answers, socket), running(runtime) as told, asyncio.TaskGroup() as group:
        await told.wait_for(2)
        answers.is_hanging = True
        before = len(answers.asked)
        first = group.create_task(_is_refused(runtime))
        async with asyncio.timeout(SECONDS):
            while len(answers.asked) == before:
                await ManualClock().settle()
        later = [group.create_task(_is_refused(runtime)) for _ in range(20)]
        assert await asyncio.gather(first, *later) == [True] * 21


async def _is_refused(runtime: Cri) -> bool:
    try:
        await runtime.describe(ID)
    except Away:
        return True
    return False
