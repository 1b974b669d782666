"""Opens that are answered, in a file system of the test's own."""

import contextlib
import os
import re
import select
import shutil
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from shikra.enforce.guard import fanotify, messages, station
from shikra.enforce.guard.decide import Caller
from shikra.enforce.guard.station import Station
from support import tmpfs

pytestmark = pytest.mark.kernel

CONTAINER, OTHER, GENERATION = 7, 8, 3
CALLER = Caller(1, CONTAINER, GENERATION, is_spared=False, is_first=False, known=0)


class Tables:
    """Find condition 1 to hold of whatever is called secret."""

    caller_now: Caller | None = CALLER
    is_broken = False

    def caller(self, pid: int) -> Caller | None:
        """Take everybody for the same."""
        assert pid > 0
        return self.caller_now

    def surely(self, caller: Caller, name: bytes, file_mode: int) -> frozenset[int]:
        """Look at the name alone."""
        assert caller == self.caller_now
        assert file_mode
        if self.is_broken:
            raise ValueError("a mistake")
        return frozenset({1}) if name.endswith(b"/secret") else frozenset()

    def surely_executes(self, caller: Caller, path: bytes) -> frozenset[int]:
        """Find condition 2 to hold of one program."""
        assert caller == self.caller_now
        return frozenset({2}) if path.endswith(b"/tool") else frozenset()

    def use(self, generation: int, tables: bytes) -> None:
        """Take them."""
        assert (generation, tables) == (GENERATION, b"tables")


class Ground:
    """A volume, and the station that guards it."""

    def __init__(self, volume: Path) -> None:
        """Begin to answer; ``close`` must follow."""
        self.volume = volume
        (volume / "secret").write_text("s3cret")
        (volume / "public").write_text("public")
        self.tables = Tables()
        self.end, theirs = messages.pair()
        group = self.group = fanotify.Group()
        at_work = Station(group, theirs, lambda _, __: self.tables)
        self._thread = threading.Thread(target=_serve, args=(at_work, group, theirs))
        self._thread.start()
        messages.send(self.end, messages.Begin((), b""))
        memory = messages.in_memory(b"tables")
        messages.send(self.end, messages.UseRules(GENERATION), (memory,))
        os.close(memory)
        self.enforce(1)

    def enforce(self, *conditions: int) -> None:
        """Refuse what surely meets these."""
        none, on = frozenset[int](), frozenset(conditions)
        order = messages.UseModes(GENERATION, on, none, none, on & {2})
        messages.send(self.end, order)

    def guard(self, container: int = CONTAINER, device: int | None = None) -> messages.Report:
        """Guard the volume as a container's; return what is answered."""
        here = os.open("/proc/self/ns/mnt", os.O_RDONLY)
        directory = os.open(self.volume, os.O_PATH)
        device = self.volume.stat().st_dev if device is None else device
        order = messages.GuardVolume(container, device, ((b"/mnt",),))
        messages.send(self.end, order, (here, directory))
        os.close(here)
        os.close(directory)
        return self.report()

    def report(self) -> messages.Report:
        """Wait for the next report."""
        assert select.select([self.end], [], [], 5)[0]
        report = messages.take_report(self.end)
        assert report is not None
        return report

    def counts(self) -> messages.Counts:
        """Ask what was done."""
        messages.send(self.end, messages.Ask())
        while not isinstance(report := self.report(), messages.Counts):
            pass
        return report

    def read(self, name: str) -> str | None:
        """Return what another process reads; ``None`` if it isn't let."""
        return tmpfs.read_by_another(self.volume / name)

    def execute(self, name: str) -> bool:
        """Whether a program runs, and well."""
        try:
            line = [str(self.volume / name)]
            done = subprocess.run(line, capture_output=True, check=True)  # noqa: S603  our own
        except PermissionError:
            return False
        return not done.stderr

    def asked(self) -> set[str]:
        """Return what the kernel is asked for, as it says it (proc(5))."""
        self.counts()
        text = Path(f"/proc/self/fdinfo/{self.group.descriptor}").read_text()
        return set(re.findall(r" mask:([0-9a-f]+) ", text))

    def close(self) -> None:
        """Let every open go on."""
        self.end.close()
        self._thread.join(5)


