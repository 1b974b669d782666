"""What is asked for through a ring of io_uring is told as the system call that it stands for."""

import errno
from pathlib import Path

import pytest

from shikra.sources.kernel import features, requests
from support import uring
from support.probing import Seen, Told, Watch

pytestmark = [
    pytest.mark.kernel,
    pytest.mark.skipif(
        bool(requests.unseen(features.Features.of_running())),
        reason="the kernel has no tracepoints of io_uring",
    ),
]

WANTED = frozenset(requests.OPERATIONS) | {"sendmmsg"}
CALLER = Path(uring.__file__).read_text() + "place = sys.argv[1].encode()\n"
WAYS = [
    pytest.param("told = Ring().run(openat({0}))", id="plain"),
    pytest.param("told = Ring().run(openat({0}, flags=ASYNC))", id="by a worker"),
    pytest.param(
        "told = Ring().run(openat(b'/etc/passwd', flags=LINK), openat({0}))[1:]", id="linked"
    ),
    pytest.param("told = Ring(flags=POLLED).run(openat({0}))", id="by a thread that polls"),
    pytest.param("told = Ring().run(openat2({0}))", id="openat2"),
]


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """Make a file and a link to it."""
    (tmp_path / "dir").mkdir()
    (tmp_path / "dir" / "file").write_text("text")
    (tmp_path / "link").symlink_to("dir/file")
    return tmp_path


def run(watch: Watch, source: str, place: Path) -> Seen:
    """Run source that uses a ring; it tells its pid first."""
    return watch.run(f"{CALLER}tell(os.getpid())\n{source}", str(place), wanted=WANTED)


def flags(watch: Watch, call: Told) -> set[str]:
    """Return the call's flags."""
    return watch.flags("call_flag", "CALL_", call.flags)


def asked(watch: Watch, seen: Seen, *names: str) -> list[Told]:
    """Return the calls that came through a ring."""
    return [call for call in seen.calls(*names) if "via_ring" in flags(watch, call)]


def only(watch: Watch, seen: Seen, name: bytes) -> Told:
    """Return the one open of this name; it is of the process that was run."""
    [found] = [call for call in asked(watch, seen, "openat", "openat2") if call.name == name]
    assert [found.pid] == seen.printed[0]
    return found


@pytest.mark.parametrize("source", WAYS)
def test_an_open_through_a_ring_is_an_open(watch: Watch, place: Path, source: str) -> None:
    """However it is asked for, it has its process, its name, its descriptor and the real path."""
    seen = run(watch, source.format("place + b'/link'") + "\ntell(told)", place)
    call = only(watch, seen, bytes(place / "link"))
    assert call.result == call.descriptor == seen.printed[1][0][0]
    assert call.real == bytes(place / "dir" / "file")
    assert call.inode == (place / "dir" / "file").stat().st_ino


def test_an_open_by_a_system_call_is_none_through_a_ring(watch: Watch, place: Path) -> None:
    """What is asked for by a system call isn't marked."""
    seen = run(watch, "os.open(place + b'/link', 0)", place)
    [call] = [each for each in seen.calls("openat") if each.name == bytes(place / "link")]
    assert "via_ring" not in flags(watch, call)


@pytest.mark.parametrize(
    ("source", "name", "base"),
    [
        pytest.param(
            "os.chdir(place); Ring().run(openat(b'dir/file'))", b"dir/file", "", id="relative"
        ),
        pytest.param(
            "Ring().run(openat(b'file', os.open(place + b'/dir', 0)))", b"file", "dir", id="dirfd"
        ),
        pytest.param(
            "Ring().run(openat2(b'/dir/file', os.open(place, 0), how=(0, 0, 0x10)))",
            *(b"/dir/file", ""),
            id="rooted",
        ),
    ],
)
def test_a_name_has_its_directory(
    watch: Watch, place: Path, source: str, name: bytes, base: str
) -> None:
    """The directory that a name starts from is told with it."""
    call = only(watch, run(watch, source, place), name)
    assert (call.base, call.real) == (bytes(place / base), bytes(place / "dir" / "file"))


def test_a_failed_open_is_told(watch: Watch, place: Path) -> None:
    """An open that fails has its error, and no file."""
    call = only(watch, run(watch, "Ring().run(openat(b'/none'))", place), b"/none")
    assert (call.result, call.real) == (-errno.ENOENT, None)


