"""
The lists of users and groups, as /etc/passwd and /etc/group hold them.

In: bytes of the two files, which an attacker may have written. Out: names by id, bounded in
number and length; a malformed line is skipped. Of two lines with one id the first counts, as in
the C library. Pure.
"""

from collections.abc import Iterator, Mapping

import msgspec

MAX_ACCOUNTS = 4096
MAX_TEXT = 256
MAX_ID = 0xFFFFFFFE


class Account(msgspec.Struct, frozen=True, gc=False):
    """One user."""

    name: bytes
    home: bytes
    shell: bytes


def users(passwd: bytes) -> Mapping[int, Account]:
    """Read ``name:password:uid:gid:comment:home:shell`` lines."""
    found: dict[int, Account] = {}
    for number, parts in _lines(passwd, 7):
        if len(found) >= MAX_ACCOUNTS:
            break
        found.setdefault(number, Account(parts[0], parts[5], parts[6]))
    return found


def groups(group: bytes) -> Mapping[int, bytes]:
    """Read ``name:password:gid:members`` lines."""
    found: dict[int, bytes] = {}
    for number, parts in _lines(group, 4):
        if len(found) >= MAX_ACCOUNTS:
            break
        found.setdefault(number, parts[0])
    return found


class IdMap(msgspec.Struct, frozen=True):
    """How ids of the host are those of a user namespace: rows of inside, outside, count."""

    rows: tuple[tuple[int, int, int], ...]

    def inside(self, number: int) -> int:
        """Return what the namespace calls an id of the host; -1 if it has no name for it."""
        for inside, outside, count in self.rows:
            if outside <= number < outside + count:
                return inside + number - outside
        return -1


SAME = IdMap(((0, 0, MAX_ID + 1),))
"""Of the host, and of a container without a user namespace."""


def id_map(text: bytes) -> IdMap:
    """Read /proc/PID/uid_map or gid_map, which the kernel writes."""
    rows = [tuple(map(int, line.split())) for line in text.splitlines()]
    return IdMap(tuple((row[0], row[1], row[2]) for row in rows))


def _lines(text: bytes, parts: int) -> Iterator[tuple[int, list[bytes]]]:
    for line in text.split(b"\n"):
        found = line.split(b":")
        if len(found) != parts or not found[0] or line.startswith((b"#", b"+", b"-")):
            continue
        if not found[2].isdigit() or len(found[2]) > len(str(MAX_ID)):
            continue
        if int(found[2]) <= MAX_ID and all(len(part) <= MAX_TEXT for part in found[:3] + found[4:]):
            yield int(found[2]), found
