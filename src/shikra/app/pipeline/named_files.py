"""
Find the files and directories that rules name exactly.

In: a rule set. Out: the absolute paths that its conditions compare a file's name with, as a whole
or as a directory, and those of programs. A source may then know those files by more than their
names, and who denies where they lie.
"""

from collections.abc import Iterable, Iterator

from shikra.backends.live.fold import reachable
from shikra.model.field import Catalogue
from shikra.rules.executions import PLACE
from shikra.rules.ir import Atom, Op, Read, Rule, RuleSet

_WHOLE = frozenset({Op.EQ, Op.IN, Op.PMATCH, Op.INTERSECTS})


def named_files(ruleset: RuleSet, catalogue: Catalogue) -> frozenset[bytes]:
    """Return the paths."""
    atoms = (node for node in ruleset.nodes if isinstance(node, Atom))
    return frozenset(path for atom in atoms for path in _paths(atom, catalogue))


def named_by(ruleset: RuleSet, rules: Iterable[Rule], catalogue: Catalogue) -> frozenset[bytes]:
    """Return the paths that these rules' conditions name."""
    return frozenset(path for atom in _atoms(ruleset, rules) for path in _paths(atom, catalogue))


def executed_by(ruleset: RuleSet, rules: Iterable[Rule]) -> frozenset[bytes]:
    """Return where the programs are that these rules' conditions name."""
    atoms = _atoms(ruleset, rules)
    return frozenset(path for atom in atoms if _is_of(atom, PLACE) for path in _constants(atom))


def _atoms(ruleset: RuleSet, rules: Iterable[Rule]) -> Iterator[Atom]:
    reached = reachable(ruleset.nodes, (rule.root for rule in rules))
    nodes = (ruleset.nodes[index] for index in sorted(reached))
    return (node for node in nodes if isinstance(node, Atom))


def _is_of(atom: Atom, field: str) -> bool:
    return isinstance(atom.left, Read) and atom.left.field == field


def _paths(atom: Atom, catalogue: Catalogue) -> Iterator[bytes]:
    if isinstance(atom.left, Read) and catalogue[atom.left.field].is_path:
        yield from _constants(atom)


def _constants(atom: Atom) -> Iterator[bytes]:
    for value in atom.right if isinstance(atom.right, tuple) else ():
        if not isinstance(value, bytes) or not value.startswith(b"/"):
            continue
        if atom.op in _WHOLE or (atom.op is Op.STARTSWITH and value.endswith(b"/")):
            yield value.rstrip(b"/") or b"/"
