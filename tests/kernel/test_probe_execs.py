"""What the probe tells of an image: command line, executable, ids."""

import os
from pathlib import Path

import pytest

from support.probing import Seen, Told, Watch

pytestmark = pytest.mark.kernel

MAX_ARGUMENTS = 4095
KERNEL_WORKERS = 2  # pid of the first of them


def execed(seen: Seen, comm: bytes) -> Told:
    """Return the last exec under this name."""
    return [each for each in seen.of("exec") if each.comm == comm][-1]


def test_an_image_is_told(watch: Watch) -> None:
    """Command line, executable, cgroup, namespaces and start are those of the process."""
    source = (
        "stat = open('/proc/self/stat').read().rsplit(')')[1].split()\n"
        "tell(os.getpid(), os.readlink('/proc/self/exe'), open('/proc/self/cmdline').read(),"
        " int(stat[19]), os.stat('/proc/self/ns/mnt').st_ino, os.stat('/proc/self/ns/pid').st_ino)"
    )
    seen = watch.run(source, "an argument", "")
    pid, exe, command_line, start, mounts, pids = seen.printed[0]
    record = seen.of("exec")[0]
    assert (record.pid, record.vpid, record.tid) == (pid, pid, pid)
    assert record.exepath == exe.encode()
    assert record.arguments == command_line.encode()
    assert record.start_time_ns // (10**9 // os.sysconf("SC_CLK_TCK")) == start
    assert (record.mount_namespace, record.pid_namespace) == (mounts, pids)
    assert record.cgroup_name == watch.cgroup.name.encode()
    told = Path(exe).stat()
    assert (record.exe_device, record.exe_inode) == (told.st_dev, told.st_ino)


def test_ids_are_the_threads(watch: Watch) -> None:
    """A call carries the ids of the thread that made it, as they are then."""
    source = (
        "def work():\n"
        "    syscall(119, 11, 12, 13)\n"  # setresgid, of this thread alone
        "    syscall(117, 21, 22, 23)\n"  # setresuid
        "    try: os.open('/none', 0)\n"
        "    except OSError: pass\n"
        "os.setsid()\n"
        "thread = threading.Thread(target=work); thread.start(); thread.join()\n"
        "tell(os.getpid(), thread.native_id)"
    )
    seen = watch.run(source)
    pid, tid = seen.printed[0]
    call = next(each for each in seen.calls("openat") if each.name == b"/none")
    assert (call.pid, call.tid, call.vpid, call.vtid) == (pid, tid, pid, tid)
    assert (call.sid, call.pgid, call.vsid, call.vpgid) == (pid, pid, pid, pid)
    assert (call.uid, call.euid, call.gid, call.egid) == (21, 22, 11, 12)
    assert call.loginuid == 2**32 - 1 or call.loginuid < 2**31
    assert call.tty == 0


def test_ids_in_a_pid_namespace(watch: Watch) -> None:
    """In a pid namespace of its own a process has the ids that it sees, and those of the host."""
    source = (
        "assert libc.unshare(0x20000000) == 0\n"
        "if not (child := os.fork()):\n"
        "    os.setsid()\n"
        "    os.open('/etc/hostname', 0)\n"
        "    os._exit(0)\n"
        "os.waitpid(child, 0)\n"
        "tell(child)"
    )
    seen = watch.run(source)
    [[child]] = seen.printed
    call = next(each for each in seen.calls("openat") if each.name == b"/etc/hostname")
    assert (call.pid, call.vpid, call.tid, call.vtid) == (child, 1, child, 1)
    assert (call.sid, call.vsid) == (child, 1)
    [fork] = [each for each in seen.of("fork") if each.pid == child]
    assert fork.vpid == 1


def test_the_terminal_is_the_one_of_stat(watch: Watch) -> None:
    """A process with a terminal has its device number, as /proc/PID/stat prints it."""
    source = (
        "import pty\n"
        "child, terminal = pty.fork()\n"
        "if not child:\n"
        "    os.open('/etc/hostname', 0)\n"
        "    os.write(1, open('/proc/self/stat').read().rsplit(')')[1].split()[4].encode())\n"
        "    os._exit(0)\n"
        "tell(int(os.read(terminal, 100)))\n"
        "os.waitpid(child, 0)"
    )
    seen = watch.run(source)
    [[terminal]] = seen.printed
    call = next(each for each in seen.calls("openat") if each.name == b"/etc/hostname")
    assert call.tty == terminal > 0


def test_a_script_runs_its_interpreter(watch: Watch, tmp_path: Path) -> None:
    """A script has its own name and its interpreter's executable."""
    script = tmp_path / "script"
    script.write_text("#!/bin/sh\n:\n")
    script.chmod(0o755)
    seen = watch.run("os.execv(sys.argv[1], [sys.argv[1], 'x'])", str(script))
    record = execed(seen, b"script")
    assert record.exepath == bytes(Path("/bin/sh").resolve())
    assert record.arguments == b"\0".join([b"/bin/sh", bytes(script), b"x", b""])


