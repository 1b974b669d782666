"""Executables as the probe tells them."""

import pytest

from shikra.sources.kernel import btf, executables
from support.kernel_records import executed

ASKED = ("is_writable", "is_upper_layer", "is_lower_layer", "is_from_memfd")


@pytest.mark.parametrize(
    ("flags", "told"),
    [
        pytest.param((), (False,) * 4, id="none"),
        pytest.param(("EXE_WRITABLE",), (True, False, False, False), id="writable"),
        pytest.param(("EXE_WRITABLE_UNKNOWN",), (None, False, False, False), id="perhaps"),
        pytest.param(("EXE_UPPER_LAYER",), (False, True, False, False), id="upper"),
        pytest.param(("EXE_LOWER_LAYER",), (False, False, True, False), id="lower"),
        pytest.param(("EXE_FROM_MEMFD",), (False, False, False, True), id="memory"),
    ],
)
def test_bits_have_their_meaning(
    types: btf.Btf, flags: tuple[str, ...], told: tuple[bool | None, ...]
) -> None:
    """Each bit says one thing; what the kernel couldn't decide is neither true nor false."""
    bits = sum(types.enum("exe_flag")[flag] for flag in flags)
    record = executed(exe_flags=bits, exe_inode=9, exe_device=8, exe_ctime_ns=5, exe_mtime_ns=4)
    found = executables.Executables(types).of(record)
    assert tuple(getattr(found, name) for name in ASKED) == told
    assert (found.inode, found.device, found.changed_ns, found.modified_ns) == (9, 8, 5, 4)
