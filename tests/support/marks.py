"""Which file systems a guard asks about: what the kernel itself says of its marks (proc(5))."""

import os
import re
from pathlib import Path

_MARK = re.compile(r"^fanotify .*sdev:([0-9a-f]+)", re.MULTILINE)
_MINOR_BITS = 20  # of a device's number, as the kernel keeps it


def of(guard: int) -> set[int]:
    """Return their devices, as stat(2) gives them."""
    found: set[int] = set()
    for descriptor in Path(f"/proc/{guard}/fd").iterdir():
        try:
            is_group = "fanotify" in str(descriptor.readlink())
        except FileNotFoundError:
            continue
        if is_group:
            text = Path(f"/proc/{guard}/fdinfo/{descriptor.name}").read_text()
            found |= {_device(int(number, 16)) for number in _MARK.findall(text)}
    return found


def _device(number: int) -> int:
    return os.makedev(number >> _MINOR_BITS, number & ((1 << _MINOR_BITS) - 1))
