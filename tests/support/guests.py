"""
Run a command under another kernel: a guest in qemu that sees this machine's files, read-only.

In: a folder of ``build/kernels`` (``tools/fetch_kernels.py``), a shell script. Out: what the script
printed, and how it ended. The guest has one processor, emulated, so it needs no rights; a tmpfs
for /tmp, a cgroup hierarchy of its own, and no network but loopback.
"""

import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import fetch_kernels
import msgspec

from support import cpio

ROOT = Path(__file__).resolve().parents[2]
INIT = Path(__file__).parent / "guest" / "init"
PROGRAMS = ("qemu-system-x86_64", "busybox")
MEMORY_MIB = 1536
MAX_SECONDS = 1_500
OWN_FOLDERS = frozenset(("dev", "lost+found", "proc", "run", "sys", "tmp"))
"""Folders of / that a guest has for itself."""

_MACHINE = (
    *("-accel", "tcg,tb-size=512", "-cpu", "max", "-smp", "1", "-m", str(MEMORY_MIB)),
    *("-nodefaults", "-no-user-config", "-display", "none", "-monitor", "none"),
    *("-serial", "stdio", "-no-reboot"),
)
_FILES = "local,path=/,mount_tag=machine,security_model=none,readonly=on,multidevs=remap"
_COMMAND_LINE = "console=ttyS0 quiet panic=-1 mitigations=off"
_TOLD = re.compile(r"^guest: begins\s*?\n(.*)^guest: ended with (\d+)", re.MULTILINE | re.DOTALL)


class Ended(msgspec.Struct, frozen=True):
    """What came of a command; ``None`` if the guest never came to its end."""

    status: int | None
    output: str


def lacks(kernel: Path) -> str | None:
    """Say why no guest with this kernel can be had here."""
    missing = [name for name in PROGRAMS if shutil.which(name) is None]
    if missing:
        return f"not installed: {', '.join(missing)} (make test installs them)"
    reason = kernel / "reason"
    if reason.exists():
        return reason.read_text().strip()
    if not (kernel / "vmlinuz").exists():
        return f"{kernel} is absent (make test fetches it)"
    return None


def run(kernel: Path, script: str) -> Ended:
    """Boot, run the script by sh in the clone's folder, and end."""
    with tempfile.TemporaryDirectory() as folder:
        archive = Path(folder, "initramfs")
        archive.write_bytes(cpio.pack(_files(kernel, f"cd {ROOT}\n{script}")))
        command = [
            *(PROGRAMS[0], *_MACHINE, "-virtfs", _FILES),
            *("-kernel", str(kernel / "vmlinuz"), "-initrd", str(archive)),
            *("-append", _COMMAND_LINE),
        ]
        told = _output(command)
    found = _TOLD.search(told)
    return Ended(None, told) if found is None else Ended(int(found[2]), found[1])


def environment(values: Mapping[str, str]) -> str:
    """Return the line of a script that sets these variables."""
    return "".join(f"export {name}='{value}'\n" for name, value in values.items())


def _files(kernel: Path, script: str) -> Iterator[cpio.File]:
    busybox = shutil.which("busybox")
    assert busybox is not None
    for folder in ("dev", "machine", "modules", "own", "proc", "sys", "tmp"):
        yield cpio.folder(folder)
    yield cpio.device("dev/console", 5, 1)
    yield cpio.program("own/busybox", Path(busybox).read_bytes())
    yield cpio.program("init", INIT.read_bytes())
    yield cpio.program("command", script.encode())
    yield cpio.program("folders", "".join(f"{each}\n" for each in _folders()).encode())
    present = [kernel / f"{name}.ko" for name in fetch_kernels.MODULES]
    for number, module in enumerate(each for each in present if each.exists()):
        yield cpio.program(f"modules/{number:02}-{module.name}", module.read_bytes())


def _folders() -> list[str]:
    """Return what of this machine a guest sees, in its place there."""
    seen = [f"/{each.name}" for each in Path("/").iterdir() if each.name not in OWN_FOLDERS]
    needed = {str(ROOT), sys.prefix, sys.base_prefix}
    return sorted(seen) + sorted(_outside(needed, seen))


def _outside(needed: Iterable[str], seen: list[str]) -> Iterator[str]:
    return (each for each in needed if f"/{Path(each).parts[1]}" not in seen)


def _output(command: list[str]) -> str:
    try:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=MAX_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired as late:
        return (late.stdout or b"").decode(errors="replace") + f"\nended after {MAX_SECONDS} s"
    return done.stdout.decode(errors="replace").replace("\r\n", "\n")
