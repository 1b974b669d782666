"""
Other spellings of a path that everybody takes for the same.

In: a path, and the number of the process that uses it, in its own pid namespace. Out: paths.
Links that distributions have in common are followed both ways: the rules of other people use
either spelling. What is an alias here and another file on some machine gives a name too many,
never one too few.
"""

import re
from collections.abc import Iterator

PREFIXES: tuple[tuple[bytes, bytes], ...] = (
    (b"/var/run", b"/run"),
    (b"/var/lock", b"/run/lock"),
    (b"/bin", b"/usr/bin"),
    (b"/sbin", b"/usr/sbin"),
    (b"/lib", b"/usr/lib"),
    (b"/lib32", b"/usr/lib32"),
    (b"/lib64", b"/usr/lib64"),
    (b"/libx32", b"/usr/libx32"),
    (b"/dev/fd", b"/proc/self/fd"),
    (b"/dev/stdin", b"/proc/self/fd/0"),
    (b"/dev/stdout", b"/proc/self/fd/1"),
    (b"/dev/stderr", b"/proc/self/fd/2"),
)
"""Pairs: what is below the one is below the other."""

_PARTNERS: dict[bytes, list[bytes]] = {}
for _one, _other in PREFIXES:
    _PARTNERS.setdefault(_one, []).append(_other)
    _PARTNERS.setdefault(_other, []).append(_one)

_DEEPEST = max(prefix.count(b"/") for prefix in _PARTNERS)
_STARTS = frozenset(prefix[:3] for prefix in _PARTNERS)
_OWN = re.compile(rb"/proc/(?:self|(\d+))(?=/|$)")


def aliases(path: bytes, process: int) -> tuple[bytes, ...]:
    """Return the other spellings of an absolute path."""
    found: dict[bytes, None] = {path: None}
    for spelling in (path, *_of_own_process(path, process)):
        found[spelling] = None
        found.update(dict.fromkeys(_of_prefix(spelling)))
    del found[path]
    return tuple(found)


def _of_prefix(path: bytes) -> Iterator[bytes]:
    if path[:3] not in _STARTS:  # as good as always
        return
    end = 0
    for _ in range(_DEEPEST):
        end = path.find(b"/", end + 1)
        for partner in _PARTNERS.get(path if end < 0 else path[:end], ()):
            yield partner if end < 0 else partner + path[end:]
        if end < 0:
            return


def _of_own_process(path: bytes, process: int) -> Iterator[bytes]:
    """Yield the spellings by the process's own directory: by its number, and by ``self``."""
    own = _OWN.match(path)
    if own is None:
        return
    if own[1] is None:
        yield b"/proc/%d" % process + path[own.end() :]
    elif int(own[1]) == process:
        yield b"/proc/self" + path[own.end() :]
