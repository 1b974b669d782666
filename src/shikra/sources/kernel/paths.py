"""
Names of files as Falco writes them: absolute, and tidied without asking the file system.

``.``, ``..``, doubled and trailing slashes go. What the name really led to is ``fd.realpath``.
"""


def absolute(name: bytes, base: bytes | None) -> bytes:
    """Return a name made absolute from a directory; without one it stays relative."""
    if name.startswith(b"/"):
        return normalise(name)
    if base is None:
        return name
    return normalise(base + b"/" + name)


def normalise(path: bytes) -> bytes:
    """Return an absolute path without ``.``, ``..`` and empty parts; ``..`` stops at the root."""
    if b"/." not in path and b"//" not in path and (len(path) == 1 or not path.endswith(b"/")):
        return path
    parts: list[bytes] = []
    for part in path.split(b"/"):
        if part == b"..":
            del parts[-1:]
        elif part not in (b"", b"."):
            parts.append(part)
    return b"/" + b"/".join(parts)
