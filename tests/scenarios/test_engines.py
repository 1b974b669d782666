"""Containers of Docker and Podman, each of a real engine: what is told of them."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import msgspec
import pytest

from support import engines, sensor
from support.engines import Engine
from support.sensor import Sensor

pytestmark = pytest.mark.containers

ENGINES: dict[str, Callable[[], AbstractContextManager[Engine]]] = {
    "podman": engines.podman,
    "docker": engines.docker,
}


class World(msgspec.Struct, frozen=True):
    """An engine, a container that is older than Shikra, and Shikra."""

    name: str
    engine: Engine
    older: str
    shikra: Sensor


@pytest.fixture(scope="module", params=[pytest.param(name, id=name.title()) for name in ENGINES])
def world(request: pytest.FixtureRequest) -> Iterator[World]:
    """Run an engine and Shikra beside it."""
    name = request.param
    reason = engines.lacks(name)
    if reason:
        pytest.skip(reason)
    with (
        ENGINES[name]() as engine,
        engine.container("older") as older,
        sensor.running(engine.socket) as shikra,
    ):
        yield World(name, engine, older, shikra)


def fields(name: str) -> sensor.Line:
    """Return what an alert of a container must say of it."""
    return {
        "container.name": name,
        "container.image.repository": "registry.local/team/busybox",
        "container.image.tag": "1.35",
        "fd.name": "/etc/shadow",
    }


def test_a_new_container_is_known(world: World, tmp_path: Path) -> None:
    """What is read in a container that has just started is told with its name and image."""
    with world.engine.container("web", "--volume", f"{tmp_path}:/data:ro") as container:
        assert world.engine.exec(container, "cat", "/etc/shadow") == 0
        told = world.shikra.expect(container, "Runtime sensitive file read", fields("web"))
        assert told["output_fields"]["container.id"] == container[:12]


def test_a_container_older_than_shikra_is_known(world: World) -> None:
    """What ran before Shikra started is known, and who enters it has entered it."""
    assert world.engine.exec(world.older, "cat", "/etc/shadow") == 0
    world.shikra.expect(world.older, "Runtime sensitive file read", fields("older"))
