"""
Follow again the name of a file that may not be the one that was opened.

In: a call whose new descriptor another task may have given another file. Out: where the name leads
by now, seen from the process's root: a guess, and none where the process is gone or a link of
/proc would lead out of it.
"""

from pathlib import Path

from shikra.sources.kernel import paths, records, rooted


class Followed:
    """Follows the names of calls that have a flag."""

    def __init__(self, unsure: int, proc: Path = Path("/proc")) -> None:
        """Take note of the flag."""
        self._unsure = unsure
        self._proc = proc

    def name(self, call: records.CallRecord) -> bytes | None:
        """Return where the name that was asked for leads."""
        name = call.name
        if name is None or not call.flags & self._unsure:
            return None
        path = paths.absolute(name, call.base)
        return rooted.led_to(call.pid, path, self._proc) if path.startswith(b"/") else None
