"""
Fields on the file that the process runs, as it was when it was executed.

What the kernel couldn't tell has no value: of a process whose exec was never told, the layer and
who may write the file.
"""

from collections.abc import Callable

from shikra.model import process
from shikra.model.event import Event, Reader, Readers
from shikra.model.value import Value
from shikra.sources.kernel.readers import proc


def _of_executable(read: Callable[[process.Executable], Value]) -> Reader:
    def reader(event: Event, _argument: str | None) -> Value:
        found = event.process.executable if event.process else None
        return None if found is None else read(found)

    return reader


def _changed_ns(event: Event) -> int | None:
    found = event.process and event.process.executable
    return found.changed_ns or None if found else None


def _until_start(event: Event, _argument: str | None) -> Value:
    """Return how long after the change the process started, if that is the order."""
    changed_ns = _changed_ns(event)
    if changed_ns is None or event.process is None:
        return None
    start_ns = proc.start_ns(event, event.process)
    return start_ns - changed_ns if start_ns >= changed_ns else None


def _since_namespace(event: Event, _argument: str | None) -> Value:
    """Return how long after the start of the pid namespace the change was, likewise."""
    changed_ns, start_ns = _changed_ns(event), proc.pid_namespace_start_ns(event)
    if changed_ns is None or start_ns is None:
        return None
    return changed_ns - start_ns if changed_ns >= start_ns else None


READERS: Readers = {
    "proc.is_exe_writable": _of_executable(lambda exe: exe.is_writable),
    "proc.is_exe_upper_layer": _of_executable(lambda exe: exe.is_upper_layer),
    "proc.is_exe_lower_layer": _of_executable(lambda exe: exe.is_lower_layer),
    "proc.is_exe_from_memfd": _of_executable(lambda exe: exe.is_from_memfd),
    "proc.exe_ino": _of_executable(lambda exe: exe.inode or None),
    "proc.exe_ino.ctime": _of_executable(lambda exe: exe.changed_ns or None),
    "proc.exe_ino.mtime": _of_executable(lambda exe: exe.modified_ns or None),
    "proc.exe_ino.ctime_duration_proc_start": _until_start,
    "proc.exe_ino.ctime_duration_pidns_start": _since_namespace,
}
