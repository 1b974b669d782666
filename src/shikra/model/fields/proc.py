"""
The fields on processes: who did it, who created them, and what is kept about their executable.

What exec fixes has the stage PROCESS; what may change afterwards (terminal, session, group,
working directory, age) is of the event.
"""

from shikra.model.field import Field, Stage
from shikra.model.fields.rows import (
    ABSOLUTE_TIME,
    ALLOWED,
    BOOLEAN,
    DOUBLE,
    KERNEL,
    RELATIVE_TIME,
    SIGNED,
    TEXT,
    UNSIGNED,
    UNTOUCHED,
    Family,
)

_UNCOUNTED = "counting descriptors would cost each event more than it tells"

_proc = Family(Stage.PROCESS, "syscall")
_now = Family(Stage.EVENT, "syscall")

_INDEXED = {"argument": ALLOWED, "argument_is_index": True}
_CREATORS = _INDEXED | UNTOUCHED | {"any_of": True}

ITSELF: tuple[Field, ...] = (
    _proc("proc.name", TEXT, KERNEL, "Name of the process: at most 15 bytes."),
    _proc("proc.exe", TEXT, KERNEL, "First argument; whoever starts a process chooses it freely."),
    _proc("proc.exepath", TEXT, KERNEL, "Path of the executable, symlinks resolved."),
    _proc("proc.args", TEXT, KERNEL, "Arguments after the first, or one of them.", **_INDEXED),
    _proc("proc.cmdline", TEXT, KERNEL, "Name, then the arguments after the first."),
    _proc("proc.exeline", TEXT, KERNEL, "All arguments, the first included."),
    _proc("proc.cmdnargs", UNSIGNED, KERNEL, "How many arguments follow the first."),
    _proc("proc.cmdlenargs", UNSIGNED, KERNEL, "Their length in all, blanks between not counted."),
    _proc("proc.pid", SIGNED, KERNEL, "Id of the process on the host."),
    _proc("proc.vpid", SIGNED, KERNEL, "Id of the process in its own pid namespace."),
    _proc("proc.pid.ts", RELATIVE_TIME, KERNEL, "When it started, since the epoch."),
    _proc(
        "proc.env",
        TEXT,
        KERNEL,
        "Its environment, or one variable of it.",
        argument=ALLOWED,
        is_confidential=True,
    ),
    _now("proc.duration", RELATIVE_TIME, KERNEL, "How long it has been running."),
    _now("proc.cwd", TEXT, KERNEL, "Its working directory."),
    _now("proc.tty", UNSIGNED, KERNEL, "Its controlling terminal; 0 without one.", width=32),
)

CREATORS: tuple[Field, ...] = (
    _proc("proc.ppid", SIGNED, KERNEL, "Id of the parent on the host."),
    _proc("proc.pvpid", SIGNED, KERNEL, "Id of the parent in its pid namespace."),
    _proc("proc.pname", TEXT, KERNEL, "Name of the parent."),
    _proc("proc.pexe", TEXT, KERNEL, "First argument of the parent."),
    _proc("proc.pexepath", TEXT, KERNEL, "Path of the parent's executable."),
    _proc("proc.pcmdline", TEXT, KERNEL, "Name and arguments of the parent."),
    _proc("proc.ppid.ts", RELATIVE_TIME, KERNEL, "When the parent started, since the epoch."),
    _now("proc.ppid.duration", RELATIVE_TIME, KERNEL, "How long the parent has been running."),
    _proc("proc.aname", TEXT, KERNEL, "Name of any ancestor, or of the n-th.", **_CREATORS),
    _proc("proc.aexe", TEXT, KERNEL, "First argument of any ancestor, or the n-th.", **_CREATORS),
    _proc("proc.aexepath", TEXT, KERNEL, "Executable of any ancestor, or the n-th.", **_CREATORS),
    _proc("proc.acmdline", TEXT, KERNEL, "Command line of any ancestor, or the n-th.", **_CREATORS),
    _proc(
        "proc.aargs",
        TEXT,
        KERNEL,
        "Arguments of any ancestor, or the n-th.",
        **_INDEXED,
        any_of=True,
    ),
    _proc("proc.apid", SIGNED, KERNEL, "Id of any ancestor, or of the n-th.", **_CREATORS),
    _proc(
        "proc.aenv",
        TEXT,
        KERNEL,
        "Environment of any ancestor or the n-th, or one variable of the nearest that has it.",
        argument=ALLOWED,
        any_of=True,
        is_confidential=True,
        **UNTOUCHED,
    ),
    _proc(
        "proc.loginshellid",
        SIGNED,
        KERNEL,
        "Id of the oldest of itself and its ancestors whose name ends in sh.",
    ),
)

