"""What the probe tells of whoever made a call, at that moment."""

import stat
import struct

import pytest

from support.probing import Seen, Told, Watch

pytestmark = pytest.mark.kernel

OPEN = "os.open('/etc/hostname', os.O_RDONLY)\n"
PAGE_KIB = 4


def opened(seen: Seen, name: bytes = b"/etc/hostname") -> Told:
    """Return the last open of this name."""
    return [call for call in seen.calls("openat") if call.name == name][-1]


def test_the_environment_is_told(watch: Watch) -> None:
    """What a process was given at exec is kept, whatever it does to its own later."""
    source = (
        "os.environ['LATER'] = '1'\n"
        "os.execve('/bin/true', ['true'], {'A': '1', 'B': 'x y', 'EMPTY': ''})"
    )
    record = watch.run(source).of("exec")[-1]
    assert record.environment == b"A=1\0B=x y\0EMPTY=\0"
    flags = watch.flags("process_flag", "PROCESS_", record.flags)
    assert not flags & {"environment_cut", "arguments_cut"}


def test_no_environment_is_empty(watch: Watch) -> None:
    """A process that was given nothing has nothing."""
    record = watch.run("os.execve('/bin/true', ['true'], {})").of("exec")[-1]
    assert record.environment == b""


def test_a_long_environment_is_cut_and_counted(watch: Watch) -> None:
    """Of a long environment the beginning is kept, and the cut is marked and counted."""
    source = "os.execve('/bin/true', ['true'], {'A': 'x' * 9000, 'B': '1'})"
    seen = watch.run(source)
    record = seen.of("exec")[-1]
    assert record.environment == (b"A=" + b"x" * 9000)[:4095]
    flags = watch.flags("process_flag", "PROCESS_", record.flags)
    assert "environment_cut" in flags
    assert "arguments_cut" not in flags
    assert seen.losses["LOSS_ENVIRONMENT_CUT"] >= 1


@pytest.mark.parametrize(
    ("source", "name", "cwd"),
    [
        pytest.param("os.chdir('/usr')\n" + OPEN, b"/etc/hostname", b"/usr", id="absolute"),
        pytest.param(
            "os.chdir('/etc')\nos.open('hostname', 0)", b"hostname", b"/etc", id="relative"
        ),
        pytest.param(
            "os.chdir('/usr')\nos.open('hostname', 0, dir_fd=os.open('/etc', 0))",
            b"hostname",
            b"/usr",
            id="relative to another directory",
        ),
        pytest.param(
            "os.chdir('/proc/self/root/usr')\n" + OPEN, b"/etc/hostname", b"/usr", id="symlink"
        ),
        pytest.param("os.chdir('/')\n" + OPEN, b"/etc/hostname", b"/", id="root"),
    ],
)
def test_the_directory_is_told(watch: Watch, source: str, name: bytes, cwd: bytes) -> None:
    """The caller's directory is where it is, however it came there and whatever it names."""
    assert opened(watch.run(source), name).cwd == cwd


def test_a_directory_that_is_too_deep_has_no_name(watch: Watch) -> None:
    """Of a directory that can't be walked to the root nothing is told, and that is counted."""
    source = (
        "import shutil, tempfile\n"
        "top = tempfile.mkdtemp(); os.chdir(top)\n"
        "for _ in range(60): os.mkdir('d'); os.chdir('d')\n"
        + OPEN
        + "os.chdir('/'); shutil.rmtree(top)"
    )
    seen = watch.run(source)
    assert opened(seen).cwd is None
    assert seen.losses["LOSS_PATH_CUT"] >= 1


def test_capabilities_are_the_threads(watch: Watch) -> None:
    """A thread that gives capabilities up has fewer; its process keeps them."""
    source = (
        "def work():\n"
        "    header = struct.pack('Ii', 0x20080522, 0)\n"
        "    sets = struct.pack('6I', 1 << 21, 1 << 21 | 1 << 7, 1 << 7, 0, 0, 0)\n"
        "    assert libc.capset(header, sets) == 0\n"
        "    status = open(f'/proc/self/task/{threading.get_native_id()}/status').read()\n"
        "    lines = [line for line in status.splitlines() if line.startswith('Cap')]\n"
        "    tell({line[:6]: int(line[8:], 16) for line in lines})\n"
        "    os.open('/etc/hostname', os.O_RDONLY)\n"
        "thread = threading.Thread(target=work); thread.start(); thread.join()\n"
        "os.open('/etc/passwd', os.O_RDONLY)\n"
        "tell(int(open('/proc/self/status').read().split('CapEff:')[1].split()[0], 16))"
    )
    seen = watch.run(source)
    [sets], [effective] = seen.printed
    call = opened(seen)
    told = [call.cap_inheritable, call.cap_permitted, call.cap_effective]
    assert told == [sets["CapInh"], sets["CapPrm"], sets["CapEff"]]
    assert opened(seen, b"/etc/passwd").cap_effective == effective != sets["CapEff"]


