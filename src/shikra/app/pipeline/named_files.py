"""
Find the files and directories that rules name exactly.

In: a rule set. Out: the absolute paths that its conditions compare a file's name with, as a whole
or as a directory. A source may then know those files by more than their names.
"""

from collections.abc import Iterable, Iterator

from shikra.backends.live.fold import reachable
from shikra.model.field import Catalogue
from shikra.rules.ir import Atom, Op, Read, Rule, RuleSet

_WHOLE = frozenset({Op.EQ, Op.IN, Op.PMATCH, Op.INTERSECTS})


def named_files(ruleset: RuleSet, catalogue: Catalogue) -> frozenset[bytes]:
    """Return the paths."""
    atoms = (node for node in ruleset.nodes if isinstance(node, Atom))
    return frozenset(path for atom in atoms for path in _paths(atom, catalogue))


def named_by(ruleset: RuleSet, rules: Iterable[Rule], catalogue: Catalogue) -> frozenset[bytes]:
    """Return the paths that these rules' conditions name."""
    reached = reachable(ruleset.nodes, (rule.root for rule in rules))
    nodes = tuple(ruleset.nodes[index] for index in sorted(reached))
    return named_files(RuleSet(nodes, ()), catalogue)


def _paths(atom: Atom, catalogue: Catalogue) -> Iterator[bytes]:
    left = atom.left
    if not isinstance(left, Read) or not catalogue[left.field].is_path:
        return
    for value in atom.right if isinstance(atom.right, tuple) else ():
        if not isinstance(value, bytes) or not value.startswith(b"/"):
            continue
        if atom.op in _WHOLE or (atom.op is Op.STARTSWITH and value.endswith(b"/")):
            yield value.rstrip(b"/") or b"/"