def _serve(at_work: Station, group: fanotify.Group, end: socket.socket) -> None:
    with contextlib.suppress(messages.ClosedError):
        while True:
            ready, _, _ = select.select([group.descriptor, end], [], [])
            if end in ready:
                at_work.obey()
            if group.descriptor in ready:
                at_work.answer()
    at_work.close()
    end.close()


@pytest.fixture
def ground() -> Iterator[Ground]:
    """Mount a volume that isn't guarded yet."""
    with tmpfs.mounted() as volume:
        made = Ground(volume)
        try:
            yield made
        finally:
            made.close()


def test_what_surely_matches_is_refused_and_told(ground: Ground) -> None:
    """Before the open returns; other files of the volume can be read."""
    assert ground.guard() == messages.Guarded(CONTAINER, ground.volume.stat().st_dev, "")
    assert ground.read("secret") is None
    told = ground.report()
    assert isinstance(told, messages.Denied)
    assert (told.container, told.conditions, told.name) == (CONTAINER, {1}, b"/mnt/secret")
    assert ground.read("public") == "public"
    assert ground.counts() == messages.Counts(allowed=1, denied=1)


def test_nothing_is_refused_before_a_volume_is_guarded(ground: Ground) -> None:
    """Nor where only another container's is."""
    assert ground.read("secret") == "s3cret"
    ground.guard(OTHER)
    assert ground.read("secret") == "s3cret"


def test_release_ends_it(ground: Ground) -> None:
    """From then on nobody is asked any more."""
    ground.guard()
    assert ground.read("secret") is None
    messages.send(ground.end, messages.Release(CONTAINER))
    ground.report()
    before = ground.counts()
    assert ground.read("secret") == "s3cret"
    assert ground.counts() == before


def test_modes_change_while_it_is_at_work(ground: Ground) -> None:
    """What was decided under other modes isn't remembered."""
    ground.guard()
    assert ground.read("secret") is None
    ground.report()
    ground.enforce()
    ground.counts()
    assert ground.read("secret") == "s3cret"
    ground.enforce(1)
    ground.counts()
    assert ground.read("secret") is None


def test_another_file_system_than_was_meant_is_not_guarded(ground: Ground) -> None:
    """Somebody mounted over it in the meantime: it is said."""
    answer = ground.guard(device=1)
    assert isinstance(answer, messages.Guarded)
    assert answer.trouble
    assert ground.read("secret") == "s3cret"


def test_a_mistake_of_ours_lets_an_open_go_on(ground: Ground) -> None:
    """It is counted, and whoever opens doesn't wait."""
    ground.guard()
    ground.tables.is_broken = True
    assert ground.read("secret") == "s3cret"
    assert ground.counts().failures == 1


@pytest.mark.parametrize(
    ("denied_late", "read"),
    [pytest.param((), "s3cret", id="allow"), pytest.param((1,), None, id="deny")],
)
def test_where_there_is_no_time_the_rule_says_what_becomes_of_an_open(
    ground: Ground,
    monkeypatch: pytest.MonkeyPatch,
    denied_late: tuple[int, ...],
    read: str | None,
) -> None:
    """That is counted; what was decided before is known in no time, and stays so."""
    ground.guard()
    assert ground.read("public") == "public"
    monkeypatch.setattr(station, "LATE_NS", -1)
    assert ground.read("public") == "public"
    none = frozenset[int]()
    late = messages.UseModes(GENERATION, frozenset({1}), none, frozenset(denied_late))
    messages.send(ground.end, late)
    ground.counts()
    assert ground.read("secret") == read
    assert ground.counts().late == 1