def test_limits_threads_and_memory_are_told(watch: Watch) -> None:
    """What a process may use is exact; what it uses is about what /proc says."""
    source = (
        "import resource\n"
        "resource.setrlimit(resource.RLIMIT_NOFILE, (77, 100))\n"
        "wait = threading.Event()\n"
        "threads = [threading.Thread(target=wait.wait) for _ in range(3)]\n"
        "for thread in threads: thread.start()\n"
        "block = bytearray(64 << 20)\n"
        + OPEN
        + "status = dict(line.split(':', 1) for line in open('/proc/self/status'))\n"
        "stat = open('/proc/thread-self/stat').read().rsplit(')')[1].split()\n"
        "tell(*(int(status[name].split()[0]) for name in ('VmSize', 'VmRSS', 'VmSwap')),"
        " int(stat[7]), int(stat[9]))\n"
        "wait.set()"
    )
    seen = watch.run(source)
    size, resident, swapped, minor, major = seen.printed[0]
    call = opened(seen)
    assert (call.descriptor_limit, call.threads) == (77, 4)
    assert call.memory_size_pages * PAGE_KIB == pytest.approx(size, rel=0.05)
    assert call.memory_resident_pages * PAGE_KIB == pytest.approx(resident, rel=0.1)
    assert call.memory_swapped_pages * PAGE_KIB == pytest.approx(swapped, abs=1024)
    assert minor - 500 <= call.faults_minor <= minor
    assert call.faults_major <= major


STREAM = struct.Struct("<2I2H")


@pytest.mark.parametrize(
    ("source", "mode", "family", "name"),
    [
        pytest.param("os.open('/dev/null', 0)", stat.S_IFCHR, 0, b"/dev/null", id="device"),
        pytest.param("os.open('/etc/hostname', 0)", stat.S_IFREG, 0, b"/etc/hostname", id="file"),
        pytest.param("os.pipe()[0]", stat.S_IFIFO, 0, None, id="pipe"),
        pytest.param("socket.socket().detach()", stat.S_IFSOCK, 2, None, id="socket"),
        pytest.param(
            "socket.create_connection(('::ffff:127.0.0.1',"
            " (server := socket.create_server(('', 0))).getsockname()[1])).detach()",
            stat.S_IFSOCK,
            2,
            None,
            id="IPv4 in IPv6",
        ),
    ],
)
def test_streams_are_told_as_they_are_now(
    watch: Watch, source: str, mode: int, family: int, name: bytes | None
) -> None:
    """What stands behind a standard stream at the call is told, not what did at exec."""
    call = opened(watch.run(f"os.dup2({source}, 0)\n" + OPEN))
    found, of, at, length = STREAM.unpack_from(call.streams)
    assert (stat.S_IFMT(found), of) == (mode, family)
    assert (call.raw[at : at + length] if at else None) == name


def test_a_closed_stream_is_nothing(watch: Watch) -> None:
    """A process without standard error has none."""
    source = "os.close(2)\ntry: os.open('/none', os.O_RDONLY)\nexcept OSError: pass"
    call = opened(watch.run(source), b"/none")
    assert STREAM.unpack_from(call.streams, 2 * STREAM.size) == (0, 0, 0, 0)


def test_a_pid_namespace_starts_with_its_first_process(watch: Watch) -> None:
    """A process in a pid namespace knows when that began, as long as its first process lives."""
    source = (
        "assert libc.unshare(0x20000000) == 0\n"
        "if not (first := os.fork()):\n"
        "    if not os.fork():\n"
        "        os.open('/etc/hostname', os.O_RDONLY)\n"
        "        os._exit(0)\n"
        "    os.wait(); os._exit(0)\n"
        "os.waitpid(first, 0)\n"
        "os.open('/etc/passwd', os.O_RDONLY)\n"
        "tell(first)"
    )
    seen = watch.run(source)
    [[first]] = seen.printed
    [fork] = [each for each in seen.of("fork") if each.pid == first]
    inside, outside = opened(seen), opened(seen, b"/etc/passwd")
    assert abs(inside.pid_namespace_start_ns - fork.time_ns) < 10**9
    assert 0 < outside.pid_namespace_start_ns < inside.pid_namespace_start_ns
