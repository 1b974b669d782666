"""Events of opens and executions that were refused elsewhere."""

import errno

import msgspec

from shikra.model import clock
from shikra.model.process import Process
from shikra.model.verdict import Outcome
from shikra.sources.kernel import btf, events, refused
from shikra.sources.kernel.readers import READERS
from support import probes

REFUSED = refused.Refused(
    time_ns=5,
    process=4,
    container=9,
    name=b"/mnt/secrets/token",
    generation=3,
    conditions=frozenset({9}),
)


def test_it_reads_as_a_failed_open_of_the_real_file() -> None:
    """By the process that opened; who its user is isn't known."""
    types = btf.Btf.of_object(probes.built().read_bytes())
    caller = Process(id=4, pid=77, vpid=2, name=b"cat", exepath=b"/bin/cat", container=9)
    call = refused.Recorder(types).record(REFUSED, caller)
    maker = events.EventMaker(types, clock.SystemClock(), READERS, lambda _: None, lambda _: ())
    event = maker.make(call, caller)
    assert event is not None
    read = {
        name: event.fields[name]
        for name in ("evt.type", "fd.name", "evt.rawres", "evt.is_open_read", "proc.name")
    }
    assert read == {
        "evt.type": b"openat",
        "fd.name": b"/mnt/secrets/token",
        "evt.rawres": -errno.EPERM,
        "evt.is_open_read": True,
        "proc.name": b"cat",
    }
    assert event.verdict is not None
    assert event.verdict.generation == 3
    assert int.from_bytes(event.verdict.surely, "little") == 1 << 9
    assert not event.is_cut


def test_a_refused_execution_reads_as_the_program_that_would_have_run() -> None:
    """Its path and its file's name are the program's; who created it stays."""
    types = btf.Btf.of_object(probes.built().read_bytes())
    caller = Process(id=4, pid=77, vpid=2, name=b"sh", exepath=b"/bin/sh", container=9)
    recorder = refused.Recorder(types)
    name = b"/mnt/tools/a-rather-long-name"
    told = msgspec.structs.replace(REFUSED, name=name, is_execution=True)
    call = recorder.record(told, caller)
    maker = events.EventMaker(types, clock.SystemClock(), READERS, lambda _: None, lambda _: ())
    event = maker.make(call, recorder.caller(call, caller))
    assert event is not None
    read = {
        name: event.fields[name] for name in ("evt.type", "evt.rawres", "proc.exepath", "proc.name")
    }
    assert read == {
        "evt.type": b"execve",
        "evt.rawres": -errno.EPERM,
        "proc.exepath": name,
        "proc.name": b"a-rather-long-n",
    }
    assert event.verdict is not None
    assert event.verdict.outcome is Outcome.DENIED
