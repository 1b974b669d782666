"""
What the probe says of a process's executable.

The bits are the probe's; which bit is which is read from its types.
"""

from shikra.model import process
from shikra.sources.kernel import btf, records


class Executables:
    """Reads executables from the records of one object."""

    def __init__(self, types: btf.Btf) -> None:
        """Look the bits up."""
        bits = types.enum("exe_flag")
        self._writable = bits["EXE_WRITABLE"]
        self._writable_unknown = bits["EXE_WRITABLE_UNKNOWN"]
        self._upper = bits["EXE_UPPER_LAYER"]
        self._lower = bits["EXE_LOWER_LAYER"]
        self._memfd = bits["EXE_FROM_MEMFD"]

    def of(self, record: records.ExecRecord) -> process.Executable:
        """Return the file that was executed."""
        flags = record.exe_flags
        is_told = not flags & self._writable_unknown
        return process.Executable(
            device=record.exe_device,
            inode=record.exe_inode,
            changed_ns=record.exe_ctime_ns,
            modified_ns=record.exe_mtime_ns,
            is_writable=bool(flags & self._writable) if is_told else None,
            is_upper_layer=bool(flags & self._upper),
            is_lower_layer=bool(flags & self._lower),
            is_from_memfd=bool(flags & self._memfd),
        )
