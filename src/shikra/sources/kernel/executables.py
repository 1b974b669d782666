"""
What the probe says of a process's executable.

The bits are the probe's; which bit is which is read from its types.
"""

import msgspec

from shikra.model import process
from shikra.sources.kernel import btf, records


class Executables:
    """Reads executables from the records of one object."""

    def __init__(self, types: btf.Btf) -> None:
        """Look the bits up."""
        bits = types.enum("process_flag")
        self._told = bits["PROCESS_EXE_TOLD"]
        self._writable = bits["PROCESS_EXE_WRITABLE"]
        self._writable_unknown = bits["PROCESS_EXE_WRITABLE_UNKNOWN"]
        self._upper = bits["PROCESS_EXE_UPPER_LAYER"]
        self._lower = bits["PROCESS_EXE_LOWER_LAYER"]
        self._memfd = bits["PROCESS_EXE_FROM_MEMFD"]
        self.marks = (
            self._told
            | self._writable
            | self._writable_unknown
            | self._upper
            | self._lower
            | self._memfd
        )

    def of(self, record: records.ExecRecord) -> process.Executable:
        """Return the file that was executed."""
        found = process.Executable(
            device=record.exe_device,
            inode=record.exe_inode,
            changed_ns=record.exe_ctime_ns,
            modified_ns=record.exe_mtime_ns,
        )
        return self.marked(found, record.flags)

    def of_flags(
        self, flags: int, known: process.Executable | None = None
    ) -> process.Executable | None:
        """Return what the flags alone say, and what else is known; ``None`` if nothing is."""
        if not flags & self._told:
            return known
        return self.marked(known or process.Executable(device=0, inode=0), flags)

    def marked(self, executable: process.Executable, flags: int) -> process.Executable:
        """Add what the flags of its process say; what they don't tell isn't known."""
        if not flags & self._told:
            return executable
        is_sure = not flags & self._writable_unknown
        return msgspec.structs.replace(
            executable,
            is_writable=bool(flags & self._writable) if is_sure else None,
            is_upper_layer=bool(flags & self._upper),
            is_lower_layer=bool(flags & self._lower),
            is_from_memfd=bool(flags & self._memfd),
        )
