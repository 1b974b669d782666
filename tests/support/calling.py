"""
One call that a watched process makes, and what its record says.

In: the call's name, Python source that makes it. Out: the record; ``compare`` holds its members
against what a row of a table expects.
"""

from pathlib import Path
from typing import Any

from support.probing import Told, Watch

NEW = object()
"""Of a result: the descriptor that the call is about."""
ANY = object()
"""Whatever it is."""
_TEXTS = ("name", "base", "target", "target_base", "text", "real")


def told(watch: Watch, place: Path, name: str, source: str) -> Told:
    """Return the last call of this name that the source makes, which works in the place."""
    whole = f"os.chdir(sys.argv[1])\n{source}"
    return watch.run(whole, str(place), wanted=frozenset({name})).calls(name)[-1]


def compare(call: Told, place: Path, members: dict[str, Any]) -> None:
    """
    Hold members against what is expected; a text that isn't named must be absent.

    Unless something else is said, the call succeeded. ``{place}`` in a text is where it worked.
    """
    for member, value in (dict.fromkeys(_TEXTS) | {"result": 0} | members).items():
        seen = getattr(call, member)
        if value is ANY:
            continue
        if value is NEW:
            assert seen == call.descriptor >= 0, member
        elif isinstance(value, str):
            assert seen == value.format(place=place).encode(), member
        else:
            assert seen == value, member
