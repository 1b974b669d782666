"""The fields on the event itself: what happened, when, with which arguments and result."""

from shikra.model.field import Field, Notation, Stage
from shikra.model.fields import raw_arguments
from shikra.model.fields.rows import (
    ABSOLUTE_TIME,
    ALLOWED,
    BOOLEAN,
    BYTES,
    FILTER_ONLY,
    KERNEL,
    RELATIVE_TIME,
    REQUIRED,
    SIGNED,
    TEXT,
    UNSIGNED,
    UNTOUCHED,
    Family,
)

_call = Family(Stage.EVENT, "syscall")
_any = Family(Stage.EVENT, "")

_NAMED = {"argument": REQUIRED, "argument_may_follow_dot": True}
_NO_ASYNC = "no source makes asynchronous events"
_NO_PLUGIN = "sources are no plugins"
_NO_DOCKER = "Docker's own events aren't read"
_NO_CAPTURE = "is for captures: compare evt.rawtime"
_NO_NEIGHBOUR = "the event before may have stayed in the kernel, since no rule asked for it"
_NO_BEGIN = "calls are seen when they return, not when they begin"
_NAMED_OR_NOT = _NAMED | {"argument": ALLOWED}

WHAT: tuple[Field, ...] = (
    _call("evt.type", TEXT, KERNEL, "What happened: mostly the name of the system call."),
    _call(
        "evt.type.is",
        UNSIGNED,
        KERNEL,
        "1 if the event is of the named type, else 0.",
        width=32,
        **_NAMED,
    ),
    _call("syscall.type", TEXT, KERNEL, "Name of the system call; none for other events."),
    _call("evt.via", TEXT, KERNEL, "How it was asked for: syscall, or io_uring."),
    _call("evt.category", TEXT, KERNEL, "Kind of the event: file, net, process, and so on."),
    _call("evt.dir", TEXT, KERNEL, "Always <: only ends of calls are seen.", is_deprecated=True),
    _call("evt.cpu", SIGNED, KERNEL, "The processor on which it happened.", width=16),
    _any("evt.num", UNSIGNED, KERNEL, "Number of the event, counted from the start."),
    _any("evt.source", TEXT, KERNEL, "The source that made the event."),
    _any("evt.hostname", TEXT, KERNEL, "Name of this machine, or what its operator calls it."),
    _any("evt.is_async", BOOLEAN, KERNEL, "Whether it came from no system call of a thread."),
    _any("evt.asynctype", TEXT, _NO_ASYNC, "The kind of an asynchronous event."),
    _any("evt.pluginname", TEXT, _NO_PLUGIN, "The plugin that made the event."),
    _any("evt.plugininfo", TEXT, _NO_PLUGIN, "A plugin's own summary of the event."),
    _call("util.cnt", UNSIGNED, KERNEL, "A counter that grows each time it is read."),
)

ARGUMENTS: tuple[Field, ...] = (
    _call("evt.args", TEXT, KERNEL, "All arguments, one after the other."),
    _call("evt.arg", TEXT, KERNEL, "One argument, by name or position, as text.", **_NAMED),
    _call(
        "evt.rawarg",
        SIGNED,
        KERNEL,
        "One argument as it is, by name.",
        sorts=raw_arguments.SORTS,
        **_NAMED,
        **UNTOUCHED,
    ),
    _call("evt.info", TEXT, KERNEL, "The same as evt.args."),
    _call("evt.abspath", TEXT, KERNEL, "Path made from a base and a name.", **_NAMED_OR_NOT),
    _call(
        "evt.buffer",
        BYTES,
        KERNEL,
        "The first 80 bytes that were received or sent.",
        is_confidential=True,
    ),
    _call("evt.buflen", UNSIGNED, KERNEL, "How many bytes were read or written."),
    _call("evt.buflen.in", UNSIGNED, KERNEL, "How many bytes were read."),
    _call("evt.buflen.out", UNSIGNED, KERNEL, "How many bytes were written."),
    _call("evt.buflen.file", UNSIGNED, KERNEL, "How many bytes went from or to a file."),
    _call("evt.buflen.file.in", UNSIGNED, KERNEL, "How many bytes were read from a file."),
    _call("evt.buflen.file.out", UNSIGNED, KERNEL, "How many bytes were written to a file."),
    _call("evt.buflen.net", UNSIGNED, KERNEL, "How many bytes went from or to the network."),
    _call("evt.buflen.net.in", UNSIGNED, KERNEL, "How many bytes came from the network."),
    _call("evt.buflen.net.out", UNSIGNED, KERNEL, "How many bytes were sent to the network."),
)

