"""What the probe tells of calls on processes, credentials, memory and the kernel itself."""

from pathlib import Path
from typing import Any

import pytest

from support.calling import ANY, NEW, compare, told
from support.probing import Watch

pytestmark = pytest.mark.kernel

NO_FILE, NO_PROCESS, BAD_DESCRIPTOR, INVALID = -2, -3, -9, -22
NO_PID = 2**22  # above what the kernel gives
UNSET = 2**32 - 1


@pytest.mark.parametrize(
    ("name", "source", "members"),
    [
        pytest.param(
            "unshare", "libc.unshare(0x4000000)", {"arguments_0": 0x4000000}, id="unshare"
        ),
        pytest.param(
            "setns",
            "libc.setns(os.open('/proc/self/ns/uts', 0), 0x4000000)",
            {"arguments_1": 0x4000000, "file_mode": 0o100444},
            id="setns, by a file of /proc",
        ),
        pytest.param("setuid", "call('setuid', 7)", {"arguments_0": 7}, id="setuid"),
        pytest.param(
            "setreuid",
            "call('setreuid', -1, 7)",
            {"arguments_0": UNSET, "arguments_1": 7},
            id="setreuid",
        ),
        pytest.param(
            "setresuid",
            "call('setresuid', 5, 6, 7)",
            {"arguments_0": 5, "arguments_1": 6, "arguments_2": 7},
            id="setresuid",
        ),
        pytest.param("setgid", "call('setgid', 7)", {"arguments_0": 7}, id="setgid"),
        pytest.param(
            "setregid",
            "call('setregid', 6, 7)",
            {"arguments_0": 6, "arguments_1": 7},
            id="setregid",
        ),
        pytest.param(
            "setresgid",
            "call('setresgid', 5, 6, 7)",
            {"arguments_0": 5, "arguments_1": 6, "arguments_2": 7},
            id="setresgid",
        ),
        pytest.param(
            "capset",
            "call('capset', struct.pack('Ii', 0x20080522, 0), struct.pack('6I', 1, 3, 4, 0, 2, 0))",
            {"arguments_0": 4, "arguments_1": 3 | 2 << 32, "arguments_2": 1},
            id="capset: inheritable, permitted, effective",
        ),
        pytest.param(
            "capset",
            "call('capset', struct.pack('Ii', 0x19980330, 0), struct.pack('6I', 1, 3, 4, 5, 6, 7))",
            {"arguments_0": 4, "arguments_1": 3, "arguments_2": 1},
            id="capset of 32 bits",
        ),
        pytest.param(
            "prctl",
            "libc.prctl(15, b'new name')",
            {"arguments_0": 15, "text": "new name"},
            id="prctl that sets the name",
        ),
        pytest.param(
            "prctl",
            "libc.prctl(4, 1)",
            {"arguments_0": 4, "arguments_1": 1},
            id="prctl that has no text",
        ),
        pytest.param(
            "kill",
            f"call('kill', {NO_PID}, 9)",
            {"arguments_0": NO_PID, "arguments_1": 9, "result": NO_PROCESS},
            id="kill",
        ),
        pytest.param(
            "kill", "call('kill', -1 << 31, 0)", {"arguments_0": 1 << 31, "result": ANY}, id="group"
        ),
        pytest.param(
            "tkill",
            f"call('tkill', {NO_PID}, 9)",
            {"arguments_0": NO_PID, "arguments_1": 9, "result": NO_PROCESS},
            id="tkill",
        ),
        pytest.param(
            "tgkill",
            f"call('tgkill', {NO_PID}, {NO_PID + 1}, 9)",
            {
                "arguments_0": NO_PID,
                "arguments_1": NO_PID + 1,
                "arguments_2": 9,
                "result": NO_PROCESS,
            },
            id="tgkill",
        ),
        pytest.param(
            "rt_sigqueueinfo",
            f"call('rt_sigqueueinfo', {NO_PID}, 9, b'\\0' * 128)",
            {"arguments_0": NO_PID, "arguments_1": 9, "result": ANY},
            id="rt_sigqueueinfo",
        ),
        pytest.param(
            "rt_tgsigqueueinfo",
            f"call('rt_tgsigqueueinfo', {NO_PID}, {NO_PID}, 9, b'\\0' * 128)",
            {"arguments_0": NO_PID, "arguments_2": 9, "result": ANY},
            id="rt_tgsigqueueinfo",
        ),
        pytest.param(
            "pidfd_send_signal",
            "call('pidfd_send_signal', call('pidfd_open', os.getpid(), 0), 0, None, 0)",
            {"arguments_1": 0},
            id="pidfd_send_signal",
        ),
        pytest.param(
            "ptrace",
            f"call('ptrace', 16, {NO_PID}, 0, 5)",
            {"arguments_0": 16, "arguments_1": NO_PID, "arguments_3": 5, "result": NO_PROCESS},
            id="ptrace",
        ),
        pytest.param(
            "process_vm_readv",
            f"call('process_vm_readv', {NO_PID}, b'\\0' * 16, 1, b'\\0' * 16, 1, 0)",
            {"arguments_0": NO_PID, "result": ANY},
            id="process_vm_readv",
        ),
        pytest.param(
            "process_vm_writev",
            f"call('process_vm_writev', {NO_PID}, b'\\0' * 16, 1, b'\\0' * 16, 1, 0)",
            {"arguments_0": NO_PID, "result": ANY},
            id="process_vm_writev",
        ),
        pytest.param(
            "pidfd_open", "call('pidfd_open', os.getpid(), 0)", {"result": NEW}, id="pidfd_open"
        ),
        pytest.param(
            "pidfd_getfd",
            "held = os.open('file', os.O_CREAT)\n"
            "call('pidfd_getfd', call('pidfd_open', os.getpid(), 0), held, 0)",
            {"result": NEW, "real": "{place}/file"},
            id="pidfd_getfd: the file that was got",
        ),
        pytest.param(
            "bpf",
            "call('bpf', 5, 0, 0)",
            {"arguments_0": 5, "result": ANY},
            id="bpf",
        ),
        pytest.param(
            "init_module",
            "call('init_module', b'no module', 9, b'option=1')",
            {"arguments_1": 9, "text": "option=1", "result": ANY},
            id="init_module",
        ),
        pytest.param(
            "finit_module",
            "call('finit_module', os.open('file', os.O_CREAT), b'option=1', 2)",
            {"real": "{place}/file", "text": "option=1", "arguments_2": 2, "result": ANY},
            id="finit_module",
        ),
        pytest.param(
            "delete_module",
            "call('delete_module', b'none', 0o4000)",
            {"text": "none", "arguments_1": 0o4000, "result": ANY},
            id="delete_module",
        ),
        pytest.param(
            "memfd_create",
            "os.memfd_create('hidden', 1)",
            {"text": "hidden", "arguments_1": 1, "result": NEW},
            id="memfd_create",
        ),
        pytest.param(
            "userfaultfd",
            "call('userfaultfd', 0o2000000)",
            {"arguments_0": 0o2000000, "result": ANY},
            id="userfaultfd",
        ),
        pytest.param(
            "io_uring_setup",
            "call('io_uring_setup', 4, struct.pack('10I80x', 0, 0, 2, 0, 77, 0, 0, 0, 0, 0))",
            {"arguments_0": 4, "arguments_1": 2, "arguments_5": 77, "result": ANY},
            id="io_uring_setup",
        ),
        pytest.param(
            "keyctl",
            "call('keyctl', 0, -3, 0, 0, 0)",
            {"arguments_0": 0, "arguments_1": 2**64 - 3, "result": ANY},
            id="keyctl",
        ),
        pytest.param(
            "mprotect",
            "call('mprotect', 4096, 8192, 5)",
            {"arguments_0": 4096, "arguments_1": 8192, "arguments_2": 5, "result": ANY},
            id="mprotect",
        ),
        pytest.param(
            "pkey_mprotect",
            "call('pkey_mprotect', 4096, 8192, 5, -1)",
            {"arguments_2": 5, "result": ANY},
            id="pkey_mprotect",
        ),
    ],
)
def test_calls_on_processes(
    watch: Watch, tmp_path: Path, name: str, source: str, members: dict[str, Any]
) -> None:
    """A call has its arguments, each as wide as the kernel reads it."""
    compare(told(watch, tmp_path, name, source), tmp_path, members)