@pytest.mark.parametrize(
    ("source", "is_assumed"),
    [
        pytest.param("Ring(slots=4).run(openat({0}, slot=2))", False, id="into a slot of the ring"),
        pytest.param(
            "tell(Ring().run(openat({0}, flags=SKIPS_SUCCESS), submission(NOTHING), expected=1))",
            True,
            id="success isn't told",
        ),
        pytest.param(
            "os.mkfifo(place + b'/fifo')\n"
            "waits = openat(place + b'/fifo', flags=ASYNC, tag=7)\n"
            "Ring().run(waits, openat({0}, tag=7), expected=1)",
            True,
            id="two with one tag",
        ),
    ],
)
def test_what_cannot_be_followed_is_told(
    watch: Watch, place: Path, source: str, is_assumed: bool
) -> None:
    """A file that no descriptor leads to is told by its name, as one that may be any."""
    seen = run(watch, source.format("place + b'/link'"), place)
    if seen.printed[1:] and seen.printed[1][0][0] == -errno.EINVAL:
        pytest.skip("the kernel has no such flag: it refuses the request")
    call = only(watch, seen, bytes(place / "link"))
    assert ("result_assumed" in flags(watch, call)) == is_assumed
    assert "real_unknown" in flags(watch, call)
    assert (call.result, call.real) == (0, None)


def test_a_long_name_is_told_at_once(watch: Watch, place: Path) -> None:
    """A name that is longer than what is kept of a request is told when it is asked for."""
    name = b"/./" * 1300 + b"etc/hostname"
    seen = run(watch, "Ring().run(openat(b'/./' * 1300 + b'etc/hostname'))", place)
    call = only(watch, seen, name)
    assert {"result_assumed", "real_unknown"} <= flags(watch, call)
    assert seen.losses["LOSS_REQUEST_UNTRACKED"] == 1


def test_results_that_do_not_fit_are_told(watch: Watch, place: Path) -> None:
    """An open whose result found no room in the ring is told, too."""
    source = (
        "ring = Ring(entries=1)\n"  # room for two results
        "for number in range(6): ring.run(openat(place + b'/%d' % number), expected=0)\n"
        "time.sleep(0.1)"
    )
    calls = asked(watch, run(watch, source, place), "openat")
    assert {call.name for call in calls} == {bytes(place) + b"/%d" % n for n in range(6)}


@pytest.mark.parametrize(
    ("source", "name", "members"),
    [
        pytest.param(
            "submission(UNLINKAT, address=pointer(place + b'/link'))",
            "unlinkat",
            {"name": "link", "arguments_2": 0},
            id="unlinkat",
        ),
        pytest.param(
            "submission(RENAMEAT, address=pointer(place + b'/link'), length=AT_FDCWD & 0xffffffff,"
            " offset=pointer(place + b'/new'))",
            "renameat2",
            {"name": "link", "target": "new"},
            id="renameat",
        ),
        pytest.param(
            "submission(MKDIRAT, address=pointer(place + b'/new'), length=0o700)",
            "mkdirat",
            {"name": "new", "arguments_2": 0o700},
            id="mkdirat",
        ),
        pytest.param(
            "submission(SYMLINKAT, address=pointer(place + b'/link'),"
            " offset=pointer(place + b'/new'))",
            "symlinkat",
            {"target": "link", "name": "new"},
            id="symlinkat",
        ),
        pytest.param(
            "submission(LINKAT, address=pointer(place + b'/dir/file'),"
            " length=AT_FDCWD & 0xffffffff, offset=pointer(place + b'/new'))",
            "linkat",
            {"name": "new", "target": "dir/file"},
            id="linkat",
        ),
    ],
)
def test_calls_on_files_are_told(
    watch: Watch, place: Path, source: str, name: str, members: dict[str, object]
) -> None:
    """What changes names through a ring is told with the names, as the call that it stands for."""
    seen = run(watch, f"tell(Ring().run({source}))", place)
    if seen.printed[1] == [[-errno.EINVAL]]:
        pytest.skip("the kernel has no such operation")
    [call] = asked(watch, seen, name)
    assert ([call.pid], call.result) == (seen.printed[0], 0)
    for member, value in members.items():
        expected = bytes(place / value) if isinstance(value, str) else value
        assert getattr(call, member) == expected, member


ADDRESS = """
family = socket.AF_INET6 if ":" in {0!r} else socket.AF_INET
packed = socket.inet_pton(family, {0!r})
name = struct.pack("=H", family) + struct.pack("!H", {1})
name += packed + bytes(8) if family == socket.AF_INET else bytes(4) + packed + bytes(4)
client = socket.socket(family, {2})
"""