def test_an_unknown_process_is_let_go(ground: Ground) -> None:
    """That is counted too."""
    ground.guard()
    ground.tables.caller_now = None
    assert ground.read("secret") == "s3cret"
    assert ground.counts().unknown == 1


def test_whoever_is_spared_is_counted(ground: Ground) -> None:
    """It would have been refused."""
    ground.guard()
    ground.tables.caller_now = Caller(
        1, CONTAINER, GENERATION, is_spared=True, is_first=False, known=1
    )
    assert ground.read("secret") == "s3cret"
    assert ground.counts().held == 1


def test_opens_go_on_when_the_station_ends(ground: Ground) -> None:
    """Its marks go with it."""
    ground.guard()
    ground.close()
    assert ground.read("secret") == "s3cret"


def test_its_last_words_are_what_it_only_counted(ground: Ground) -> None:
    """Told at once when it is to end, however little they have waited; opens go on before."""
    ground.guard()
    tries = 300
    reader = (
        f"for _ in range({tries}):\n try: open('{ground.volume}/secret')\n except OSError: pass"
    )
    subprocess.run([sys.executable, "-I", "-S", "-c", reader], check=True)  # noqa: S603  ours
    messages.send(ground.end, messages.Finish())
    told: list[messages.Report] = []
    with contextlib.suppress(messages.ClosedError):
        while True:
            told.append(ground.report())
    assert ground.read("secret") == "s3cret"
    assert sum(one.count for one in told if isinstance(one, messages.Denied)) == tries
    assert told[-1] == messages.Counts(denied=tries)


OPENS, EXECUTIONS, BOTH = {"10000"}, {"40000"}, {"50000"}


@pytest.mark.parametrize(
    ("conditions", "asked"),
    [
        pytest.param((1,), OPENS, id="opens"),
        pytest.param((2,), EXECUTIONS, id="executions"),
        pytest.param((1, 2), BOTH, id="both"),
        pytest.param((), OPENS, id="neither"),
    ],
)
def test_the_kernel_asks_about_what_some_rule_is_on(
    ground: Ground, conditions: tuple[int, ...], asked: set[str]
) -> None:
    """A volume that is guarded already, and one that is from now on."""
    ground.guard()
    for before in ((1,), (2,), (1, 2)):
        ground.enforce(*before)
        ground.enforce(*conditions)
        assert ground.asked() == asked
    ground.guard()
    assert ground.asked() == asked
    messages.send(ground.end, messages.Release(CONTAINER))
    assert ground.asked() == set()


def test_a_program_that_surely_matches_is_refused_and_told(ground: Ground) -> None:
    """It isn't run; it is opened, and other files are executed, as ever."""
    shutil.copy("/bin/true", ground.volume / "tool")
    shutil.copy("/bin/true", ground.volume / "other")
    (ground.volume / "script").write_text(f"#!{shutil.which('true')}")
    (ground.volume / "script").chmod(0o755)
    ground.enforce(2)
    ground.guard()
    assert not ground.execute("tool")
    told = ground.report()
    assert isinstance(told, messages.Denied)
    assert (told.is_execution, told.conditions) == (True, {2})
    assert told.name == bytes(ground.volume / "tool")
    assert ground.execute("other")
    assert ground.execute("script")
    assert ground.read("secret") == "s3cret"
    assert ground.counts() == messages.Counts(allowed=2, denied=1)


def test_an_execution_is_an_open_as_well(ground: Ground) -> None:
    """Who may execute a file and not open it may neither: no open passes for another's sake."""
    shutil.copy("/bin/true", ground.volume / "secret")
    (ground.volume / "secret").chmod(0o755)
    ground.enforce(1, 2)
    ground.guard()
    assert not ground.execute("secret")
    told = ground.report()
    assert isinstance(told, messages.Denied)
    assert (told.is_execution, told.conditions) == (False, {1})
