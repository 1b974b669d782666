"""Fields that are ids at the moment of the call: threads, sessions, groups, users."""

from shikra.model.event import Event, Readers
from shikra.model.value import Value
from shikra.sources.kernel.readers.wrap import of_call

_UNSET = 0xFFFFFFFF


def _name_and_tid(event: Event, _argument: str | None) -> Value:
    name = event.process.name if event.process else b""
    return name + str(event.data.call.tid).encode()


READERS: Readers = {
    "thread.tid": of_call(lambda call: call.tid),
    "thread.vtid": of_call(lambda call: call.vtid),
    "thread.ismain": of_call(lambda call: call.tid == call.pid),
    "thread.nametid": _name_and_tid,
    # Falco's session id is the one that the process itself sees
    "proc.sid": of_call(lambda call: call.vsid),
    "proc.pgid": of_call(lambda call: call.pgid),
    "proc.vpgid": of_call(lambda call: call.vpgid),
    "proc.is_sid_leader": of_call(lambda call: call.vsid == call.vpid),
    "proc.is_pgid_leader": of_call(lambda call: call.pgid == call.pid),
    "proc.is_vpgid_leader": of_call(lambda call: call.vpgid == call.vpid),
    # Falco's user and group are the effective ones
    "user.uid": of_call(lambda call: call.euid),
    "user.loginuid": of_call(lambda call: -1 if call.loginuid == _UNSET else call.loginuid),
    "group.gid": of_call(lambda call: call.egid),
}
