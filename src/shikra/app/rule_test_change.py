"""
Change a document as a rule's test says.

In: a node of YAML, and a document. Out: what the node means as JSON, and the document with it
merged in: RFC 7396, so an object is merged key by key, ``null`` takes a key away, and all else,
lists too, is put in the place of what was there. Plain scalars are what JSON has them for, others
are text: ``no`` and ``0755`` are words here.
"""

from typing import Any

import msgspec
import yaml


def value(node: yaml.Node) -> Any:
    """Return what a node means."""
    match node:
        case yaml.MappingNode(value=pairs):
            return {str(key.value): value(each) for key, each in pairs}
        case yaml.SequenceNode(value=items):
            return [value(item) for item in items]
        case yaml.ScalarNode(style=None | ""):
            return _plain(str(node.value))
        case _:
            return str(node.value)


def merged(document: Any, change: Any) -> Any:
    """Return a document with a change merged in; both stay as they are."""
    if not isinstance(change, dict):
        return change
    found = dict(document) if isinstance(document, dict) else {}
    for key, changed in change.items():
        if changed is None:
            found.pop(key, None)
        else:
            found[key] = merged(found.get(key), changed)
    return found


def _plain(text: str) -> Any:
    if text in {"", "~"}:
        return None
    try:
        found = msgspec.json.decode(text.encode())
    except msgspec.DecodeError:
        return text
    return found if found is None or isinstance(found, bool | int | float) else text
