"""
Keep what the next start must know of modes, in the folder for that.

In: what was decided. Out: the same, after a restart. Trouble with the folder stops nothing: it is
logged, and what can't be read is ``None``, by which rules are only observed.
"""

import logging
from pathlib import Path

from shikra.enforce import memory
from shikra.enforce.memory import Remembered

LOG = logging.getLogger(__name__)
FILE = "enforcement.json"


class Memory:
    """One file, or none at all."""

    def __init__(self, folder: str) -> None:
        """Remember in this folder; empty: not at all."""
        self._path = Path(folder, FILE) if folder else None

    def read(self) -> Remembered | None:
        """Return what was decided before this start."""
        if self._path is None:
            return Remembered()
        try:
            return memory.read(self._path)
        except memory.CannotRememberError as error:
            LOG.error(  # noqa: TRY400  the message says it all
                "every rule is only observed, since what was set or braked isn't known: %s", error
            )
            return None

    def write(self, what: Remembered) -> None:
        """Keep it for the next start."""
        if self._path is None:
            return
        try:
            memory.write(self._path, what)
        except memory.CannotRememberError as error:
            LOG.warning("modes, soaks and brakes will be forgotten after a restart: %s", error)
