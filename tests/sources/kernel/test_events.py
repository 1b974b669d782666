"""Calls become events."""

from collections.abc import Iterator

import pytest

from shikra.model import event, process
from shikra.sources.kernel import btf, events, records, syscalls
from support.kernel_records import call

NUMBERS = {
    name: number for number, name in syscalls.names(syscalls.Table.NATIVE, machine="x86_64").items()
}
SECOND = 1_000_000_000
REAL, MOUNTED, INODE = event.NameKind.REAL, event.NameKind.MOUNTED, event.NameKind.INODE


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        """Start at a plain time."""
        self.wall = 1000 * SECOND
        self.boot = 10 * SECOND

    def wall_ns(self) -> int:
        """Return the time on the wall."""
        return self.wall

    def boot_ns(self) -> int:
        """Return the time since boot."""
        return self.boot

    async def sleep(self, seconds: float) -> None:
        """Let time pass."""
        self.boot += int(seconds * SECOND)


@pytest.fixture(autouse=True)
def on_x86_64(monkeypatch: pytest.MonkeyPatch) -> None:
    """Read numbers as this machine does, whatever it is."""
    monkeypatch.setattr("platform.machine", lambda: "x86_64")


def caller(**values: bool | int) -> process.Process:
    """Return a process."""
    return process.Process(id=1, pid=7, **values)  # type: ignore[arg-type]  # flags and numbers


def _nobody(_pid: int) -> None:
    """No process has this pid."""


def make(types: btf.Btf, kind: str = "openat", /, **values: object) -> event.Event:
    """Return the event of a call of this name."""
    made = events.EventMaker(types, Clock(), {}, _nobody, _unnamed).make(
        call(**{"number": NUMBERS[kind]} | values), caller()
    )
    assert made is not None
    return made


@pytest.mark.parametrize("name", sorted(NUMBERS))
def test_each_call_has_its_name(types: btf.Btf, name: str) -> None:
    """The type of an event is the name of the call."""
    made = make(types, name)
    assert (made.type, made.source) == (name, "syscall")


def test_a_32_bit_call_has_its_own_number(types: btf.Btf) -> None:
    """A number of the 32-bit table is read in that table."""
    compat = types.enum("call_flag")["CALL_COMPAT"]
    assert make(types, number=5, flags=compat).type == "open"


def test_an_unknown_number_is_counted(types: btf.Btf) -> None:
    """A call that isn't known makes no event and is counted."""
    maker = events.EventMaker(types, Clock(), {}, _nobody, _unnamed)
    assert maker.make(call(number=999), caller()) is None
    assert (maker.made, maker.skipped_unknown) == (0, 1)


@pytest.mark.parametrize(
    ("texts", "path", "real_path"),
    [
        pytest.param(
            {"name": b"../etc/x", "base": b"/tmp", "real": b"/etc/x"},
            b"/etc/x",
            b"/etc/x",
            id="relative",
        ),
        pytest.param(
            {"name": b"/proc/self/fd/3", "real": b"/etc/x"},
            b"/proc/self/fd/3",
            b"/etc/x",
            id="another way to the file",
        ),
        pytest.param({"name": b"/etc/x"}, b"/etc/x", None, id="failed"),
        pytest.param({"real": b"/etc/x"}, b"/etc/x", b"/etc/x", id="by handle"),
        pytest.param({"name": b""}, None, None, id="empty name without a base"),
        pytest.param({}, None, None, id="nothing known"),
    ],
)
def test_an_open_has_its_names(
    types: btf.Btf, texts: dict[str, bytes], path: bytes | None, real_path: bytes | None
) -> None:
    """The path is what was asked for, made absolute; the real path is what was opened."""
    made = make(types, **texts)
    assert (made.path, made.real_path) == (path, real_path)


def test_an_unknown_real_path_is_none(types: btf.Btf) -> None:
    """A path that the kernel couldn't vouch for isn't used."""
    unknown = types.enum("call_flag")["CALL_REAL_UNKNOWN"]
    made = make(types, name=b"/a", real=b"/b", flags=unknown)
    assert (made.path, made.real_path) == (b"/a", None)


@pytest.mark.parametrize(
    ("names", "real_path", "others"),
    [
        pytest.param([], b"/tmp/x", [], id="none that is known"),
        pytest.param(
            [(REAL, b"/etc/x")], b"/etc/x", [(MOUNTED, b"/tmp/x")], id="the first process's"
        ),
        pytest.param(
            [(REAL, b"/etc/x"), (REAL, b"/srv/x"), (INODE, b"/y")],
            b"/etc/x",
            [(REAL, b"/srv/x"), (INODE, b"/y"), (MOUNTED, b"/tmp/x")],
            id="several",
        ),
        pytest.param([(INODE, b"/y")], b"/tmp/x", [(INODE, b"/y")], id="the inode's alone"),
    ],
)
def test_a_file_with_other_names_has_them_all(
    types: btf.Btf,
    names: list[tuple[event.NameKind, bytes]],
    real_path: bytes,
    others: list[tuple[event.NameKind, bytes]],
) -> None:
    """The first process's name is the real one; what was walked stays one of the names."""
    told = [event.FileName(*name) for name in names]
    maker = events.EventMaker(types, Clock(), {}, _nobody, lambda _: iter(told))
    flag = types.enum("call_flag")["CALL_OTHER_NAMES"]
    made = maker.make(call(number=257, flags=flag, name=b"/tmp/x", real=b"/tmp/x"), caller())
    assert made is not None
    assert (made.path, made.real_path) == (b"/tmp/x", real_path)
    assert made.other_names == tuple(event.FileName(*name) for name in others)


