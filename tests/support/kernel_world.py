"""
Generated rules and calls of whatever the kernel can ask for, and of some that it can't.

Values are few and alike, so that comparisons hold about as often as not. An event is made of a
call's record by the readers themselves.
"""

import itertools
import os
import stat
from collections.abc import Mapping
from typing import Any

from hypothesis import strategies as st

from shikra.backends.kernel.interpret import NO_NAME, UNKNOWN_IMAGE, Facts, Name
from shikra.model.container import HOST, Container, Knowledge
from shikra.model.event import Event
from shikra.model.kernel_tables import ContainerBits, View
from shikra.model.process import Executable, Process
from shikra.model.value import FieldType
from shikra.rules.ir import (
    Apply,
    Atom,
    Both,
    Either,
    Negate,
    Network,
    Node,
    Op,
    Operand,
    Quantifier,
    Transformer,
    Truth,
)
from shikra.sources.kernel.paths import absolute
from support.circuits import atom, read
from support.kernel_records import call_event

KINDS = (
    *("open", "openat", "openat2", "creat", "open_by_handle_at", "execve", "connect", "sendto"),
    *("accept", "bind", "recvfrom", "dup", "fchmod", "unlink", "renameat2", "link", "symlink"),
    *("mount", "ptrace", "kill", "clone", "memfd_create", "socket", "mprotect", "setns", "bpf"),
)

_NAMES = st.sampled_from([b"", b"a", b"A", b"ab", b"sh", b"a b"])
_PATHS = st.sampled_from(
    [
        *(b"/", b"/a", b"/a/b", b"/ab", b"/A/B", b"/etc/shadow", b"a", b"/a/b/c", b"/\xff"),
        *(b"/run/a", b"/var/run/a", b"/run", b"/var/run", b"/var", b"/usr/bin/b", b"/bin/b"),
        *(b"/proc/self/fd/0", b"/proc/1/fd/0", b"/proc/2/b", b"/dev/stdin", b"/dev", b"0", b"run"),
        *(b"/proc/1", b"/proc/self", b"1", b"self", b"/usr/bin", b"/proc/self/fd", b"/bin/"),
    ]
)
_TEXTS = st.one_of(
    _NAMES,
    _PATHS,
    st.sampled_from(
        [b"SUCCESS", b"ENOENT", b"EACCES", b"file", b"d", b"4", b"ipv4", b"tcp", b"ip"]
    ),
    st.sampled_from([b"O_CREAT", b"O_RDWR|O_CREAT", b"O_", b"PTRACE_ATTACH", b"SIGKILL", b"0"]),
    st.sampled_from([b"PROT_EXEC", b"AF_UNIX", b"CLONE_NEWUSER", b"CAP_SYS_ADMIN", b"sys_", b"9"]),
    st.sampled_from([b"open", b"execve", b"file", b"net", b"c1", b"host", b"-3"]),
)
_GLOBS = st.sampled_from(
    [b"*", b"a*", b"*a*b", b"/*/b", b"?", b"/a?b*", b"[!a]*", b"\\a", b"*/fd/*", b"/proc/[2-9]*"]
)
_NUMBERS = st.sampled_from([-2, -1, 0, 1, 2, 3, 5, 80, 1000, 4294967295])
_ADDRESSES = st.sampled_from(
    [b"\1\0\0\1", b"\1\0\0\2", bytes(4), bytes(15) + b"\1", bytes(10) + b"\xff\xff\1\0\0\1"]
)
_NETWORKS = st.sampled_from(
    [
        Network(b"\1\0\0\0", 8),
        Network(bytes(4), 0),
        Network(bytes(16), 0),
        Network(bytes(16), 64),
        Network(bytes(10) + b"\xff\xff" + bytes(4), 97),
    ]
)

