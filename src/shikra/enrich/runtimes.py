"""
Which container runtimes are asked on this machine.

In: paths of sockets, or none: the usual places. Out: a runtime for each, one where two paths mean
the same. A socket of Docker or Podman is known by its name; every other one speaks CRI.
"""

from collections.abc import Iterable
from pathlib import Path

from shikra.enrich import cri, docker
from shikra.enrich.cri import Cri
from shikra.enrich.docker import Docker
from shikra.model.clock import Clock

Asked = Cri | Docker

_ENGINES = frozenset({"docker.sock", "podman.sock"})


def runtimes(sockets: Iterable[str], clock: Clock) -> list[Asked]:
    """Return who is asked."""
    paths = [Path(socket) for socket in sockets or (*cri.SOCKETS, *docker.SOCKETS)]
    places = {path.parent.resolve() / path.name: path for path in paths}
    return [_runtime(place, clock) for place in places]


def _runtime(place: Path, clock: Clock) -> Asked:
    return Docker(place, clock) if place.name in _ENGINES else Cri(place, clock)
