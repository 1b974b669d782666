"""
The contents of test images, taken from the machine itself: no registry is needed.

In: the machine's busybox, python and a few tools. Out: a list of entries for a tar. Shared
libraries are those that the machine's own loader names. Where a tool is missing here, busybox's
applet of that name stands in.
"""

import os
import re
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec

BUSYBOX = Path("/bin/busybox")
USER = 10001
"""The user "app" of the images."""

TOOLS = (
    *("sh", "bash", "cat", "head", "tail", "dd", "awk", "sed", "cp", "mv", "rm", "ln", "base64"),
    *("ls", "id", "sleep", "touch", "chmod", "mkdir", "env", "tee", "curl", "wget", "nc", "ncat"),
)
_UNUSED = re.compile(
    r"(^|/)(test|tests|site-packages|dist-packages|idlelib|tkinter|lib2to3|ensurepip|turtledemo"
    r"|pydoc_data|distutils|xml|sqlite3|unittest|config-[^/]*|[^/]*\.opt-[12]\.pyc"
    r"|(_test|_tkinter|_sqlite3|_decimal|pyexpat|_codecs_)[^/]*)(/|$)"
)
_NCAT = b"""#!/usr/local/bin/python3
# Stands in for ncat where the machine has none: connects, sends what it reads.
import socket, sys
with socket.create_connection((sys.argv[-2], int(sys.argv[-1])), timeout=2) as peer:
    peer.sendall(sys.stdin.buffer.read())
"""
_APPLICATION = Path(__file__).with_name("application.py")


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One name in an image: a copy of a file, a text, a symbolic link, or a directory."""

    path: str  # without the leading slash
    source: Path | None = None
    text: bytes | None = None
    link: str | None = None
    mode: int = 0o755


def busybox() -> list[Entry]:
    """Return an image with busybox alone."""
    return [*_base(), *(_applet(name) for name in _applets())]


def python() -> list[Entry]:
    """Return an image with the machine's python, shell and tools, and the application of S1."""
    found = {tool: Path(path).resolve() for tool in TOOLS if (path := shutil.which(tool))}
    found = {tool: path for tool, path in found.items() if path.read_bytes()[:4] == b"\x7fELF"}
    interpreter = Path(getattr(sys, "_base_executable", sys.executable)).resolve()
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    stdlib = list(_stdlib(Path(sysconfig.get_path("stdlib")), f"usr/local/lib/{version}"))
    modules = [e.source for e in stdlib if e.source and e.source.suffix == ".so"]
    return [
        *_base(),
        *(_applet(name) for name in _applets() if name not in found),
        *(Entry(path=f"usr/bin/{tool}", source=path) for tool, path in found.items()),
        *([] if "ncat" in found else [Entry(path="usr/bin/ncat", text=_NCAT)]),
        Entry(path=f"usr/local/bin/{version}", source=interpreter),
        Entry(path="usr/local/bin/python3", link=version),
        Entry(path="usr/local/bin/python", link=version),
        *stdlib,
        *_libraries([interpreter, *found.values(), *modules]),
        Entry(path="srv/app/app.py", source=_APPLICATION, mode=0o644),
    ]


def _base() -> list[Entry]:
    passwd = f"root:x:0:0:root:/root:/bin/sh\napp:x:{USER}:{USER}:App:/srv/app:/bin/sh\n"
    group = f"root:x:0:\napp:x:{USER}:\n"
    shadow = "root:*:19000:0:99999:7:::\n"
    return [
        *(Entry(path=path) for path in ("etc", "root", "srv", "srv/app", "mnt", "run", "var")),
        *(Entry(path=path) for path in ("usr", "usr/bin", "usr/lib", "usr/local/bin")),
        Entry(path="tmp", mode=0o1777),
        Entry(path="bin", link="usr/bin"),
        Entry(path="lib", link="usr/lib"),
        Entry(path="lib64", link="usr/lib64"),
        Entry(path="usr/lib64"),
        Entry(path="usr/bin/busybox", source=BUSYBOX),
        Entry(path="etc/passwd", text=passwd.encode(), mode=0o644),
        Entry(path="etc/group", text=group.encode(), mode=0o644),
        Entry(path="etc/shadow", text=shadow.encode(), mode=0o640),
    ]


def _applets() -> list[str]:
    listed = subprocess.run([BUSYBOX, "--list"], check=True, capture_output=True, text=True)
    return [name for name in listed.stdout.split() if name != "busybox"]


def _applet(name: str) -> Entry:
    return Entry(path=f"usr/bin/{name}", link="busybox")


def _stdlib(root: Path, target: str) -> Iterator[Entry]:
    for folder, folders, files in os.walk(root):
        inside = Path(folder).relative_to(root)
        folders[:] = sorted(name for name in folders if not _UNUSED.search(str(inside / name)))
        for name in sorted(files):
            if not _UNUSED.search(str(inside / name)):
                yield Entry(path=str(Path(target) / inside / name), source=Path(folder) / name)


def _libraries(binaries: Iterable[Path]) -> list[Entry]:
    """Find what the binaries are linked with; a statically linked one has nothing to tell."""
    told = subprocess.run(["ldd", *binaries], check=False, capture_output=True, text=True).stdout
    entries = {}
    for path in sorted(set(re.findall(r"(?:=> |^\s)(/\S+) \(0x", told, re.MULTILINE))):
        in_loader_place = "/ld-" in path or path.startswith(("/lib", "/usr/lib"))
        # A library outside of the loader's directories was found by a run path of the machine.
        place = path if in_loader_place else f"/usr/lib/{Path(path).name}"
        place = re.sub(r"^/(lib|lib64)/", r"/usr/\1/", place)
        entries[place] = Entry(path=place[1:], source=Path(path).resolve())
    return list(entries.values())