def test_a_program_in_memory_has_its_name(watch: Watch) -> None:
    """A program that is in no file system is told by its memfd's name."""
    source = (
        "fd = os.memfd_create('hidden'); os.write(fd, open('/bin/true', 'rb').read())\n"
        "os.execve(fd, ['true'], {})"
    )
    assert watch.run(source).of("exec")[-1].exepath == b"memfd:hidden"


def test_an_exec_takes_a_new_id(watch: Watch) -> None:
    """After an exec the process has another id, the same creator, and names the id before."""
    seen = watch.run("if os.fork(): os.wait()\nelse: os.execv('/bin/true', ['true'])")
    record, fork = execed(seen, b"true"), seen.of("fork")[-1]
    assert record.previous == fork.process != record.process
    assert record.creator == fork.creator == seen.of("exec")[0].process
    assert seen.of("exit")[-2].process == record.process


def test_an_exec_from_another_thread_is_the_process_still(watch: Watch) -> None:
    """When a thread that isn't the leader executes a file, the process goes on under its pid."""
    source = (
        "tell(os.getpid())\n"
        "threading.Thread(target=os.execv, args=('/bin/true', ['true'])).start()\n"
        "import time; time.sleep(30)"
    )
    seen = watch.run(source)
    first, last = seen.of("exec")
    assert (last.pid, last.tid) == (first.pid, first.pid) == (seen.printed[0][0],) * 2
    assert last.previous == first.process
    assert [each.process for each in seen.of("exit")] == [last.process]


def test_a_successful_exec_is_a_call(watch: Watch) -> None:
    """An exec that succeeds returns in the new image, after the record of it."""
    seen = watch.run("os.execv('/bin/true', ['true'])")
    record = execed(seen, b"true")
    call = next(each for each in seen.calls("execve") if each.process == record.process)
    assert (call.result, call.comm) == (0, b"true")
    assert seen.records.index(record) < seen.records.index(call)


@pytest.mark.parametrize(
    ("source", "name", "base", "result"),
    [
        pytest.param("os.execv('/none', ['x'])", b"/none", None, -2, id="absent"),
        pytest.param("os.execv('./none', ['x'])", b"./none", b"/tmp", -2, id="relative"),
        pytest.param("os.execv('/etc/passwd', ['x'])", b"/etc/passwd", None, -13, id="no program"),
        pytest.param(
            "syscall(322, os.open('/etc', 0), b'passwd', None, None, 0)",
            *(b"passwd", b"/etc", -13),
            id="execveat",
        ),
    ],
)
def test_a_failed_exec_is_told(
    watch: Watch, source: str, name: bytes, base: bytes | None, result: int
) -> None:
    """An exec that fails has its name, its directory and the error."""
    seen = watch.run(f"os.chdir('/tmp')\ntry: {source}\nexcept OSError: pass")
    call = next(each for each in seen.calls("execve", "execveat") if each.name == name)
    assert (call.base, call.result) == (base, result)


def test_a_long_command_line_is_cut_and_counted(watch: Watch) -> None:
    """Of 128 KiB of arguments the beginning is kept, and the cut is marked and counted."""
    source = "os.execv('/bin/true', ['true', *(f'{i:01023}' for i in range(128))])"
    seen = watch.run(source)
    record = execed(seen, b"true")
    whole = b"true\0" + b"".join(b"%01023d\0" % i for i in range(128))
    assert record.arguments == whole[:MAX_ARGUMENTS]
    assert "arguments_cut" in watch.flags("process_flag", "PROCESS_", record.flags)
    assert seen.losses["LOSS_ARGUMENTS_CUT"] >= 1
    call = next(each for each in seen.calls("execve") if each.process == record.process)
    assert "arguments_cut" in watch.flags("process_flag", "PROCESS_", call.process_flags)


def test_existing_processes_are_listed(watch: Watch) -> None:
    """The list holds every process that was there when the probe was attached, once."""
    listed = {record.pid: record for record in watch.listed}
    assert len(listed) == len(watch.listed)
    own = listed[os.getpid()]
    assert own.exepath == bytes(Path("/proc/self/exe").readlink())
    assert own.creator == listed[os.getppid()].process
    flags = watch.flags("process_flag", "PROCESS_", own.flags)
    assert {each for each in flags if not each.startswith("exe_")} == {"inferred", "unclassified"}
    assert KERNEL_WORKERS not in listed


@pytest.mark.parametrize(("depth", "is_cut"), [(5, False), (60, True)])
def test_an_executable_that_is_too_deep_is_marked(
    watch: Watch, tmp_path: Path, depth: int, is_cut: bool
) -> None:
    """Of a path with too many components the end is told, and that it is no more."""
    source = (
        "import shutil\n"
        "os.chdir(sys.argv[1])\n"
        f"for _ in range({depth}): os.mkdir('d'); os.chdir('d')\n"
        "shutil.copy('/bin/true', 'deep'); os.execv('./deep', ['deep'])"
    )
    seen = watch.run(source, str(tmp_path))
    last = seen.of("exec")[-1]
    whole = bytes(tmp_path) + b"/d" * depth + b"/deep"
    assert whole.endswith(last.exepath)
    assert (last.exepath == whole) != is_cut
    assert ("exepath_cut" in watch.flags("process_flag", "PROCESS_", last.flags)) == is_cut