_TEXT_FIELDS = (
    *("proc.name", "proc.exepath", "proc.exe", "proc.args", "proc.cmdline", "proc.pname"),
    *("proc.pexepath", "proc.pcmdline", "proc.aname[0]", "proc.aname[1]", "proc.aname[2]"),
    *("proc.aname[3]", "proc.aname[4]", "proc.aname", "proc.aexe", "proc.acmdline"),
    *(
        "proc.aexepath[2]",
        "proc.aexe[5]",
        "proc.args[0]",
        "proc.args[1]",
        "evt.res",
        "evt.type",
        "evt.category",
        "fd.name",
        "fs.path.name",
    ),
    *("fd.directory", "fd.filename", "fd.type", "fd.typechar", "fd.l4proto", "fd.sockfamily"),
    *("evt.arg[flags]", "evt.arg[request]", "evt.arg[sig]", "evt.arg[target]", "evt.arg[oldpath]"),
    *("evt.arg[path]", "evt.arg[prot]", "evt.arg[domain]", "evt.arg[exe]", "evt.arg[3]"),
    *("fs.path.source", "fs.path.target", "thread.cap_effective", "evt.arg[type]"),
    *("fd.realpath", "container.id", "container.name", "user.name", "evt.arg.res", "proc.exeline"),
)
_NUMBER_FIELDS = (
    *("evt.rawres", "fd.num", "fd.ino", "fd.dev", "proc.pid", "proc.vpid", "proc.tty"),
    *(
        "evt.num",
        "proc.sid",
        "user.uid",
        "user.loginuid",
        "group.gid",
        "thread.tid",
        "fd.port",
        "fd.sport",
    ),
    *("fd.rport", "fd.lport", "fd.cport", "proc.ppid"),
)
_BOOLEAN_FIELDS = (
    *("evt.failed", "evt.is_open_read", "evt.is_open_write", "evt.is_open_create"),
    *("proc.entered", "proc.in_init_tree", "proc.exe_is_init", "proc.lineage_inferred"),
    *("fd.connected", "fd.is_server", "evt.is_async", "container.privileged"),
    *("proc.is_exe_writable", "proc.is_exe_upper_layer", "proc.is_exe_from_memfd"),
)
_OF_TEXT = (*(Op.EQ, Op.NE, Op.CONTAINS, Op.ICONTAINS, Op.STARTSWITH, Op.ENDSWITH, Op.LT, Op.GE),)
_OF_NUMBER = (Op.EQ, Op.NE, Op.LT, Op.LE, Op.GT, Op.GE)


def _compared(fields: tuple[str, ...], ops: tuple[Op, ...], right: Any) -> Any:
    return st.builds(
        atom,
        st.sampled_from(fields),
        st.sampled_from(ops),
        right,
    )


def _members(fields: tuple[str, ...], right: Any) -> Any:
    return st.builds(
        lambda field, values: atom(field, Op.IN, *values),
        st.sampled_from(fields),
        st.lists(right, max_size=3),
    )


_SINGLE_TEXTS = tuple(name for name in _TEXT_FIELDS if not read(name).any_of)


def _transformed(transformers: list[Transformer], field: str) -> Operand:
    made: Operand = read(field)
    for transformer in transformers:
        made = Apply(transformer, (made,), FieldType.TEXT)
    return made


_TRANSFORMED = st.builds(
    _transformed,
    st.lists(
        st.sampled_from((Transformer.TOLOWER, Transformer.TOUPPER, Transformer.BASENAME)),
        min_size=1,
        max_size=2,
    ),
    st.sampled_from(_SINGLE_TEXTS),
)

_ENDS = ("fd.ip", "fd.sip", "fd.cip", "fd.lip", "fd.rip")
_NETS = ("fd.net", "fd.snet", "fd.cnet", "fd.lnet", "fd.rnet")

