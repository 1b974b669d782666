"""
Names of users and groups, by the lists of the container that they act in.

In: a container and an id as the host counts it. Out: the account, or ``None``. The lists are read
when they are first asked for and again after a while, each time by a thread of its own that is
waited for briefly: a container can make its files answer slowly, or never. What couldn't be
read is counted by reason.
"""

import collections
import errno
import threading
from collections.abc import Mapping
from pathlib import Path

import msgspec

from shikra.enrich import accounts, rooted
from shikra.enrich.accounts import Account, IdMap
from shikra.model.clock import Clock
from shikra.model.container import Container

MAX_CONTAINERS = 4096
MAX_SLOW = 8
FRESH_S = 30.0
FRESH_FOR_UNKNOWN_S = 1.0
WAIT_S = 0.05

_HOST_PID = 1
_ROOT = Account(b"root", b"/root", b"")
"""Who 0 is where no list says it: the kernel's own meaning, and an image may have no lists."""


class _Lists(msgspec.Struct, frozen=True, kw_only=True):
    """What the files said."""

    users: Mapping[int, Account] = {}
    groups: Mapping[int, bytes] = {}
    uids: IdMap = accounts.SAME
    gids: IdMap = accounts.SAME


class _Entry(msgspec.Struct):
    """One container's lists; replaced as a whole by the thread that reads them."""

    lists: _Lists = _Lists()
    tried_ns: int | None = None
    thread: threading.Thread | None = None


class Users:
    """The accounts of every container and the host."""

    def __init__(self, clock: Clock, *, wait_s: float = WAIT_S, proc: Path = Path("/proc")) -> None:
        """Read nothing yet."""
        self.failures: collections.Counter[str] = collections.Counter()
        self._clock = clock
        self._wait_s = wait_s
        self._proc = proc
        self._entries: collections.OrderedDict[int, _Entry] = collections.OrderedDict()
        self._slow: list[threading.Thread] = []

    def user(self, container: Container, uid: int) -> Account | None:
        """Return the account with this id in this container."""
        for fresh_s in (FRESH_S, FRESH_FOR_UNKNOWN_S):
            lists = self._read(container, fresh_s)
            inside = lists.uids.inside(uid)
            if inside in lists.users:
                return lists.users[inside]
        return _ROOT if inside == 0 else None

    def group(self, container: Container, gid: int) -> bytes | None:
        """Return the name of the group with this id in this container."""
        for fresh_s in (FRESH_S, FRESH_FOR_UNKNOWN_S):
            lists = self._read(container, fresh_s)
            inside = lists.gids.inside(gid)
            if inside in lists.groups:
                return lists.groups[inside]
        return _ROOT.name if inside == 0 else None

    def _read(self, container: Container, fresh_s: float) -> _Lists:
        """Return the container's lists, read again if they are older than this."""
        entry = self._entries.get(container.key)
        if entry is None:
            entry = self._entries[container.key] = _Entry()
            if len(self._entries) > MAX_CONTAINERS:
                self._entries.popitem(last=False)
        now_ns = self._clock.boot_ns()
        if entry.tried_ns is None or now_ns - entry.tried_ns >= fresh_s * 1e9:
            entry.tried_ns = now_ns
            self._read_briefly(container, entry)
        return entry.lists

    def _read_briefly(self, container: Container, entry: _Entry) -> None:
        self._slow = [thread for thread in self._slow if thread.is_alive()]
        if entry.thread in self._slow or len(self._slow) >= MAX_SLOW:
            self.failures["another read is slow"] += 1
            return
        entry.thread = threading.Thread(
            target=self._read_now, args=(container, entry), name="read accounts", daemon=True
        )
        entry.thread.start()
        entry.thread.join(self._wait_s)
        if entry.thread.is_alive():
            self._slow.append(entry.thread)
            self.failures["slow"] += 1

    def _read_now(self, container: Container, entry: _Entry) -> None:
        pid = container.first_pid if container.key else _HOST_PID
        owner = container.full_id.encode() if container.key else b""
        try:
            with rooted.process(pid, owner, self._proc) as process:
                entry.lists = _Lists(
                    users=accounts.users(self._file(process, "etc/passwd")),
                    groups=accounts.groups(self._file(process, "etc/group")),
                    uids=accounts.id_map(rooted.read_own(process, "uid_map")),
                    gids=accounts.id_map(rooted.read_own(process, "gid_map")),
                )
        except (rooted.Unreadable, OSError) as reason:
            self._count(reason)

    def _file(self, process: int, path: str) -> bytes:
        try:
            return rooted.read(process, path)
        except FileNotFoundError:  # many an image has none
            return b""
        except (rooted.Unreadable, OSError) as reason:
            self._count(reason)
            return b""

    def _count(self, reason: Exception) -> None:
        if isinstance(reason, OSError):
            self.failures[errno.errorcode.get(reason.errno or 0, "OSError")] += 1
        else:
            self.failures[str(reason)] += 1
