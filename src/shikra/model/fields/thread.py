"""The fields on the thread that did it."""

from shikra.model.field import Field, Stage
from shikra.model.fields.rows import (
    BOOLEAN,
    DOUBLE,
    KERNEL,
    RELATIVE_TIME,
    REQUIRED,
    SIGNED,
    TEXT,
    UNSIGNED,
    Family,
)

_NOT_TOLD = "only the cgroup that tells containers apart is looked at, by its id"
_NO_ACCOUNTS = "processor time isn't accounted"

_now = Family(Stage.EVENT, "syscall")

_NAMED = {"argument": REQUIRED, "argument_may_follow_dot": True}

FIELDS: tuple[Field, ...] = (
    _now("thread.tid", SIGNED, KERNEL, "Id of the thread on the host."),
    _now("thread.vtid", SIGNED, KERNEL, "Id of the thread in its pid namespace."),
    _now("thread.ismain", BOOLEAN, KERNEL, "Whether it is its process' main thread."),
    _now("thread.nametid", TEXT, KERNEL, "Name of the process and id of the thread, joined."),
    _now("thread.cap_permitted", TEXT, KERNEL, "Capabilities that it may use."),
    _now("thread.cap_inheritable", TEXT, KERNEL, "Capabilities that survive exec."),
    _now("thread.cap_effective", TEXT, KERNEL, "Capabilities in force."),
    _now("thread.cgroups", TEXT, _NOT_TOLD, "All its cgroups."),
    _now("thread.cgroup", TEXT, _NOT_TOLD, "Its cgroup in the named subsystem.", **_NAMED),
    _now("thread.pfmajor", UNSIGNED, KERNEL, "Page faults that had to read from disk."),
    _now("thread.pfminor", UNSIGNED, KERNEL, "Page faults that didn't."),
    _now(
        "thread.exectime",
        RELATIVE_TIME,
        _NO_ACCOUNTS,
        "Processor time since it was last scheduled.",
    ),
    _now(
        "thread.totexectime", RELATIVE_TIME, _NO_ACCOUNTS, "Processor time since the first event."
    ),
    _now("thread.cpu", DOUBLE, _NO_ACCOUNTS, "Share of a processor in the last second."),
    _now("thread.cpu.user", DOUBLE, _NO_ACCOUNTS, "The part of it that was spent in user space."),
    _now("thread.cpu.system", DOUBLE, _NO_ACCOUNTS, "The part of it that was spent in the kernel."),
    _now("thread.vmsize", UNSIGNED, KERNEL, "Address space in KiB; 0 but for a main thread."),
    _now("thread.vmrss", UNSIGNED, KERNEL, "Resident memory in KiB; 0 but for a main thread."),
    _now("thread.vmsize.b", UNSIGNED, KERNEL, "Address space in bytes; 0 but for a main thread."),
    _now("thread.vmrss.b", UNSIGNED, KERNEL, "Resident memory in bytes; 0 but for a main thread."),
)
