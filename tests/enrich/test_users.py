"""Names are those of the container that the user acts in, and never hold anybody up."""

import os
import time
from pathlib import Path

import pytest

from shikra.enrich import users
from shikra.enrich.accounts import Account
from shikra.enrich.users import Users
from shikra.model.container import HOST, Container, Knowledge
from support.clocks import ManualClock
from support.processes import write_process

PID = 700
KEY = 42
BOX = Container(key=KEY, full_id="the-id", knowledge=Knowledge.UNKNOWN, first_pid=PID)
APP = b"app:x:10001:10001::/srv/app:/bin/sh\n"


class World:
    """A container, the host, and a clock that stands."""

    def __init__(self, proc: Path) -> None:
        """Both have an /etc."""
        self.clock = ManualClock()
        self.proc = proc
        self.host = write_process(proc, 1)
        self.box = write_process(proc, PID, cgroup="/pod/the-id")
        self.users = Users(self.clock, proc=proc, wait_s=5)

    def write(self, passwd: bytes, group: bytes = b"") -> None:
        """Write the container's lists."""
        (self.box / "etc/passwd").write_bytes(passwd)
        (self.box / "etc/group").write_bytes(group)


@pytest.fixture
def world(tmp_path: Path) -> World:
    """Give a world."""
    return World(tmp_path)


def test_names_are_the_containers_own(world: World) -> None:
    """The same id has a name in the container and another on the host."""
    world.write(APP, b"team:x:10001:\n")
    (world.host / "etc/passwd").write_bytes(b"alice:x:10001:100::/home/alice:/bin/zsh\n")
    (world.host / "etc/group").write_bytes(b"staff:x:10001:\n")
    assert world.users.user(BOX, 10001) == Account(b"app", b"/srv/app", b"/bin/sh")
    assert world.users.group(BOX, 10001) == b"team"
    assert world.users.user(HOST, 10001) == Account(b"alice", b"/home/alice", b"/bin/zsh")
    assert world.users.group(HOST, 10001) == b"staff"


def test_root_is_root_in_an_image_without_lists(world: World) -> None:
    """An image from scratch has no list, and still a root; nobody else has a name."""
    found = world.users.user(BOX, 0)
    assert found is not None
    assert found.name == b"root"
    assert world.users.group(BOX, 0) == b"root"
    assert world.users.user(BOX, 1) is None
    assert not world.users.failures


def test_an_image_may_rename_root(world: World) -> None:
    """The list decides where there is one."""
    world.write(b"toor:x:0:0::/:/bin/sh\n")
    found = world.users.user(BOX, 0)
    assert found is not None
    assert found.name == b"toor"


def test_ids_of_a_user_namespace_are_translated(tmp_path: Path) -> None:
    """What the host calls 165536 is the container's root."""
    world = World(tmp_path)
    world.write(b"root:x:0:0::/root:/bin/sh\n" + APP)
    (world.proc / str(PID) / "uid_map").write_text("0 165536 65536\n")
    found = world.users.user(BOX, 165536 + 10001)
    assert found is not None
    assert found.name == b"app"
    assert world.users.user(BOX, 10001) is None
    assert world.users.user(BOX, 0) is None


def test_a_new_user_is_seen_soon(world: World) -> None:
    """An id without a name is looked up again after a second, a known one after half a minute."""
    world.write(APP)
    assert world.users.user(BOX, 5) is None
    world.write(b"new:x:5:5:::\nrenamed:x:10001:10001:::\n")
    assert world.users.user(BOX, 10001) == Account(b"app", b"/srv/app", b"/bin/sh")
    world.clock.boot += int(users.FRESH_FOR_UNKNOWN_S * 1e9)
    assert world.users.user(BOX, 5) == Account(b"new", b"", b"")
    assert world.users.user(BOX, 10001) == Account(b"renamed", b"", b"")


def test_a_known_user_is_looked_up_again_after_a_while(world: World) -> None:
    """A list that was changed is read in the end."""
    world.write(APP)
    assert world.users.user(BOX, 10001) is not None
    world.write(b"renamed:x:10001:10001:::\n")
    world.clock.boot += int(users.FRESH_S * 1e9)
    assert world.users.user(BOX, 10001) == Account(b"renamed", b"", b"")


def test_lists_that_cannot_be_read_again_stay(world: World) -> None:
    """When the first process is gone, the names that were read go on to hold."""
    world.write(APP)
    assert world.users.user(BOX, 10001) is not None
    (world.proc / str(PID)).rename(world.proc / "gone")
    world.clock.boot += int(users.FRESH_S * 1e9)
    assert world.users.user(BOX, 10001) is not None
    assert world.users.failures == {"ENOENT": 1}


def test_a_file_that_is_a_trap_is_counted(world: World) -> None:
    """A pipe in place of the list gives no names and a reason; the groups are still read."""
    os.mkfifo(world.box / "etc/passwd")
    (world.box / "etc/group").write_bytes(b"team:x:10001:\n")
    assert world.users.user(BOX, 10001) is None
    assert world.users.group(BOX, 10001) == b"team"
    assert world.users.failures == {"not a regular file": 1}


def test_a_read_that_hangs_is_left_behind(world: World) -> None:
    """A file that never answers costs one short wait; others are read, while it still hangs."""
    slow = Users(world.clock, proc=world.proc, wait_s=0.02)
    (world.host / "etc/passwd").write_bytes(b"alice:x:1:1:::\n")
    trap = world.proc / str(PID) / "cgroup"
    trap.unlink()
    os.mkfifo(trap)  # opening it waits for a writer
    try:
        began = time.monotonic()
        for _ in range(50):
            assert slow.user(BOX, 10001) is None
            world.clock.boot += int(users.FRESH_S * 1e9)
        assert time.monotonic() - began < 5
        assert slow.failures["slow"] == 1
        assert slow.failures["another read is slow"] == 49
        assert slow.user(HOST, 1) == Account(b"alice", b"", b"")
    finally:
        trap.write_bytes(b"")  # lets it go


def test_the_number_of_containers_is_bounded(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The lists of the least recent container are forgotten."""
    monkeypatch.setattr(users, "MAX_CONTAINERS", 2)
    world.write(APP)
    for key in (KEY, KEY + 1, KEY + 2):
        box = Container(key=key, full_id="the-id", knowledge=Knowledge.UNKNOWN, first_pid=PID)
        assert world.users.user(box, 10001) is not None
    world.write(b"")
    assert world.users.user(BOX, 10001) is None  # read anew
