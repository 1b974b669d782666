"""Executables as the probe tells them."""

import pytest

from shikra.sources.kernel import btf, executables
from support.kernel_records import executed

ASKED = ("is_writable", "is_upper_layer", "is_lower_layer", "is_from_memfd")


@pytest.mark.parametrize(
    ("flags", "told"),
    [
        pytest.param((), (False,) * 4, id="none"),
        pytest.param(("PROCESS_EXE_WRITABLE",), (True, False, False, False), id="writable"),
        pytest.param(("PROCESS_EXE_WRITABLE_UNKNOWN",), (None, False, False, False), id="perhaps"),
        pytest.param(("PROCESS_EXE_UPPER_LAYER",), (False, True, False, False), id="upper"),
        pytest.param(("PROCESS_EXE_LOWER_LAYER",), (False, False, True, False), id="lower"),
        pytest.param(("PROCESS_EXE_FROM_MEMFD",), (False, False, False, True), id="memory"),
    ],
)
def test_bits_have_their_meaning(
    types: btf.Btf, flags: tuple[str, ...], told: tuple[bool | None, ...]
) -> None:
    """Each bit says one thing; what the kernel couldn't decide is neither true nor false."""
    bits = types.enum("process_flag")["PROCESS_EXE_TOLD"]
    bits |= sum(types.enum("process_flag")[flag] for flag in flags)
    record = executed(flags=bits, exe_inode=9, exe_device=8, exe_ctime_ns=5, exe_mtime_ns=4)
    found = executables.Executables(types).of(record)
    assert tuple(getattr(found, name) for name in ASKED) == told
    assert (found.inode, found.device, found.changed_ns, found.modified_ns) == (9, 8, 5, 4)


def test_what_is_not_told_is_not_known(types: btf.Btf) -> None:
    """Of a process that is older than the probe's record of it, nothing is said of its file."""
    read = executables.Executables(types)
    found = read.of(executed(exe_inode=9))
    assert [getattr(found, name) for name in ASKED] == [None] * 4
    assert read.of_flags(0) is None
    assert read.of_flags(0, found) is found
    marks = types.enum("process_flag")
    marked = read.of_flags(marks["PROCESS_EXE_TOLD"] | marks["PROCESS_EXE_FROM_MEMFD"], found)
    assert marked is not None
    assert (marked.is_from_memfd, marked.is_upper_layer, marked.inode) == (True, False, 9)