@pytest.mark.parametrize(
    ("name", "source", "flags"),
    [
        pytest.param("clone", "call('clone', 17, 0, 0, 0, 0) or os._exit(0)", 17, id="clone"),
        pytest.param("fork", "call('fork') or os._exit(0)", 0, id="fork"),
        pytest.param(
            "clone3",
            "call('clone3', struct.pack('8Q', 0, 0, 0, 0, 17, 0, 0, 0), 64) or os._exit(0)",
            0,
            id="clone3",
        ),
        pytest.param(
            "vfork",
            "(held := __import__('subprocess').Popen(['/bin/true'])).pid",
            0,
            id="vfork, of Python",
        ),
    ],
)
def test_a_new_process_is_told_by_both(watch: Watch, name: str, source: str, flags: int) -> None:
    """The creator is told with the child's pid, the child with 0."""
    whole = f"child = {source}\nos.waitpid(child, 0)\ntell(child, os.getpid())"
    seen = watch.run(whole, wanted=frozenset({name}))
    [[child, parent]] = seen.printed
    [by_parent] = [each for each in seen.calls(name) if each.pid == parent]
    [by_child] = [each for each in seen.calls(name) if each.pid == child]
    assert (by_parent.result, by_child.result) == (child, 0)
    assert (by_parent.arguments_0 == flags) or name in ("fork", "vfork")


def test_flags_of_clone3_have_64_bits(watch: Watch, tmp_path: Path) -> None:
    """What clone3 has in a struct is told as clone has it."""
    source = "call('clone3', struct.pack('11Q', 1 << 33, *[0] * 10), 88)"
    call = told(watch, tmp_path, "clone3", source)
    assert call.result < 0
    assert call.arguments_0 == 1 << 33


def test_a_struct_that_cannot_be_read_is_counted(watch: Watch, tmp_path: Path) -> None:
    """Where the caller's struct can't be read, the arguments are 0, marked, and counted."""
    source = f"os.chdir({str(tmp_path)!r}); call('clone3', 8, 88)"
    seen = watch.run(source, wanted=frozenset({"clone3"}))
    call = seen.calls("clone3")[-1]
    assert call.arguments_0 == 0
    assert watch.flags("call_flag", "CALL_", call.flags) == {"arguments_unknown"}
    assert seen.losses["LOSS_STRUCT_UNREADABLE"] >= 1
