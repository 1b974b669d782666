"""The guard of a Shikra that denies, and who waits for it."""

import contextlib
import time
from pathlib import Path

from support.ground import Ground

CREDENTIAL = "/mnt/secrets/db-password"
GUARD = "shikra.app.guard"
SECOND = 1.0


def guard_of(pid: int) -> int:
    """Return the guard's process of a Shikra; 0 if there is none now."""
    for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
        with contextlib.suppress(OSError):
            if GUARD in Path(f"/proc/{child}/cmdline").read_text():
                return int(child)
    return 0


def has_ended(pid: int) -> bool:
    """Whether a process is gone, or nobody has taken note of its end yet."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes() == b""
    except FileNotFoundError:
        return True


def is_denied(place: Ground) -> bool:
    """Whether a foreign reader is refused."""
    return place.container.exec("cat", CREDENTIAL).exit_code != 0


def seconds_to_open(place: Ground) -> float:
    """Return how long whoever opens a file of the volume has to wait."""
    began = time.monotonic()
    place.volume.joinpath("db-password").read_bytes()
    return time.monotonic() - began
