"""Engines that answer, hang, vanish, send events and nonsense."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest

from shikra.enrich import engine_api
from shikra.enrich.docker import Docker
from shikra.enrich.session import LIST_EVERY_S, Away
from shikra.model.container import Container
from support.clocks import ManualClock
from support.engine_server import Recorded, serving

ANSWERS = json.loads(Path(__file__).with_name("engines.json").read_text())
ID = ANSWERS["docker"]["inspect"]["Id"]
OTHER = "f" * 64
SECONDS = 5


@pytest.fixture
def socket(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Give a path that is short enough for a socket."""
    with contextlib.chdir(tmp_path_factory.mktemp("s")):
        yield Path("docker.sock")


class Running:
    """An engine that is asked, and what it told."""

    def __init__(self, socket: Path, clock: ManualClock) -> None:
        """Begin with nothing."""
        self.engine = Docker(socket, clock, timeout_s=0.2)
        self.clock = clock
        self.told: asyncio.Queue[Container] = asyncio.Queue()

    async def next(self) -> Container:
        """Wait for the next that is told."""
        async with asyncio.timeout(SECONDS):
            return await self.told.get()

    async def until(self, holds: Callable[[], bool]) -> None:
        """Let time pass until something holds."""
        async with asyncio.timeout(SECONDS):
            while not holds():
                await self.clock.advance(1)


@contextlib.asynccontextmanager
async def running(socket: Path) -> AsyncIterator[Running]:
    """Ask it until the block ends."""
    world = Running(socket, ManualClock())
    async with asyncio.TaskGroup() as group:
        task = group.create_task(world.engine.run(world.told.put_nowait))
        try:
            yield world
        finally:
            task.cancel()


@pytest.mark.parametrize(
    "engine", [pytest.param("docker", id="Docker"), pytest.param("podman", id="Podman")]
)
async def test_what_runs_already_is_told_once(socket: Path, engine: str) -> None:
    """A container that there is is told by the list, under the engine's own name, and only once."""
    async with serving(Recorded(ANSWERS[engine]), socket), running(socket) as world:
        found = await world.next()
        assert (found.full_id, found.runtime) == (ANSWERS[engine]["inspect"]["Id"], engine)
        await world.clock.advance(LIST_EVERY_S * 3)
        assert world.told.empty()


@pytest.mark.parametrize(
    ("container_id", "is_known"),
    [
        pytest.param(ID, True, id="its id"),
        pytest.param(OTHER, False, id="somebody else's"),
        pytest.param(ID[:12], False, id="the beginning of an id"),
        pytest.param("../version", False, id="a path"),
    ],
)
async def test_an_engine_is_asked_by_id(socket: Path, container_id: str, is_known: bool) -> None:
    """A whole id finds its container; what is no id is never put into a path."""
    recorded = Recorded(ANSWERS["docker"])
    async with serving(recorded, socket), running(socket) as world:
        await world.next()
        found = await world.engine.describe(container_id)
        assert (found is not None) == is_known
        assert not any(".." in path for path in recorded.asked)


async def test_events_tell_of_new_containers(socket: Path) -> None:
    """A container that starts is told by its event, before the next list."""
    recorded = Recorded(ANSWERS["docker"])
    recorded.listed = []
    async with serving(recorded, socket), running(socket) as world:
        for status in ("die", "start"):
            recorded.events.put_nowait(json.dumps({"status": status, "id": ID}).encode() + b"\n")
        assert (await world.next()).full_id == ID
        assert world.told.empty()


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(b"{", id="half an object"),
        pytest.param(b"[1,2]", id="another type"),
        pytest.param(b"\xff\xfe", id="no text"),
    ],
)
async def test_nonsense_is_counted(socket: Path, answer: bytes) -> None:
    """An answer that can't be read is counted, and the engine stays up."""
    recorded = Recorded(ANSWERS["docker"])
    recorded.inspected[ID] = answer
    async with serving(recorded, socket), running(socket) as world:
        await world.until(lambda: bool(world.engine.failures))
        assert world.engine.failures["not understood"] >= 1
        assert world.engine.is_up


async def test_an_answer_without_end_is_cut(socket: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No answer grows beyond its bound."""
    monkeypatch.setattr(engine_api, "MAX_ANSWER_BYTES", 100)
    async with serving(Recorded(ANSWERS["docker"]), socket), running(socket) as world:
        await world.until(lambda: world.engine.failures["not understood"] > 0)
        assert world.told.empty()


async def test_an_engine_that_hangs_is_away(socket: Path) -> None:
    """One time-out is paid, then nobody waits for it; when it answers again it is asked again."""
    recorded = Recorded(ANSWERS["docker"])
    async with serving(recorded, socket), running(socket) as world:
        await world.next()
        recorded.is_hanging = True
        with pytest.raises(Away):
            await world.engine.describe(ID)
        with pytest.raises(Away):
            await world.engine.describe(OTHER)
        assert world.engine.failures["time-out"] == 1
        recorded.is_hanging = False
        await world.until(lambda: world.engine.is_up)
        assert await world.engine.describe(ID) is not None


async def test_an_engine_that_ends_is_away(socket: Path) -> None:
    """When the engine goes, so does its session; its socket may come back."""
    async with running(socket) as world:
        async with serving(Recorded(ANSWERS["docker"]), socket):
            await world.until(lambda: world.engine.is_up)
        await world.until(lambda: not world.engine.is_up)
        with pytest.raises(Away):
            await world.engine.describe(ID)
