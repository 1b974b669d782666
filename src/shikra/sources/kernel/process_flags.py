"""
What the probe says of a process's lineage, as attributes of ``Process``.

The bits are the probe's; which bit is which is read from its types.
"""

from collections.abc import Mapping
from typing import Any

from shikra.sources.kernel import btf

_ATTRIBUTES: Mapping[str, str] = {
    "PROCESS_IN_INIT_TREE": "in_init_tree",
    "PROCESS_ENTERED": "has_entered",
    "PROCESS_EXE_IS_INIT": "exe_is_init",
    "PROCESS_IS_FIRST": "is_first",
    "PROCESS_RUNTIME": "is_runtime",
    "PROCESS_INFERRED": "is_inferred",
    "PROCESS_ARGUMENTS_CUT": "is_cut",
    "PROCESS_ENVIRONMENT_CUT": "is_environment_cut",
}

_OTHERS = ("PROCESS_UNCLASSIFIED", "PROCESS_EXEPATH_CUT")


class ProcessFlags:
    """The bits of one object."""

    def __init__(self, types: btf.Btf) -> None:
        """Look the bits up; a missing one is a ``LayoutError``."""
        bits = types.enum("process_flag")
        missing = [name for name in (*_ATTRIBUTES, *_OTHERS) if name not in bits]
        if missing:
            raise btf.LayoutError(f"enum process_flag of the object has no {', '.join(missing)}")
        self.unclassified = bits["PROCESS_UNCLASSIFIED"]
        self.inferred = bits["PROCESS_INFERRED"]
        self.exepath_cut = bits["PROCESS_EXEPATH_CUT"]
        self._bits = {attribute: bits[name] for name, attribute in _ATTRIBUTES.items()}
        self._known: dict[int, dict[str, Any]] = {}

    def attributes(self, flags: int) -> dict[str, Any]:
        """Return what the bits say, as arguments for ``Process``."""
        found = self._known.get(flags)
        if found is None:
            found = {name: bool(flags & bit) for name, bit in self._bits.items()}
            self._known[flags] = found
        return found

    def of(self, **attributes: bool) -> int:
        """Return the bits that say this."""
        return sum(self._bits[name] for name, value in attributes.items() if value)
