"""
Say of an event in which session it happened, or which session it lets in.

In: an event of the kernel or of the audit log. Out: the session of its process, if that or a
creator of it came into the container from outside; the entry that a request was, if it started a
process there.
"""

import itertools

from shikra.alerts import identity
from shikra.model.event import Event
from shikra.model.process import Process
from shikra.model.session import Entry, Session
from shikra.model.value import Value

_STARTED = b"ResponseStarted"  # the connection stands: the process is being started


def session(event: Event) -> Session | None:
    """Return the session that the event's process belongs to."""
    process = event.process
    if process is None or not process.has_entered or not process.container:
        return None
    entered = _first_in(process)
    container = event.container
    started = (container.full_id, str(entered.pid), str(entered.start_time_ns))
    return Session(
        id=identity.derived(*(part.encode() for part in started)).hex(),
        container_id=container.id,
        container_name=container.name,
        namespace=container.namespace,
        pod=container.pod_name,
        command=b" ".join(entered.arguments).decode(errors="replace"),
        started_ns=entered.start_time_ns + (event.boot_ns or 0),
    )


def entry(event: Event) -> Entry | None:
    """Return what a request let in."""
    if event.process is not None:
        return None
    fields = event.fields
    if fields["ka.target.subresource"] != b"exec" or fields["ka.stage"] != _STARTED:
        return None
    addresses = fields["ka.sourceips"]
    return Entry(
        namespace=_text(fields["ka.target.namespace"]),
        pod=_text(fields["ka.target.name"]),
        container_name=_text(fields["ka.exec.container"]),
        command=_text(fields["ka.exec.command"]),
        user=_text(fields["ka.user.name"]),
        source_ips=tuple(map(_text, addresses)) if isinstance(addresses, tuple) else (),
        at_ns=event.time_ns,
    )


def _first_in(process: Process) -> Process:
    """Return the process that came from outside, as the image that it began with."""
    chain = itertools.takewhile(
        lambda each: each.has_entered and each.container == process.container, process.ancestors()
    )
    first = process
    for each in chain:
        first = each
    return first


def _text(value: Value) -> str:
    return value.decode(errors="replace") if isinstance(value, bytes) else ""
