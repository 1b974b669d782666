"""Who is asked about containers."""

from pathlib import Path

import pytest

from shikra.enrich.cri import Cri
from shikra.enrich.docker import Docker
from shikra.enrich.runtimes import runtimes
from support.clocks import ManualClock


def test_two_paths_of_one_socket_are_one_runtime() -> None:
    """/var/run and /run are the same place on most machines: it is asked once."""
    found = runtimes((), ManualClock())
    assert len({runtime.socket for runtime in found}) == len(found)
    assert Path("/run/containerd/containerd.sock") in {runtime.socket for runtime in found}
    if Path("/var/run").resolve() == Path("/run"):
        assert len(found) == 5


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        pytest.param("/run/crio/crio.sock", Cri, id="CRI-O"),
        pytest.param("/srv/containerd.sock", Cri, id="a containerd elsewhere"),
        pytest.param("/run/docker.sock", Docker, id="Docker"),
        pytest.param("/run/user/0/podman/podman.sock", Docker, id="Podman"),
    ],
)
def test_configured_sockets_replace_the_usual(path: str, kind: type) -> None:
    """Where sockets are named, no others are asked, each in the language of its name."""
    found = runtimes((path,), ManualClock())
    assert [str(runtime.socket) for runtime in found] == [path]
    assert isinstance(found[0], kind)
