"""
Words of the fields on processes: what an exec fixed, who created it, and its ids at the call.

They are the same for every type of event.
"""

from collections.abc import Mapping

from shikra.backends.kernel.meaning import TRUE, Leaf, both, opposite
from shikra.backends.kernel.words import (
    Argument,
    FarCreator,
    Finite,
    Flagged,
    Image,
    Number,
    Split,
    Word,
    boolean,
)
from shikra.model import capabilities
from shikra.model.kernel_tables import Compare, ImageField, OfFlags, Relation
from shikra.rules.ir import Read

_SELF = {
    "proc.name": ImageField.NAME,
    "proc.exepath": ImageField.EXEPATH,
    "proc.exe": ImageField.EXE,
    "proc.args": ImageField.ARGS,
    "proc.cmdline": ImageField.CMDLINE,
}
_PARENT = {
    "proc.pname": ImageField.NAME,
    "proc.pexepath": ImageField.EXEPATH,
    "proc.pexe": ImageField.EXE,
    "proc.pcmdline": ImageField.CMDLINE,
}
_CREATORS = {
    "proc.aname": ImageField.NAME,
    "proc.aexepath": ImageField.EXEPATH,
    "proc.aexe": ImageField.EXE,
    "proc.aargs": ImageField.ARGS,
    "proc.acmdline": ImageField.CMDLINE,
}
_EXE_TOLD = Leaf(OfFlags("PROCESS_EXE_TOLD"))
_UNSET = 0xFFFFFFFF
_LOGIN = Number(member="loginuid")
_KEPT = (Relation.SELF, Relation.PARENT, Relation.GRANDPARENT, Relation.THIRD)


def _capabilities(member: str) -> Word:
    """Return the word of a set of capabilities: their names, blanks between."""
    bits = Number(member=member)
    names = (
        (name.encode(), bits.masked(1 << at).test(Compare.ANY_BITS))
        for at, name in enumerate(capabilities.NAMES)
    )
    return Flagged(tuple(names), b" ", Finite(((b"", TRUE),)))


WORDS: Mapping[str, Word] = {
    **{name: Image(Relation.SELF, text) for name, text in _SELF.items()},
    **{name: Image(Relation.PARENT, text) for name, text in _PARENT.items()},
    **{name: Image(Relation.ANY, text) for name, text in _CREATORS.items()},
    "proc.lineage": Image(Relation.LINEAGE, ImageField.NAME),
    "proc.entered": boolean(Leaf(OfFlags("PROCESS_ENTERED"))),
    "proc.in_init_tree": boolean(Leaf(OfFlags("PROCESS_IN_INIT_TREE"))),
    "proc.exe_is_init": boolean(Leaf(OfFlags("PROCESS_EXE_IS_INIT"))),
    "proc.lineage_inferred": boolean(Leaf(OfFlags("PROCESS_INFERRED"))),
    "proc.is_exe_writable": boolean(
        Leaf(OfFlags("PROCESS_EXE_WRITABLE")),
        both(_EXE_TOLD, opposite(Leaf(OfFlags("PROCESS_EXE_WRITABLE_UNKNOWN")))),
    ),
    "proc.is_exe_upper_layer": boolean(Leaf(OfFlags("PROCESS_EXE_UPPER_LAYER")), _EXE_TOLD),
    "proc.is_exe_lower_layer": boolean(Leaf(OfFlags("PROCESS_EXE_LOWER_LAYER")), _EXE_TOLD),
    "proc.is_exe_from_memfd": boolean(Leaf(OfFlags("PROCESS_EXE_FROM_MEMFD")), _EXE_TOLD),
    "thread.cap_effective": _capabilities("cap_effective"),
    "thread.cap_permitted": _capabilities("cap_permitted"),
    "thread.cap_inheritable": _capabilities("cap_inheritable"),
    "proc.pid": Number(member="pid"),
    "proc.vpid": Number(member="vpid"),
    "thread.tid": Number(member="tid"),
    "thread.vtid": Number(member="vtid"),
    "proc.sid": Number(member="vsid"),
    "proc.pgid": Number(member="pgid"),
    "proc.vpgid": Number(member="vpgid"),
    "proc.tty": Number(member="tty"),
    "user.uid": Number(member="euid"),
    "user.loginuid": Split(_LOGIN.test(Compare.EQ, _UNSET), Finite(((-1, TRUE),)), _LOGIN),
    "group.gid": Number(member="egid"),
}
"""By a field's name, without argument."""

LINEAGE = frozenset(
    (
        *(*_PARENT, *_CREATORS),
        *("proc.lineage", "proc.lineage_inferred"),
        *("proc.entered", "proc.in_init_tree", "proc.exe_is_init"),
    )
)
"""Who created a process, and how it came where it is."""


def word(read: Read) -> Word | None:
    """Return the word of a field on processes, if it is one that the kernel knows."""
    if read.argument is None:
        return WORDS.get(read.name)
    if not read.argument.isdecimal():
        return None
    index = int(read.argument)
    if read.field == "proc.args":
        return Argument(index)
    text = _CREATORS.get(read.field)
    if text is None:
        return None
    return Image(_KEPT[index], text) if index < len(_KEPT) else FarCreator(text)
