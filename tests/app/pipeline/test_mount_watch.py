"""Changes of mounts, in a mount namespace of the test's own."""

import select
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from shikra.app.pipeline.mount_watch import MountWatch
from support.waiting import until

pytestmark = pytest.mark.kernel


@pytest.fixture
def shell() -> Iterator["subprocess.Popen[bytes]"]:
    """Run a shell in a mount namespace of its own."""
    line = ["unshare", "--mount", "--propagation", "private", "sh"]
    with subprocess.Popen(line, stdin=subprocess.PIPE) as process:  # noqa: S603  constants
        until(lambda: Path(f"/proc/{process.pid}/comm").read_text() == "sh\n", "the shell")
        yield process
        process.kill()


def test_a_change_wakes_whoever_waits(shell: "subprocess.Popen[bytes]") -> None:
    """Each mount does, also whoever waits by another poll, and nothing else does."""
    watch = MountWatch()
    opened = watch.add(shell.pid)
    outer = select.epoll()
    outer.register(watch.fileno(), select.EPOLLIN)
    assert watch.changed() == [opened]  # it may have changed before it was opened
    for _ in range(2):
        assert outer.poll(0) == []
        assert shell.stdin is not None
        shell.stdin.write(b"mount -t tmpfs shikra-test /mnt\n")
        shell.stdin.flush()
        assert outer.poll(20), "nobody was woken"
        assert watch.changed() == [opened]
    watch.drop(opened)
    assert watch.changed() == []
    outer.close()
    watch.close()
