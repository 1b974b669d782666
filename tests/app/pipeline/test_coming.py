"""Containers are known before they begin: a process that gets a root of its own, as runc's do."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from shikra.app.pipeline.coming import Coming, News
from shikra.sources.kernel import cgroups
from shikra.sources.kernel.containers import ContainerEnded, ContainerStarted
from support.clocks import ManualClock
from support.waiting import until

pytestmark = pytest.mark.kernel

_MAKE = b"""
mount -t tmpfs shikra-test /mnt
cp /bin/busybox /mnt
mkdir /mnt/old
cd /mnt
pivot_root . old
"""
_FINISH = b"/busybox umount -l /old\n"


class World:
    """A process that a runtime might have made."""

    def __init__(self, shell: "subprocess.Popen[bytes]") -> None:
        """Know of it."""
        self.shell = shell
        self.news: list[News] = []
        self.known: set[int] = set()
        self.coming = Coming(self.news.append, self.known.__contains__, ManualClock())

    def do(self, script: bytes) -> None:
        """Let it do something."""
        assert self.shell.stdin is not None
        self.shell.stdin.write(script)
        self.shell.stdin.flush()

    def heard(self) -> list[News]:
        """Return what is told by now."""
        self.coming.look()
        return self.news


@pytest.fixture
def world() -> Iterator[World]:
    """Run a shell in a mount namespace of its own."""
    line = ["unshare", "--mount", "--propagation", "private", "/bin/busybox", "sh"]
    with subprocess.Popen(line, stdin=subprocess.PIPE) as shell:  # noqa: S603  constants
        until(lambda: Path(f"/proc/{shell.pid}/comm").read_text() == "busybox\n", "the shell")
        made = World(shell)
        yield made
        made.coming.close()
        shell.kill()


def key_of(pid: int) -> int:
    """Return the key of a process's cgroup."""
    text = Path(f"/proc/{pid}/cgroup").read_bytes()
    hierarchy = cgroups.chosen()
    return cgroups.key_of(cgroups.path_in(text, hierarchy), hierarchy)


def test_it_is_told_once_it_has_a_root_of_its_own_alone(world: World) -> None:
    """Not before: its mounts aren't as it will see them, as long as the old root is there."""
    pid = world.shell.pid
    world.coming.made(pid)
    assert world.heard() == []
    world.do(_MAKE)
    world.do(_FINISH)
    until(world.heard, "it to be told")
    (told,) = world.news
    assert isinstance(told, ContainerStarted)
    assert (told.key, told.first_pid) == (key_of(pid), pid)


def test_what_never_starts_is_told_as_ended(world: World) -> None:
    """Its end is told here, unless it was told as started by whoever tells of its end too."""
    pid = world.shell.pid
    world.coming.made(pid)
    world.do(_MAKE + _FINISH)
    until(world.heard, "it to be told")
    key = key_of(pid)
    world.coming.tidy()
    assert len(world.news) == 1
    world.shell.kill()
    world.shell.wait()
    world.coming.tidy()
    assert world.news[1:] == [ContainerEnded(key)]


def test_what_has_started_is_left_alone(world: World) -> None:
    """Its end is the probe's to tell."""
    world.coming.made(world.shell.pid)
    world.do(_MAKE + _FINISH)
    until(world.heard, "it to be told")
    world.coming.started(key_of(world.shell.pid))
    world.shell.kill()
    world.shell.wait()
    world.coming.tidy()
    assert len(world.news) == 1


def test_a_container_that_runs_is_not_told_again(world: World) -> None:
    """What a runtime brings into it later isn't its beginning."""
    world.known.add(key_of(world.shell.pid))
    world.coming.made(world.shell.pid)
    world.do(_MAKE + _FINISH + b"exec /busybox sleep 60\n")
    image = Path(f"/proc/{world.shell.pid}/cmdline")
    until(lambda: b"sleep" in image.read_bytes(), "its other image")
    assert world.heard() == []


def test_who_has_the_hosts_mounts_is_nobody() -> None:
    """A helper that works on the host becomes no container; nor does who is gone."""
    news: list[News] = []
    coming = Coming(news.append, lambda _: False, ManualClock())
    coming.made(1)
    coming.made(2**22 + 1)
    coming.look()
    coming.tidy()
    coming.close()
    assert news == []