@pytest.mark.parametrize(
    ("name", "texts", "path"),
    [
        pytest.param("mkdir", {"name": b"x", "base": b"/etc"}, b"/etc/x", id="of one path"),
        pytest.param("rename", {"name": b"/a", "target": b"/b"}, b"/a", id="of two the first"),
        pytest.param("fchmod", {"real": b"/etc/x"}, b"/etc/x", id="of a descriptor"),
        pytest.param("connect", {"name": b"/run/x.sock"}, None, id="address of a socket"),
        pytest.param("execve", {"name": b"/bin/x"}, None, id="program"),
        pytest.param("kill", {}, None, id="nothing"),
    ],
)
def test_what_acts_on_a_file_has_its_path(
    types: btf.Btf, name: str, texts: dict[str, bytes], path: bytes | None
) -> None:
    """The path of an event is the one that the call acts upon."""
    assert make(types, name, **texts).path == path


@pytest.mark.parametrize(
    ("texts", "path"),
    [
        pytest.param({"target": b"../x", "target_base": b"/etc/a"}, b"/etc/x", id="relative"),
        pytest.param({"target": b"//etc/x"}, b"/etc/x", id="absolute"),
        pytest.param({"target": b"../x"}, b"../x", id="of a symlink: as it is written"),
        pytest.param({}, None, id="none"),
    ],
)
def test_the_second_path_is_made_absolute(texts: dict[str, bytes], path: bytes | None) -> None:
    """A second path starts from its own directory."""
    assert events.target(call(**texts)) == path


@pytest.mark.parametrize("flag", ["NAME", "BASE", "TARGET", "TEXT", "REAL"])
def test_what_was_cut_is_marked(types: btf.Btf, flag: str) -> None:
    """An event of which something was cut says so."""
    assert make(types, flags=types.enum("call_flag")[f"CALL_{flag}_CUT"]).is_cut
    assert not make(types).is_cut


@pytest.mark.parametrize(
    ("flag", "is_path_unsure", "is_real_path_unsure"),
    [
        pytest.param("CALL_NAME_CUT", True, False, id="name cut"),
        pytest.param("CALL_BASE_CUT", True, False, id="directory cut"),
        pytest.param("CALL_REAL_CUT", False, True, id="real path cut"),
        pytest.param("CALL_REAL_UNKNOWN", False, True, id="real path unknown"),
        pytest.param("CALL_DELETED", False, False, id="deleted"),
    ],
)
def test_a_name_that_may_be_another_is_unsure(
    types: btf.Btf, flag: str, is_path_unsure: bool, is_real_path_unsure: bool
) -> None:
    """A name that was cut, or that nobody knows, isn't taken for the whole truth."""
    made = make(types, flags=types.enum("call_flag")[flag])
    assert made.is_path_unsure == is_path_unsure
    assert made.is_real_path_unsure == is_real_path_unsure


def test_events_are_numbered_and_know_their_container(types: btf.Btf) -> None:
    """Numbers count from 1; the container is the caller's."""
    maker = events.EventMaker(types, Clock(), {}, _nobody, _unnamed)
    made = [maker.make(call(number=257), caller(container=5)) for _ in range(2)]
    assert [(each.data.number, each.data.container) for each in made if each] == [(1, 5), (2, 5)]


@pytest.mark.parametrize("which", ["sid", "pgid"])
def test_leaders_are_known_even_when_they_ended(types: btf.Btf, which: str) -> None:
    """A leader is the caller, a living process, or one that created the caller."""
    gone, living = process.Process(id=2, pid=20), process.Process(id=3, pid=30)
    who = process.Process(id=1, pid=7, creator=gone)
    maker = events.EventMaker(types, Clock(), {}, {30: living}.get, _unnamed)
    found = {}
    for pid in (7, 20, 30, 40):
        made = maker.make(call(number=257, **{which: pid}), who)
        assert made is not None
        found[pid] = made.data.session if which == "sid" else made.data.group
    assert found == {7: who, 20: gone, 30: living, 40: None}


def test_a_clock_that_jumps_shows_in_later_events(types: btf.Btf) -> None:
    """Times follow the wall clock as it is when the batch is read."""
    now = Clock()
    maker = events.EventMaker(types, now, {}, _nobody, _unnamed)
    opened = call(number=257, time_ns=now.boot + 5)
    before = maker.make(opened, caller())
    now.wall -= 3600 * SECOND
    maker.read_clock()
    after = maker.make(opened, caller())
    assert before is not None
    assert after is not None
    assert before.time_ns == 1000 * SECOND + 5
    assert before.time_ns - after.time_ns == 3600 * SECOND


def _unnamed(_call: records.CallRecord) -> Iterator[event.FileName]:
    return iter(())
