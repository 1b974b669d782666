"""Fields on the process that made the call."""

from shikra.model import process
from shikra.model.event import Event, Readers
from shikra.model.value import Value
from shikra.sources.kernel import records
from shikra.sources.kernel.readers.wrap import circumstances, of_call, of_process


def start_ns(event: Event, of: process.Process) -> int:
    """Return when a process started, since the epoch."""
    offset: int = event.time_ns - event.data.call.time_ns
    return of.start_time_ns + offset


def running_ns(event: Event, of: process.Process) -> int:
    """Return how long a process had been running."""
    running: int = event.data.call.time_ns - of.start_time_ns
    return max(0, running)


def pid_namespace_start_ns(event: Event) -> int | None:
    """Return when the first process of the caller's pid namespace started, since the epoch."""
    call: records.CallRecord = event.data.call
    start_ns = circumstances(event).pid_namespace_start_ns
    return start_ns + event.time_ns - call.time_ns if start_ns else None


def _container_start_ns(event: Event) -> int | None:
    """Return when the container's pid namespace started; one that shares the host's has none."""
    call: records.CallRecord = event.data.call
    is_inside = event.process is not None and event.process.container
    return pid_namespace_start_ns(event) if is_inside and call.pid != call.vpid else None


def _container_duration(event: Event, _argument: str | None) -> Value:
    start_ns = _container_start_ns(event)
    return None if start_ns is None else max(0, event.time_ns - start_ns)


def _args(event: Event, argument: str | None) -> Value:
    caller = event.process
    if caller is None:
        return None
    if argument is None:
        return caller.args
    at = int(argument) + 1
    return caller.arguments[at] if at < len(caller.arguments) else None


def _start(event: Event, _argument: str | None) -> Value:
    return start_ns(event, event.process) if event.process else None


def _duration(event: Event, _argument: str | None) -> Value:
    return running_ns(event, event.process) if event.process else None


READERS: Readers = {
    "proc.name": of_process(lambda caller: caller.name),
    "proc.exe": of_process(lambda caller: caller.exe),
    "proc.exepath": of_process(lambda caller: caller.exepath),
    "proc.args": _args,
    "proc.cmdline": of_process(lambda caller: caller.command_line),
    "proc.exeline": of_process(lambda caller: b" ".join(caller.arguments)),
    "proc.cmdnargs": of_process(lambda caller: max(0, len(caller.arguments) - 1)),
    "proc.cmdlenargs": of_process(lambda caller: sum(map(len, caller.arguments[1:]))),
    "proc.pid": of_process(lambda caller: caller.pid),
    "proc.vpid": of_process(lambda caller: caller.vpid),
    "proc.pid.ts": _start,
    "proc.duration": _duration,
    "proc.pidns_init_start_ts": lambda event, _: pid_namespace_start_ns(event),
    "container.start_ts": lambda event, _: _container_start_ns(event),
    "container.duration": _container_duration,
    "proc.cwd": of_call(lambda call: call.cwd),
    "proc.tty": of_call(lambda call: call.tty),
    "proc.entered": of_process(lambda caller: caller.has_entered),
    "proc.in_init_tree": of_process(lambda caller: caller.in_init_tree),
    "proc.exe_is_init": of_process(lambda caller: caller.exe_is_init),
    "proc.lineage_inferred": of_process(lambda caller: caller.is_inferred),
}