ATOMS = st.one_of(
    _compared(_TEXT_FIELDS, _OF_TEXT, _TEXTS),
    _compared(_TEXT_FIELDS, (Op.GLOB, Op.IGLOB, Op.PMATCH), _GLOBS),
    _members(_TEXT_FIELDS, _TEXTS),
    st.builds(
        atom,
        _TRANSFORMED,
        st.sampled_from(_OF_TEXT),
        _TEXTS,
    ),
    st.builds(
        atom,
        _TRANSFORMED,
        st.sampled_from((Op.GLOB, Op.PMATCH)),
        _GLOBS,
    ),
    st.builds(
        lambda field, op, values, quantifier: atom(field, op, *values, quantifier=quantifier),
        st.sampled_from(_TEXT_FIELDS),
        st.sampled_from(_OF_TEXT),
        st.lists(_TEXTS, max_size=3),
        st.sampled_from(Quantifier),
    ),
    st.builds(
        lambda field: atom(field, Op.EXISTS),
        st.sampled_from(_TEXT_FIELDS + _NUMBER_FIELDS + _BOOLEAN_FIELDS + _ENDS + _NETS),
    ),
    _compared(_NUMBER_FIELDS, _OF_NUMBER, _NUMBERS),
    _members(_NUMBER_FIELDS, _NUMBERS),
    _compared(_BOOLEAN_FIELDS, (Op.EQ, Op.NE), st.booleans()),
    _compared(_ENDS, (Op.EQ, Op.NE), _ADDRESSES),
    _members(_ENDS, _ADDRESSES),
    _compared(_NETS, (Op.EQ, Op.NE), _NETWORKS),
    _members(_NETS, _NETWORKS),
    st.builds(
        lambda op, values: atom("proc.lineage", op, *values),
        st.sampled_from((Op.IN, Op.INTERSECTS)),
        st.lists(_NAMES, max_size=3),
    ),
    st.builds(
        lambda op, left, right: Atom(left=read(left), op=op, right=read(right)),
        st.sampled_from((Op.EQ, Op.STARTSWITH)),
        st.sampled_from(("fd.name", "container.id")),
        st.sampled_from(("proc.name", "container.name")),
    ),
)


SPELLED = st.sampled_from(
    [
        *(b"/run/a", b"/var/run/a", b"/run", b"/var/run", b"/usr/bin/a", b"/bin/a", b"/lib/a"),
        *(b"/proc/1/fd/0", b"/proc/self/fd/0", b"/dev/stdin", b"/dev/fd/0", b"/proc/2/a", b"/a"),
    ]
)
"""Paths that have several spellings, and one that hasn't."""

ON_NAMES = _compared(
    ("fd.name", "fs.path.name", "fd.directory", "fd.filename"),
    (Op.EQ, Op.NE, Op.STARTSWITH, Op.ENDSWITH, Op.CONTAINS, Op.PMATCH),
    SPELLED | st.sampled_from([b"run", b"/usr", b"stdin", b"self", b"/dev", b"/proc/1"]),
)


@st.composite
def circuits(draw: st.DrawFn, atoms: st.SearchStrategy[Atom] = ATOMS) -> tuple[Node, ...]:
    """Make atoms and gates on what came before them."""
    nodes: list[Node] = list(draw(st.lists(atoms, min_size=1, max_size=6)))
    for _ in range(draw(st.integers(0, 10))):
        parts = st.integers(0, len(nodes) - 1)
        several = st.lists(parts, max_size=3).map(tuple)
        gates = (
            st.builds(Both, several),
            st.builds(Either, several),
            st.builds(Negate, parts),
            st.builds(Truth, st.booleans()),
        )
        nodes.append(draw(st.one_of(*gates)))
    return tuple(nodes)


_EXECUTABLES = st.builds(
    Executable,
    device=st.just(8),
    inode=st.just(9),
    is_writable=st.none() | st.booleans(),
    is_upper_layer=st.booleans(),
    is_lower_layer=st.booleans(),
    is_from_memfd=st.booleans(),
)
_IMAGES: Mapping[str, Any] = {
    "name": _NAMES,
    "exepath": _PATHS,
    "arguments": st.lists(_NAMES, max_size=3).map(tuple),
    "container": st.sampled_from([0, 1]),
    "vpid": st.sampled_from([1, 2, 1000]),
    "is_runtime": st.booleans(),
    "executable": st.none() | _EXECUTABLES,
    "has_entered": st.booleans(),
    "in_init_tree": st.booleans(),
    "exe_is_init": st.booleans(),
    "is_inferred": st.booleans(),
}


@st.composite
def processes(draw: st.DrawFn) -> Process:
    """Make a process and its creators."""
    made: Process | None = None
    images = draw(st.lists(st.fixed_dictionaries(_IMAGES), min_size=1, max_size=6))  # type: ignore[arg-type]
    for number, image in zip(itertools.count(1), images, strict=False):
        made = Process(id=number, pid=number, creator=made, **image)
    assert made is not None
    return made


