"""Names of flags."""

import subprocess
import sys
from pathlib import Path

import pytest

from shikra.model import calls, names_of_flags
from shikra.model.event_type import Meaning

HEADERS = """
#define _GNU_SOURCE
#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <linux/bpf.h>
#include <linux/io_uring.h>
#include <linux/keyctl.h>
#include <linux/module.h>
#include <linux/prctl.h>
#include <linux/ptrace.h>
#include <linux/xattr.h>
"""
LIBC_PREFIX = {"mount_flags": "MS_", "umount_flags": "MNT_"}
ELSEWHERE = {  # names that Falco made, and what the C library has otherwise
    *(
        "MNT_NOFOLLOW",
        "IORING_SETUP_ATTACH_RW",
        "O_LARGEFILE",
        "PROT_SEM",
        "PIDFD_NONBLOCK",
        "F_CANCELLK",
    ),
    *("EXE_WRITABLE", "EXE_UPPER_LAYER", "EXE_FROM_MEMFD", "EXE_LOWER_LAYER"),
}


@pytest.mark.parametrize(
    ("table", "value", "names", "number"),
    [
        pytest.param("file_flags", 0, "O_RDONLY", 1, id="no flag"),
        pytest.param("file_flags", 0o1101, "O_TRUNC|O_CREAT|O_WRONLY", 262, id="creating"),
        pytest.param("file_flags", 0o20200002, "O_RDWR|O_TMPFILE", 8195, id="flag in a flag"),
        pytest.param("file_flags", 0o4010000, "O_SYNC|O_RDONLY", 129, id="another"),
        pytest.param("file_flags", 3, "", 0, id="neither"),
        pytest.param("clone_flags", 0x10020000, "CLONE_NEWNS|CLONE_NEWUSER", 0x100020, id="clone"),
        pytest.param("socket_families", 1, "AF_LOCAL|AF_UNIX", 1, id="two names"),
        pytest.param("socket_families", 99, "", 99, id="no name"),
        pytest.param("prot_flags", 0, "PROT_NONE", 0, id="nothing set"),
        pytest.param("prot_flags", 5, "PROT_READ|PROT_EXEC", 5, id="something set"),
        pytest.param("ptrace_requests", 0, "PTRACE_TRACEME", 1, id="value 0"),
        pytest.param("ptrace_requests", 16, "PTRACE_ATTACH", 11, id="Falco's number"),
        pytest.param(
            "mknod_mode",
            0o020644,
            "S_IROTH|S_IRGRP|S_IWUSR|S_IRUSR|S_IFCHR",
            0o020644,
            id="kind of a file",
        ),
        pytest.param("nothing", 7, "", 7, id="no table"),
    ],
)
def test_flags_have_names(table: str, value: int, names: str, number: int) -> None:
    """What is set is named in Falco's order, and has Falco's number."""
    assert names_of_flags.names(table, value) == names
    assert names_of_flags.number(table, value) == number


def test_each_argument_with_names_has_a_table() -> None:
    """Every flag and choice of every call has the names that its row asks for."""
    asked = {
        each.names
        for call in calls.CALLS.values()
        for each in call.parameters
        if each.meaning in {Meaning.FLAGS, Meaning.CHOICE, Meaning.MODE, Meaning.OPEN_FLAGS}
    }
    assert asked - {""} <= set(names_of_flags.TABLES)


def test_values_are_the_kernels(tmp_path: Path) -> None:
    """Each name that the system's headers have has the value that they give it."""
    pytest.importorskip("ziglang", reason="ziglang is not installed (make setup installs it)")
    source = tmp_path / "check.c"
    checks = [
        f'_Static_assert((unsigned)({name}) == {flag.bits}u, "{name}");'
        for table, flags in names_of_flags.TABLES.items()
        for flag in flags
        for name in (LIBC_PREFIX.get(table, "") + flag.name,)
        if name not in ELSEWHERE
    ]
    source.write_text(HEADERS + "\n".join(checks))
    line = [sys.executable, "-m", "ziglang", "cc", "-target", "x86_64-linux-gnu", "-c"]
    cache = {"ZIG_GLOBAL_CACHE_DIR": str(tmp_path), "ZIG_LOCAL_CACHE_DIR": str(tmp_path)}
    done = subprocess.run(  # noqa: S603  the compiler that builds the probe
        [*line, "-ferror-limit=0", str(source), "-o", str(tmp_path / "check.o")],
        check=False,
        capture_output=True,
        text=True,
        env={"PATH": "/usr/bin"} | cache,
    )
    assert done.returncode == 0, done.stderr
