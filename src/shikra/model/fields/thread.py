"""The fields on the thread that did it."""

from shikra.model.field import Field, Stage
from shikra.model.fields.rows import (
    BOOLEAN,
    DOUBLE,
    KERNEL,
    NOT_YET,
    RELATIVE_TIME,
    REQUIRED,
    SIGNED,
    TEXT,
    UNSIGNED,
    Family,
)

_now = Family(Stage.EVENT, "syscall")

_NAMED = {"argument": REQUIRED, "argument_may_follow_dot": True}

FIELDS: tuple[Field, ...] = (
    _now("thread.tid", SIGNED, KERNEL, "Id of the thread on the host."),
    _now("thread.vtid", SIGNED, KERNEL, "Id of the thread in its pid namespace."),
    _now("thread.ismain", BOOLEAN, KERNEL, "Whether it is its process' main thread."),
    _now("thread.nametid", TEXT, KERNEL, "Name of the process and id of the thread, joined."),
    _now("thread.cap_permitted", TEXT, NOT_YET, "Capabilities that it may use."),
    _now("thread.cap_inheritable", TEXT, NOT_YET, "Capabilities that survive exec."),
    _now("thread.cap_effective", TEXT, NOT_YET, "Capabilities in force."),
    _now("thread.cgroups", TEXT, NOT_YET, "All its cgroups."),
    _now("thread.cgroup", TEXT, NOT_YET, "Its cgroup in the named subsystem.", **_NAMED),
    _now("thread.pfmajor", UNSIGNED, NOT_YET, "Page faults that had to read from disk."),
    _now("thread.pfminor", UNSIGNED, NOT_YET, "Page faults that didn't."),
    _now("thread.exectime", RELATIVE_TIME, NOT_YET, "Processor time since it was last scheduled."),
    _now("thread.totexectime", RELATIVE_TIME, NOT_YET, "Processor time since the first event."),
    _now("thread.cpu", DOUBLE, NOT_YET, "Share of a processor in the last second."),
    _now("thread.cpu.user", DOUBLE, NOT_YET, "The part of it that was spent in user space."),
    _now("thread.cpu.system", DOUBLE, NOT_YET, "The part of it that was spent in the kernel."),
    _now("thread.vmsize", UNSIGNED, NOT_YET, "Address space in KiB; 0 but for a main thread."),
    _now("thread.vmrss", UNSIGNED, NOT_YET, "Resident memory in KiB; 0 but for a main thread."),
    _now("thread.vmsize.b", UNSIGNED, NOT_YET, "Address space in bytes; 0 but for a main thread."),
    _now("thread.vmrss.b", UNSIGNED, NOT_YET, "Resident memory in bytes; 0 but for a main thread."),
)