_FLAGS = st.sampled_from([0o102, 0o100, 16, 4, 9, 0x10000000, 1 << 17])
_SMALL = st.sampled_from([0, 1, 2, 1000])
_RECORD: Mapping[str, Any] = {
    "result": st.sampled_from([-115, -13, -2, -512, 0, 3, 5]),
    "open_flags": st.sampled_from(
        [os.O_RDONLY, os.O_WRONLY | os.O_CREAT, os.O_RDWR, os.O_TMPFILE | os.O_RDWR, 1 << 40]
    ),
    "file_mode": st.sampled_from([0, stat.S_IFREG, stat.S_IFDIR, stat.S_IFIFO, stat.S_IFCHR]),
    "inode": _SMALL,
    "device": _SMALL,
    "tid": _SMALL,
    "vsid": _SMALL,
    "tty": _SMALL,
    "euid": _SMALL,
    "egid": _SMALL,
    "loginuid": st.sampled_from([0, 1000, 4294967295]),
    "socket_family": st.sampled_from([0, 1, 2, 10, 16]),
    "socket_type": st.sampled_from([1, 2, 3]),
    "socket_protocol": st.sampled_from([0, 1, 6, 17, 58]),
    "local_port": st.sampled_from([0, 80]),
    "remote_port": st.sampled_from([0, 80, 1000]),
    "local_address": _ADDRESSES,
    "remote_address": _ADDRESSES,
    "arguments": st.lists(_NUMBERS | _FLAGS, max_size=6),
    "cap_effective": st.sampled_from([0, 1, 1 << 21, (1 << 41) - 1]),
}
_CONTAINERS = st.sampled_from(
    [
        HOST,
        Container(key=1, full_id="c1", knowledge=Knowledge.KNOWN, name="a", is_privileged=True),
        Container(key=1, full_id="c1", knowledge=Knowledge.UNKNOWN),
    ]
)


_TEXTS_OF_CALLS = ("name", "base", "target", "target_base", "real")
_PATHLESS = frozenset(("execve", "connect", "sendto", "bind", "accept", "recvfrom"))


@st.composite
def calls(
    draw: st.DrawFn,
    kinds: tuple[str, ...] = KINDS,
    paths: st.SearchStrategy[bytes] = _PATHS,
) -> Event:
    """Make the event of a call of one of these types, on such paths."""
    values = draw(st.fixed_dictionaries(_RECORD))  # type: ignore[arg-type]
    process = draw(processes())
    kind = draw(st.sampled_from(kinds))
    texts = {name: draw(st.none() | paths) for name in _TEXTS_OF_CALLS}
    if not draw(st.booleans()):
        texts["name"] = None  # as of a call on a descriptor
    made = call_event(
        kind,
        **values,
        **{name: path for name, path in texts.items() if path is not None},
        pid=process.pid,
        vpid=process.vpid,
        process_of=process,
    )
    if made.path is not None:
        made.path = absolute(made.path, texts["base"])
    if made.path is None and kind not in _PATHLESS:
        made.path = made.real_path
    if kind in _PATHLESS:
        made.real_path = None
    made.container = draw(_CONTAINERS)
    return made


@st.composite
def unknowns(draw: st.DrawFn, given: Facts, container_bits: int) -> Facts:
    """Take away some of what the kernel knows."""
    lost = draw(
        st.sets(st.sampled_from(["flags", "container", "opened", "real", "others", *given.related]))
    )
    hidden = draw(st.integers(0, (1 << container_bits) - 1)) if "container" in lost else 0
    return Facts(
        event_type=given.event_type,
        related={
            relation: UNKNOWN_IMAGE if relation in lost else bits
            for relation, bits in given.related.items()
        },
        process_flags=None if "flags" in lost else given.process_flags,
        container=ContainerBits(given.container.matched, hidden),
        members=given.members,
        has=given.has,
        flags=given.flags,
        opened=_cut(given.opened) if "opened" in lost else given.opened,
        real=_cut(given.real) if "real" in lost and given.real else given.real,
        has_others="others" in lost,
    )


def _cut(name: Name) -> Name:
    return NO_NAME if name == NO_NAME else Name({}, frozenset(View))