LINEAGE: tuple[Field, ...] = (
    _proc("proc.entered", BOOLEAN, KERNEL, "Came into a running container from outside."),
    _proc(
        "proc.in_init_tree",
        BOOLEAN,
        KERNEL,
        "Created, at any depth, by its container's first process.",
    ),
    _proc(
        "proc.exe_is_init",
        BOOLEAN,
        KERNEL,
        "Runs the very file that its container's first process runs.",
    ),
    _proc("proc.lineage", TEXT, KERNEL, "Names of all creators, nearest first.", is_list=True),
    _proc(
        "proc.below_terminal",
        BOOLEAN,
        KERNEL,
        "It or a creator of it had a terminal when executed; kept after setsid.",
    ),
    _proc(
        "proc.lineage_inferred", BOOLEAN, KERNEL, "Is older than the sensor: creators are a guess."
    ),
)

GROUPS: tuple[Field, ...] = (
    _now("proc.sid", SIGNED, KERNEL, "Id of its session."),
    _now("proc.sname", TEXT, KERNEL, "Name of its session's leader."),
    _now("proc.sid.exe", TEXT, KERNEL, "First argument of its session's leader."),
    _now("proc.sid.exepath", TEXT, KERNEL, "Executable of its session's leader."),
    _now("proc.pgid", SIGNED, KERNEL, "Id of its process group on the host."),
    _now("proc.pgid.name", TEXT, KERNEL, "Name of its group's leader."),
    _now("proc.pgid.exe", TEXT, KERNEL, "First argument of its group's leader."),
    _now("proc.pgid.exepath", TEXT, KERNEL, "Executable of its group's leader."),
    _now("proc.vpgid", SIGNED, KERNEL, "Id of its process group in its pid namespace."),
    _now(
        "proc.vpgid.name",
        TEXT,
        KERNEL,
        "Name of its group's leader, found by the namespace's ids.",
    ),
    _now("proc.vpgid.exe", TEXT, KERNEL, "First argument of that leader."),
    _now("proc.vpgid.exepath", TEXT, KERNEL, "Executable of that leader."),
    _now("proc.is_sid_leader", BOOLEAN, KERNEL, "Leads its session."),
    _now("proc.is_pgid_leader", BOOLEAN, KERNEL, "Leads its process group, by the host's ids."),
    _now(
        "proc.is_vpgid_leader", BOOLEAN, KERNEL, "Leads its process group, by its namespace's ids."
    ),
)

EXECUTABLE: tuple[Field, ...] = (
    _proc("proc.is_exe_writable", BOOLEAN, KERNEL, "Its user may write to its executable."),
    _proc(
        "proc.is_exe_upper_layer",
        BOOLEAN,
        KERNEL,
        "Its executable isn't of the container's image.",
    ),
    _proc(
        "proc.is_exe_lower_layer", BOOLEAN, KERNEL, "Its executable is of the container's image."
    ),
    _proc("proc.is_exe_from_memfd", BOOLEAN, KERNEL, "Its executable is in memory only."),
    _proc("proc.exe_ino", SIGNED, KERNEL, "Inode of its executable."),
    _proc("proc.exe_ino.ctime", ABSOLUTE_TIME, KERNEL, "When that inode last changed."),
    _proc("proc.exe_ino.mtime", ABSOLUTE_TIME, KERNEL, "When its content last changed."),
    _proc(
        "proc.exe_ino.ctime_duration_proc_start",
        ABSOLUTE_TIME,
        KERNEL,
        "From that change to the start of the process.",
    ),
    _proc(
        "proc.exe_ino.ctime_duration_pidns_start",
        ABSOLUTE_TIME,
        KERNEL,
        "From the start of its pid namespace to that change.",
    ),
    _proc("proc.pidns_init_start_ts", UNSIGNED, KERNEL, "When its pid namespace started."),
)

RESOURCES: tuple[Field, ...] = (
    _now("proc.fdopencount", UNSIGNED, _UNCOUNTED, "How many descriptors it has open."),
    _now("proc.fdlimit", SIGNED, KERNEL, "How many it may have open."),
    _now("proc.fdusage", DOUBLE, _UNCOUNTED, "Open descriptors by those it may have."),
    _now("proc.vmsize", UNSIGNED, KERNEL, "Its address space in KiB."),
    _now("proc.vmrss", UNSIGNED, KERNEL, "Its resident memory in KiB."),
    _now("proc.vmswap", UNSIGNED, KERNEL, "Its swapped memory in KiB."),
    _now("proc.nthreads", UNSIGNED, KERNEL, "How many threads it has."),
    _now("proc.nchilds", UNSIGNED, KERNEL, "How many threads it has besides the main one."),
    _now("proc.stdin.type", TEXT, KERNEL, "What its standard input is."),
    _now("proc.stdout.type", TEXT, KERNEL, "What its standard output is."),
    _now("proc.stderr.type", TEXT, KERNEL, "What its standard error is."),
    _now("proc.stdin.name", TEXT, KERNEL, "Path of its standard input, where that is a file."),
    _now("proc.stdout.name", TEXT, KERNEL, "Path of its standard output, where that is a file."),
    _now("proc.stderr.name", TEXT, KERNEL, "Path of its standard error, where that is a file."),
)

FIELDS = ITSELF + CREATORS + LINEAGE + GROUPS + EXECUTABLE + RESOURCES