OUTCOME: tuple[Field, ...] = (
    _call("evt.res", TEXT, KERNEL, "SUCCESS, or the name of the error."),
    _call("evt.rawres", SIGNED, KERNEL, "What the call returned, as a number."),
    _call("evt.failed", BOOLEAN, KERNEL, "Whether it returned an error."),
    _call("evt.is_open_read", BOOLEAN, KERNEL, "Whether a file was opened for reading."),
    _call("evt.is_open_write", BOOLEAN, KERNEL, "Whether a file was opened for writing."),
    _call("evt.is_open_exec", BOOLEAN, KERNEL, "Whether an executable file was created."),
    _call("evt.is_open_create", BOOLEAN, KERNEL, "Whether opening created the file."),
    _call("evt.is_io", BOOLEAN, KERNEL, "Whether something was read or written."),
    _call("evt.is_io_read", BOOLEAN, KERNEL, "Whether something was read."),
    _call("evt.is_io_write", BOOLEAN, KERNEL, "Whether something was written."),
    _call("evt.io_dir", TEXT, KERNEL, "read or write, of calls that do either."),
    _call("evt.is_wait", BOOLEAN, KERNEL, "Whether the call made its thread wait."),
    _call("evt.is_syslog", BOOLEAN, KERNEL, "Whether it wrote to the system log's socket."),
    _call("evt.count", UNSIGNED, KERNEL, "Always 1.", width=32),
    _call("evt.count.error", UNSIGNED, KERNEL, "1 if it failed.", width=32),
    _call(
        "evt.count.error.file", UNSIGNED, KERNEL, "1 if it failed and was about a file.", width=32
    ),
    _call(
        "evt.count.error.net",
        UNSIGNED,
        KERNEL,
        "1 if it failed and was about the network.",
        width=32,
    ),
    _call(
        "evt.count.error.memory",
        UNSIGNED,
        KERNEL,
        "1 if it failed and was about memory.",
        width=32,
    ),
    _call(
        "evt.count.error.other",
        UNSIGNED,
        KERNEL,
        "1 if it failed and was about the rest.",
        width=32,
    ),
    _call("evt.count.exit", UNSIGNED, KERNEL, "1 for the end of a call.", width=32),
    _call(
        "evt.count.procinfo",
        UNSIGNED,
        KERNEL,
        "Always 0: threads don't report from time to time.",
        width=32,
    ),
    _call("evt.count.threadinfo", UNSIGNED, KERNEL, "Always 0: as above.", width=32),
    _call("evt.infra.docker.name", TEXT, _NO_DOCKER, "What Docker reports to have happened."),
    _call("evt.infra.docker.container.id", TEXT, _NO_DOCKER, "The container that Docker means."),
    _call("evt.infra.docker.container.name", TEXT, _NO_DOCKER, "The name of that container."),
    _call("evt.infra.docker.container.image", TEXT, _NO_DOCKER, "The image of that container."),
)

TIME: tuple[Field, ...] = (
    _any("evt.time", TEXT, KERNEL, "Time of day, with nanoseconds."),
    _any("evt.time.s", TEXT, KERNEL, "Time of day, to the second."),
    _any("evt.time.iso8601", TEXT, KERNEL, "Date and time by ISO 8601, in UTC, with nanoseconds."),
    _any("evt.datetime", TEXT, KERNEL, "Date and time of day, with nanoseconds."),
    _any("evt.datetime.s", TEXT, KERNEL, "Date and time of day, to the second."),
    _any("evt.rawtime", ABSOLUTE_TIME, KERNEL, "Nanoseconds since the epoch."),
    _any("evt.rawtime.s", ABSOLUTE_TIME, KERNEL, "Whole seconds since the epoch."),
    _any(
        "evt.rawtime.ns",
        ABSOLUTE_TIME,
        KERNEL,
        "Nanoseconds within the second.",
        notation=Notation.PADDED,
    ),
    _any(
        "evt.reltime",
        RELATIVE_TIME,
        KERNEL,
        "Nanoseconds since the first event.",
        notation=Notation.PADDED,
    ),
    _any("evt.reltime.s", RELATIVE_TIME, KERNEL, "Whole seconds since the first event."),
    _any(
        "evt.reltime.ns",
        RELATIVE_TIME,
        KERNEL,
        "Nanoseconds within that second.",
        notation=Notation.PADDED,
    ),
    _call("evt.outputtime", TEXT, KERNEL, "The time as the output is set to print it."),
    _call(
        "evt.around",
        UNSIGNED,
        _NO_CAPTURE,
        "Is near a time, by milliseconds.",
        argument=REQUIRED,
        **FILTER_ONLY,
    ),
    _call("evt.deltatime", RELATIVE_TIME, _NO_NEIGHBOUR, "Nanoseconds since the event before."),
    _call("evt.deltatime.s", RELATIVE_TIME, _NO_NEIGHBOUR, "Whole seconds since the event before."),
    _call(
        "evt.deltatime.ns",
        RELATIVE_TIME,
        _NO_NEIGHBOUR,
        "Nanoseconds within that second.",
        notation=Notation.PADDED,
    ),
    _call("evt.latency", RELATIVE_TIME, _NO_BEGIN, "How long the call took.", is_deprecated=True),
    _call("evt.latency.s", RELATIVE_TIME, _NO_BEGIN, "Whole seconds it took.", is_deprecated=True),
    _call(
        "evt.latency.ns",
        RELATIVE_TIME,
        _NO_BEGIN,
        "Its rest in nanoseconds.",
        notation=Notation.PADDED,
        is_deprecated=True,
    ),
    _call(
        "evt.latency.quantized", UNSIGNED, _NO_BEGIN, "Its decimal logarithm.", is_deprecated=True
    ),
    _call("evt.latency.human", TEXT, _NO_BEGIN, "How long it took, to read.", is_deprecated=True),
    _call("evt.wait_latency", RELATIVE_TIME, _NO_BEGIN, "How long it waited.", is_deprecated=True),
)

FIELDS = WHAT + ARGUMENTS + OUTCOME + TIME
