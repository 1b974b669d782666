"""Fields on what the caller may use, and uses, at the moment of the call."""

from collections.abc import Callable

from shikra.model.capabilities import NAMES
from shikra.model.event import Event, Reader, Readers
from shikra.model.value import Value
from shikra.sources.kernel import records
from shikra.sources.kernel.readers.wrap import circumstances, of_call, of_circumstances

_PAGE_BYTES = 4096  # on x86-64, and on arm64 as it is usually built
_PAGE_KIB = _PAGE_BYTES // 1024


def capabilities(bits: int) -> bytes:
    """Return the names of a set, in the kernel's order; what has no name yet is left out."""
    names = (name for at, name in enumerate(NAMES) if bits >> at & 1)
    return " ".join(names).encode()


def _of_main(read: Callable[[records.Circumstances], int]) -> Reader:
    """Read what Falco counts for the main thread alone."""

    def reader(event: Event, _argument: str | None) -> Value:
        call: records.CallRecord = event.data.call
        return read(circumstances(event)) if call.tid == call.pid else 0

    return reader


READERS: Readers = {
    "thread.cap_permitted": of_call(lambda call: capabilities(call.cap_permitted)),
    "thread.cap_inheritable": of_call(lambda call: capabilities(call.cap_inheritable)),
    "thread.cap_effective": of_call(lambda call: capabilities(call.cap_effective)),
    "thread.pfmajor": of_circumstances(lambda told: told.faults_major),
    "thread.pfminor": of_circumstances(lambda told: told.faults_minor),
    "thread.vmsize": _of_main(lambda told: told.memory_size_pages * _PAGE_KIB),
    "thread.vmrss": _of_main(lambda told: told.memory_resident_pages * _PAGE_KIB),
    "thread.vmsize.b": _of_main(lambda told: told.memory_size_pages * _PAGE_BYTES),
    "thread.vmrss.b": _of_main(lambda told: told.memory_resident_pages * _PAGE_BYTES),
    "proc.vmsize": of_circumstances(lambda told: told.memory_size_pages * _PAGE_KIB),
    "proc.vmrss": of_circumstances(lambda told: told.memory_resident_pages * _PAGE_KIB),
    "proc.vmswap": of_circumstances(lambda told: told.memory_swapped_pages * _PAGE_KIB),
    "proc.fdlimit": of_circumstances(lambda told: told.descriptor_limit),
    "proc.nthreads": of_circumstances(lambda told: told.threads),
    "proc.nchilds": of_circumstances(lambda told: max(0, told.threads - 1)),
}