@pytest.mark.parametrize(
    ("host", "address"),
    [
        pytest.param("127.0.0.1", bytes([127, 0, 0, 1]) + bytes(12), id="IPv4"),
        pytest.param("::1", bytes(15) + b"\1", id="IPv6"),
    ],
)
@pytest.mark.parametrize(
    "ring", [pytest.param("Ring()", id="plain"), pytest.param("Ring(flags=POLLED)", id="polled")]
)
def test_a_connection_is_told(
    watch: Watch, place: Path, host: str, address: bytes, ring: str
) -> None:
    """A connection through a ring has both ends, as the socket has them."""
    source = (
        "import socket\n"
        f"server = socket.create_server(({host!r}, 0), family=socket.AF_INET6 if ':' in {host!r}"
        " else socket.AF_INET)\n"
        "port = server.getsockname()[1]\n"
        + ADDRESS.format(host, "port", "socket.SOCK_STREAM")
        + f"told = {ring}.run(submission(CONNECT, client.fileno(), address=pointer(name),"
        " offset=len(name)))\n"
        "tell(told, port, client.getsockname()[1])"
    )
    seen = run(watch, source, place)
    _, [results, port, own_port] = seen.printed
    [call] = asked(watch, seen, "connect")
    assert ([call.pid], call.result, results) == (seen.printed[0], 0, [0])
    assert (call.remote_address, call.remote_port) == (address, port)
    assert (call.local_address, call.local_port) == (address, own_port)


def test_a_refused_connection_has_its_address(watch: Watch, place: Path) -> None:
    """A connection that nobody accepts has the address that was asked for."""
    source = (
        "import socket\n"
        + ADDRESS.format("127.0.0.1", "1", "socket.SOCK_STREAM")
        + "asked = submission(CONNECT, client.fileno(), address=pointer(name), offset=len(name))\n"
        "Ring().run(asked)"
    )
    [call] = asked(watch, run(watch, source, place), "connect")
    assert (call.result, call.remote_port) == (-errno.ECONNREFUSED, 1)


@pytest.mark.parametrize(
    ("operation", "name"),
    [
        pytest.param(
            "header = struct.pack('QIxxxxQQQQI4x', pointer(name), len(name),"
            " pointer(struct.pack('QQ', pointer(b'text'), 4)), 1, 0, 0, 0)\n"
            "sent = submission(SENDMSG, client.fileno(), address=pointer(header), length=1)",
            "sendmsg",
            id="sendmsg",
        ),
        pytest.param(
            "sent = submission(SEND, client.fileno(), address=pointer(b'text'), length=4,"
            " offset=pointer(name), last=len(name))",
            "sendto",
            id="send",
        ),
        pytest.param(
            "sent = submission(SEND_ZC, client.fileno(), address=pointer(b'text'), length=4,"
            " offset=pointer(name), last=len(name))",
            "sendto",
            id="send without a copy",
        ),
    ],
)
def test_a_datagram_is_told(watch: Watch, place: Path, operation: str, name: str) -> None:
    """A datagram that is sent through a ring has the address that it was sent to."""
    source = (
        "import socket\n"
        "server = socket.socket(type=socket.SOCK_DGRAM); server.bind(('127.0.0.1', 0))\n"
        "port = server.getsockname()[1]\n"
        + ADDRESS.format("127.0.0.1", "port", "socket.SOCK_DGRAM")
        + f"{operation}\ntell(Ring().run(sent, expected=1), port)"
    )
    seen = run(watch, source, place)
    [[result], port] = seen.printed[1]
    if result in (-errno.EINVAL, -errno.EDESTADDRREQ):
        pytest.skip("the kernel has no such operation, or none with an address")
    [call] = asked(watch, seen, name)
    assert ([call.pid], call.result, result) == (seen.printed[0], 4, 4)
    assert (call.remote_address[:4], call.remote_port) == (bytes([127, 0, 0, 1]), port)


def test_what_sends_without_an_address_is_no_event(watch: Watch, place: Path) -> None:
    """A message on a connection names no address: as a system call, it is no event."""
    source = (
        "import socket\n"
        "one, other = socket.socketpair()\n"
        "Ring().run(submission(SEND, one.fileno(), address=pointer(b'text'), length=4))"
    )
    assert asked(watch, run(watch, source, place), "sendto", "sendmsg") == []
