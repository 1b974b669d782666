"""
Hold a rule file against the schema of rule files: which keys there are, of which types.

In: a file. Out: ``ok``, ``failed:`` and why, or ``none`` where there is nothing to look at. This is
stricter than loading and says less: Falco prints such a verdict beside what loading says. Any item
may have any item's keys here; a truth value or number in quotes is a text.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import assert_never

from shikra.rules import keys, nodes, read

OK = "ok"
NONE = "none"

Problems = Iterator[str]
Check = Callable[[nodes.Node, str], Problems]


def verdict(file: read.RuleFile) -> str:
    """Return the verdict on a file."""
    content = nodes.read(file.name, file.text)
    if not content.documents:
        return NONE
    problems = (problem for document in content.documents for problem in _items(document, ""))
    first = next(problems, None)
    return OK if first is None else f"failed: {first}"


def _items(node: nodes.Node, path: str) -> Problems:
    if not keys.is_null(node):
        yield from _each(_item)(node, path)


def _item(node: nodes.Node, path: str) -> Problems:
    if not keys.is_null(node):
        yield from _mapping(_ITEM)(node, path)


def _scalar(node: nodes.Node, path: str) -> Problems:
    if not isinstance(node, nodes.Scalar) or node.is_null:
        yield f"{path} must be a text"


def _flag(node: nodes.Node, path: str) -> Problems:
    if _plain(node) not in keys.TRUE | keys.FALSE:
        yield f"{path} must be true or false"


def _number(node: nodes.Node, path: str) -> Problems:
    if not _plain(node).isdecimal():
        yield f"{path} must be a number"


def _change(node: nodes.Node, path: str) -> Problems:
    if not isinstance(node, nodes.Scalar) or node.value not in ("append", "replace"):
        yield f"{path} must be append or replace"


def _anything(_node: nodes.Node, _path: str) -> Problems:
    yield from ()


def _scalar_or_list(node: nodes.Node, path: str) -> Problems:
    yield from (_each(_scalar) if isinstance(node, nodes.Sequence) else _scalar)(node, path)


def _plain(node: nodes.Node) -> str:
    return node.value if isinstance(node, nodes.Scalar) and node.style is None else ""


def _each(check: Check) -> Check:
    def check_each(node: nodes.Node, path: str) -> Problems:
        match node:
            case nodes.Sequence():
                for index, part in enumerate(node.items):
                    yield from check(part, f"{path}/{index}")
            case nodes.Scalar() | nodes.Mapping():
                yield f"{path or '/'} must be a list"
            case _:
                assert_never(node)

    return check_each


def _mapping(known: Mapping[str, Check]) -> Check:
    def check_mapping(node: nodes.Node, path: str) -> Problems:
        match node:
            case nodes.Mapping():
                for key, value in node.entries:
                    if key.value in known:
                        yield from known[key.value](value, f"{path}/{key.value}")
                    else:
                        yield f"{path}/{key.value} is no known key"
            case nodes.Scalar() | nodes.Sequence():
                yield f"{path} must have keys"
            case _:
                assert_never(node)

    return check_mapping


_PLUGIN: Mapping[str, Check] = {"name": _scalar, "version": _scalar}
_EXCEPTION: Mapping[str, Check] = {
    "name": _scalar,
    "fields": _scalar_or_list,
    "comps": _scalar_or_list,
    "values": _anything,
}
_ITEM: Mapping[str, Check] = {
    **dict.fromkeys(("list", "macro", "rule", "required_engine_version"), _scalar),
    **dict.fromkeys(("condition", "output", "desc", "priority", "source"), _scalar),
    **dict.fromkeys(("names", "on_timeout"), _scalar),
    "enforce": _scalar_or_list,
    **dict.fromkeys(("append", "capture", "enabled", "include_init"), _flag),
    **dict.fromkeys(("skip-if-unknown-filter", "warn_evttypes"), _flag),
    **dict.fromkeys(("items", "tags"), _each(_scalar)),
    "capture_duration": _number,
    "exceptions": _each(_mapping(_EXCEPTION)),
    "override": _mapping(dict.fromkeys(("items", *read.OVERRIDABLE), _change)),
    "required_plugin_versions": _each(
        _mapping({**_PLUGIN, "alternatives": _each(_mapping(_PLUGIN))})
    ),
}
