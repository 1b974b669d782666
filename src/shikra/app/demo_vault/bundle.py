"""
What the container is to be, as runc wants to read it.

In: names and directories. Out: the configuration of an OCI bundle. The root file system is made
of this machine's own programs, mounted read-only, so no image is needed. The application's user
isn't root, has no capabilities and no network; the machine's /etc, /home and /var aren't there.
"""

from pathlib import Path
from typing import Any

import msgspec

USER = 10001
SECRETS = "/mnt/secrets"
APPLICATION = "/srv/app"
IMPOSTOR = "/srv/impostor"
INTRUDER = "/srv/intruder.py"
COMMAND = ("python3", "app.py")

_LOADER = ("/etc/ld.so.cache", "/etc/alternatives")  # of programs that are links, as awk is
_BINARIES = ("bin", "sbin", "lib", "lib32", "lib64", "libx32")
_HIDDEN = ("/proc/kcore", "/proc/keys", "/proc/sched_debug", "/proc/timer_list")
_FROZEN = ("/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger")
_NAMESPACES = ("pid", "network", "ipc", "uts", "mount")
_PASSWD = f"root:x:0:0:root:/:/bin/sh\napp:x:{USER}:{USER}:App:{APPLICATION}:/bin/sh\n"

Json = dict[str, Any]


class Layout(msgspec.Struct, frozen=True, kw_only=True):
    """Where everything is on the host."""

    root: Path  # becomes /
    secrets: Path
    scratch: Path  # becomes /tmp, the one place that can be written to
    cgroup: str
    python: Path
    prefix: Path


def configuration(layout: Layout) -> Json:
    """Return what config.json holds."""
    return {
        "ociVersion": "1.0.2",
        "hostname": "shikra-demo",
        "root": {"path": str(layout.root), "readonly": True},
        "process": {
            "terminal": False,
            "user": {"uid": USER, "gid": USER},
            "args": list(COMMAND),
            "env": [f"PATH={layout.python.parent}:/usr/local/bin:/usr/bin:/bin", "LC_ALL=C.UTF-8"],
            "cwd": APPLICATION,
            "capabilities": {},
            "noNewPrivileges": True,
        },
        "mounts": _mounts(layout),
        "linux": {
            "cgroupsPath": layout.cgroup,
            "namespaces": [{"type": kind} for kind in _NAMESPACES],
            "maskedPaths": list(_HIDDEN),
            "readonlyPaths": list(_FROZEN),
        },
    }


def files(machine: Path = Path("/")) -> dict[str, str]:
    """Return the links of the root directory that this machine has, and where they lead."""
    links = {name: machine / name for name in _BINARIES}
    return {name: str(link.readlink()) for name, link in links.items() if link.is_symlink()}


def passwd() -> str:
    """Return the container's users."""
    return _PASSWD


def _mounts(layout: Layout) -> list[Json]:
    folders = [Path("/usr"), *(Path("/", name) for name in _BINARIES), *map(Path, _LOADER)]
    own = [folder for folder in folders if folder.exists() and not folder.is_symlink()]
    if not layout.prefix.is_relative_to("/usr"):
        own.append(layout.prefix)
    return [
        {"destination": "/proc", "type": "proc", "source": "proc"},
        {
            "destination": "/dev",
            "type": "tmpfs",
            "source": "tmpfs",
            "options": ["nosuid", "strictatime", "mode=755", "size=65536k"],
        },
        *(_bind(path, str(path)) for path in own),
        _bind(layout.secrets, SECRETS),
        _bind(layout.scratch, "/tmp", access="rw"),  # noqa: S108  in the container
    ]


def _bind(source: Path, destination: str, access: str = "ro") -> Json:
    return {
        "destination": destination,
        "type": "bind",
        "source": str(source),
        "options": ["bind", access, "nosuid", "nodev"],
    }
