"""
What rules ask for beside alerts: where they say so, and what files alone can say against it.

In: rules as they are defined. Out: diagnostics, and the places that whoever knows the kernel needs
to say more. What a rule must be like to enforce is left to ``backends.kernel.enforceable``.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence

import msgspec

from shikra.model import diagnostic
from shikra.model import enforcement as model
from shikra.rules import check, collect, conditions, diagnostics, executions, ir, tree
from shikra.rules import text as texts

CANT = "SHIKRA_CANT_ENFORCE"
SAYS_NOTHING = "SHIKRA_ENFORCE_SAYS_NOTHING"

REACHING = frozenset(("ptrace", "process_vm_readv", "process_vm_writev", "pidfd_getfd"))
"""Calls that reach into another process."""

EXECUTING = executions.EXECUTING

_TO_WRITE = "evt.is_open_write"  # the guard isn't told for what a file is opened
_KERNELS = (b"/proc/", b"/sys/")  # the guard is asked about volumes, and these are none

Read = tuple[conditions.Condition, check.Checked]
"""The condition of a rule or a macro, and what became of its comparisons."""


class Place(msgspec.Struct, frozen=True):
    """A stretch of a text."""

    text: texts.Text
    at: tree.At


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """Where a rule asks for enforcement, and where its comparisons stand, macros included."""

    label: str
    place: Place
    comparisons: Mapping[ir.Atom, Place]

    def error(
        self, code: str, message: str, hint: str = "", atom: ir.Atom | None = None
    ) -> diagnostic.Diagnostic:
        """Return an error about a comparison, or about all of the rule."""
        return self._told(diagnostic.Severity.ERROR, code, (message, hint), atom)

    def warning(self, code: str, message: str, hint: str = "") -> diagnostic.Diagnostic:
        """Return a warning about the rule."""
        return self._told(diagnostic.Severity.WARNING, code, (message, hint), None)

    def _told(
        self,
        severity: diagnostic.Severity,
        code: str,
        said: tuple[str, str],
        atom: ir.Atom | None,
    ) -> diagnostic.Diagnostic:
        place = self.place if atom is None else self.comparisons.get(atom, self.place)
        mistake = diagnostics.Mistake(message=said[0], at=place.at, hint=said[1])
        is_error = severity is diagnostic.Severity.ERROR
        tell = diagnostics.error if is_error else diagnostics.warning
        return tell(code, mistake, place.text, self.label)


def asked(
    definition: collect.RuleDefinition,
    read: Iterable[Read],
) -> Asked | None:
    """Return where a rule asks for it; ``read`` are its condition and the macros that it uses."""
    if definition.enforce is None:
        return None
    comparisons: dict[ir.Atom, Place] = {}
    for condition, checked in read:
        leaves = tree.leaves(condition.expr)
        for leaf, atom in zip(leaves, checked.atoms, strict=True):
            if atom is not None:
                comparisons.setdefault(atom, Place(condition.text, leaf.at))
    where = definition.enforce.at
    return Asked(
        label=definition.label,
        place=Place(where, tree.At(0, len(where.value))),
        comparisons=comparisons,
    )


def enforcement(
    definition: collect.RuleDefinition,
    asked: Asked | None,
    kinds: frozenset[str],
    condition: tuple[Sequence[ir.Node], int],
) -> model.Enforcement | None:
    """Return what a rule on these types of event, with this condition, asks for."""
    wanted = definition.enforcement
    if wanted is None or asked is None:
        return wanted
    needs_module = (
        not kinds.isdisjoint(REACHING)
        or (not kinds.isdisjoint(EXECUTING) and not _is_guards(wanted, condition, kinds))
        or _is_of_kernels_files(asked.comparisons)
        or any(_is_to_write(atom) for atom in asked.comparisons)
    )
    return msgspec.structs.replace(wanted, needs_module=needs_module)


def _is_guards(
    wanted: model.Enforcement, condition: tuple[Sequence[ir.Node], int], kinds: frozenset[str]
) -> bool:
    """
    Whether the guard is to deny an execution where the kernel doesn't.

    To kill ends it before its first instruction as well, wherever the program lies, and whoever
    changes it meanwhile: a rule that may kill does so rather.
    """
    return wanted.otherwise is None and executions.is_of_volumes(*condition, kinds)


def _is_of_kernels_files(atoms: Iterable[ir.Atom]) -> bool:
    """Whether a rule names files, and only such as the guard can't be asked about."""
    paths = [path for atom in atoms for path in _paths(atom)]
    return bool(paths) and all(path.startswith(_KERNELS) for path in paths)


def _is_to_write(atom: ir.Atom) -> bool:
    return isinstance(atom.left, ir.Read) and atom.left.field == _TO_WRITE


def _paths(atom: ir.Atom) -> Iterator[bytes]:
    if isinstance(atom.left, ir.Read) and atom.left.field == "fd.name":
        values = atom.right if isinstance(atom.right, tuple) else ()
        yield from (one for one in values if isinstance(one, bytes))


def problems(definition: collect.RuleDefinition) -> Iterator[diagnostic.Diagnostic]:
    """Yield what is wrong with what a rule asks for, whatever its condition is."""
    means = definition.enforce.means if definition.enforce else None
    label = definition.label
    if definition.enforce is not None and definition.source != ir.SYSTEM_CALLS:
        where = definition.enforce.at
        mistake = diagnostics.whole(
            f"a rule on {definition.source} can't enforce: when its event is told, all is done",
            where,
            "only a rule on system calls can; take 'enforce' out",
        )
        yield diagnostics.error(CANT, mistake, where, label)
    says_nothing = []
    if definition.on_timeout is not None and means is not model.Means.DENY:
        says_nothing.append(("on_timeout", "'enforce: deny'"))
    if definition.include_init is not None and means is None:
        says_nothing.append(("include_init", "'enforce'"))
    for key, wanted in says_nothing:
        message = f"'{key}' says nothing in a rule without {wanted}"
        mistake = diagnostics.whole(message, definition.name)
        yield diagnostics.warning(SAYS_NOTHING, mistake, definition.name, label)
