"""
Who may keep lineage where, and how to let go of what is kept.

In: the folder of the configuration. Out: the same if no other Shikra has it; or, for ``shikra
enforce release``, nothing left in it, and an exit code.
"""

import contextlib
import logging
import sys
from collections.abc import Iterator
from pathlib import Path

from shikra.enforce import last_run
from shikra.enforce.memory import CannotRememberError
from shikra.sources.kernel import pins

LOG = logging.getLogger(__name__)


@contextlib.contextmanager
def claimed(pin_dir: str) -> Iterator[str]:
    """Have the folder alone for as long as the block lasts; empty if that can't be."""
    folder = Path(pin_dir)
    if not pin_dir or not pins.can_be_at(folder):
        yield pin_dir
        return
    with contextlib.ExitStack() as stack:
        try:
            is_ours = stack.enter_context(last_run.claimed(folder))
            why = "another Shikra has it"
        except CannotRememberError as error:
            is_ours, why = False, str(error)
        if not is_ours:
            LOG.warning("no lineage is kept in %s: %s", folder, why)
        yield pin_dir if is_ours else ""


def release(folder: Path) -> int:
    """Let go of what a Shikra that has ended keeps up to date."""
    if not folder.is_dir():
        print("nothing is kept")  # noqa: T201  what it is for
        return 0
    with last_run.claimed(folder) as is_ours:
        if not is_ours:
            told = f"shikra: a Shikra runs and has {folder}: set its modes, or end it first"
            print(told, file=sys.stderr)  # noqa: T201  what it is for
            return 1
        found = pins.remove(folder)
    print("lineage isn't kept any more" if found else "nothing is kept")  # noqa: T201  the same
    return 0
