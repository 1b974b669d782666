"""
How often a test tries what must never go wrong.

On an emulated kernel each try takes a hundred times as long, so there it is tried less often: the
many tries are made on this machine's own.
"""

import os

EMULATED = "SHIKRA_TEST_EMULATED"
"""Set in the environment of tests where the kernel is emulated."""


def times(wanted: int, *, emulated: int) -> int:
    """Return how often to try here."""
    return emulated if os.environ.get(EMULATED) else wanted
