"""
Read the items of a rule file: lists, macros, rules and requirements, each as it is written.

In: a file. Out: typed items and diagnostics. Here an item gets the shape it must have; what it
means together with the others (append, override, macros) is left to ``collect``.
"""

import enum
import re
from typing import TypeVar

import msgspec

from shikra.model import diagnostic, enforcement, rule
from shikra.rules import diagnostics, items, nodes, requirements
from shikra.rules import keys as keys_
from shikra.rules import text as texts


class RuleFile(msgspec.Struct, frozen=True):
    """A file as it was read: its name is for messages only."""

    name: str
    text: bytes


class Document(msgspec.Struct, frozen=True):
    """What a file holds, in its order."""

    items: tuple[items.Item, ...]
    diagnostics: tuple[diagnostic.Diagnostic, ...]


_CHOICES = "it is 'kill', 'deny' or [deny, kill]: the first of these that a machine can do"
_Choice = TypeVar("_Choice", bound=enum.Enum)
_KINDS = ("required_engine_version", "required_plugin_versions", "list", "macro", "rule")
_REQUIRED = ("condition", "output", "desc", "priority")
_APPENDABLE = {
    "list": ("items",),
    "macro": ("condition",),
    "rule": ("condition", "output", "desc", "tags", "exceptions"),
}
_REPLACEABLE = {
    "list": ("items",),
    "macro": ("condition",),
    "rule": (
        *_APPENDABLE["rule"],
        "priority",
        "capture",
        "capture_duration",
        "enabled",
        "warn_evttypes",
        "skip-if-unknown-filter",
        "enforce",
        "on_timeout",
        "include_init",
    ),
}
OVERRIDABLE = _REPLACEABLE["rule"]
"""Keys of a rule that an override may change."""

_CHANGES = ("append", "override")
_RULE_KEYS = ("rule", *_REPLACEABLE["rule"], "source", "names", *_CHANGES)
_PRIORITIES = {priority.name.lower(): priority for priority in rule.Priority} | {
    "info": rule.Priority.INFORMATIONAL
}
_MACRO_NAME = re.compile(r"[a-zA-Z]+[a-zA-Z0-9_]*")
_LIST_NAME = re.compile(r"[^()\"'\s=,]+")


def read(file: RuleFile) -> Document:
    """Read one file."""
    content = nodes.read(file.name, file.text)
    found: list[items.Item] = []
    messages = list(content.diagnostics)
    for document in content.documents:
        if keys_.is_null(document):
            continue
        if not isinstance(document, nodes.Sequence):
            messages.append(_no_list(document))
            continue
        for node in document.items:
            item, more = _item(node)
            messages += more
            found += [item] if item is not None else []
    return Document(tuple(found), tuple(messages))


def _no_list(document: nodes.Node) -> diagnostic.Diagnostic:
    where = nodes.where(document)
    if isinstance(document, nodes.Scalar):
        mistake = diagnostics.whole("Rules content is not yaml", where)
    else:
        mistake = diagnostics.whole(
            "Rules content is not yaml array of objects", where, "begin each item with '- '"
        )
    return diagnostics.error(keys_.VALIDATE, mistake, where, "rules content")


def _item(node: nodes.Node) -> tuple[items.Item | None, list[diagnostic.Diagnostic]]:
    if keys_.is_null(node):
        return None, []
    if not isinstance(node, nodes.Mapping):
        where = nodes.where(node)
        mistake = diagnostics.whole(
            "Unexpected element type. Each element should be a yaml associative array.",
            where,
            "as in: - list: my_list",
        )
        error = diagnostics.error(keys_.VALIDATE, mistake, where, "rules content item")
        return None, [error]
    names = [key.value for key, _ in node.entries]
    kind = next((kind for kind in _KINDS if kind in names), "")
    keys = keys_.Keys(node, kind or "rules content item")
    return _known_item(keys, kind, names), keys.diagnostics


def _known_item(keys: keys_.Keys, kind: str, names: list[str]) -> items.Item | None:
    match kind:
        case "list":
            return _list(keys)
        case "macro":
            return _macro(keys)
        case "rule":
            return _rule(keys)
        case "required_engine_version":
            requirements.engine(keys)
        case "required_plugin_versions":
            requirements.plugins(keys)
        case _:
            where = nodes.where(keys.mapping)
            hint = next(filter(None, (diagnostics.nearest(name, _KINDS) for name in names)), "")
            mistake = diagnostics.whole("Unknown top level item", where, hint)
            keys.warn("LOAD_UNKNOWN_ITEM", mistake, where)
    return None


def _named(keys: keys_.Keys, kind: str) -> texts.Text | None:
    name = keys.name(kind)
    if name is not None:
        keys.item = f'{kind} "{name.value}"'
    return name


def _list(keys: keys_.Keys) -> items.ListItem | None:
    name = _named(keys, "list")
    if name is None:
        return None
    if not _LIST_NAME.fullmatch(name.value):
        message = "List has an invalid name. List names should match a regular expression: "
        mistake = diagnostics.whole(message + _LIST_NAME.pattern, name)
        keys.warn("LOAD_INVALID_LIST_NAME", mistake, name)
    keys.only(("list", "items", *_CHANGES))
    change = _change(keys, "list")
    keys.require("items")
    return items.ListItem(name, keys.words("items") or (), change)


def _macro(keys: keys_.Keys) -> items.MacroItem | None:
    name = _named(keys, "macro")
    if name is None:
        return None
    if not _MACRO_NAME.fullmatch(name.value):
        message = "Macro has an invalid name. Macro names should match a regular expression: "
        mistake = diagnostics.whole(message + _MACRO_NAME.pattern, name)
        keys.warn("LOAD_INVALID_MACRO_NAME", mistake, name)
    keys.only(("macro", "condition", *_CHANGES))
    change = _change(keys, "macro")
    keys.require("condition")
    condition = keys.text("condition")
    is_unclear = change.is_override and "condition" not in change.override
    return items.MacroItem(name, None if is_unclear else condition, change)


def _rule(keys: keys_.Keys) -> items.RuleItem | None:
    name = _named(keys, "rule")
    keys.only(_RULE_KEYS)
    change = _change(keys, "rule")
    if change.is_append:
        if keys.node("condition") is None and keys.node("exceptions") is None:
            message = "Appended rule must have exceptions or condition property"
            keys.refuse(message, name or keys.mapping, code="LOAD_ERR_VALIDATE")
    elif change.is_none and not _is_definition(keys):
        return None
    keys.forget(_unread(keys, change))
    item = items.RuleItem(
        name=name or nodes.where(keys.mapping),
        change=change,
        is_switch=change.is_none and not _is_complete(keys),
        condition=keys.text("condition"),
        output=keys.text("output"),
        desc=keys.text("desc"),
        priority=_priority(keys),
        source=keys.text("source"),
        enabled=keys.flag("enabled"),
        tags=_tags(keys),
        exceptions=_exceptions(keys, is_append=change.appends("exceptions")),
        warn_evttypes=keys.flag("warn_evttypes"),
        skip_if_unknown_filter=keys.flag("skip-if-unknown-filter"),
        capture=keys.flag("capture"),
        capture_duration=keys.number("capture_duration"),
        opened_names_only=_names(keys),
        enforce=_enforce(keys),
        on_timeout=_choice(keys, "on_timeout", enforcement.OnTimeout),
        include_init=keys.flag("include_init"),
    )
    return item if name is not None else None


def _unread(keys: keys_.Keys, change: items.Change) -> list[str]:
    """Return the keys that say nothing here, whatever stands behind them."""
    read: tuple[str, ...] = _RULE_KEYS
    if change.is_append:
        read = ("condition", "exceptions")
    elif change.is_override:
        read = tuple(change.override)
    elif not _is_complete(keys):
        read = ("enabled",)
    return [key for key in _RULE_KEYS if key not in read]


def _is_complete(keys: keys_.Keys) -> bool:
    return any(keys.node(key) is not None for key in _REQUIRED)


def _is_definition(keys: keys_.Keys) -> bool:
    """Hold that a rule which stands alone is complete, or only switches another."""
    if _is_complete(keys):
        for key in _REQUIRED:
            keys.require(key)
        return True
    if keys.node("enabled") is None:
        message = "Rule has no condition, output, desc and priority"
        hint = "a rule needs all four; to turn an earlier rule on or off, 'enabled' alone"
        keys.refuse(message, keys.mapping, hint)
        return False
    where = keys.key("enabled")
    mistake = diagnostics.whole(
        "The standalone 'enabled' key usage is deprecated. The correct approach requires also a "
        "'replace' entry under the 'override' key (i.e. 'enabled: replace').",
        where,
    )
    keys.warn("LOAD_DEPRECATED_ITEM", mistake, where)
    return True


def _enforce(keys: keys_.Keys) -> items.Enforce | None:
    if isinstance(keys.node("enforce"), nodes.Sequence):
        return _first_of(keys)
    means = _choice(keys, "enforce", enforcement.Means)
    where = keys.text("enforce") if means is not None else None
    return None if means is None or where is None else items.Enforce(means, None, where)


def _first_of(keys: keys_.Keys) -> items.Enforce | None:
    """Read several means, of which the first that can be had is meant: there is one such order."""
    written = keys.words("enforce") or ()
    words = tuple(word.value for word in written)
    match words:
        case ("kill",) | ("deny",):
            return items.Enforce(enforcement.Means(words[0]), None, written[0])
        case ("deny", "kill"):
            return items.Enforce(enforcement.Means.DENY, enforcement.Means.KILL, written[0])
        case ("kill", "deny"):
            why = "nearly every kernel kills, so it would deny nowhere"
            keys.refuse(f"'enforce' can't be '[kill, deny]': {why}", written[0], _CHOICES)
        case _:
            where = written[0] if written else keys.key("enforce")
            keys.refuse(f"'enforce' can't be '[{', '.join(words)}]'", where, _CHOICES)
    return None


def _choice(keys: keys_.Keys, key: str, choices: type[_Choice]) -> _Choice | None:
    written = keys.text(key)
    if written is None:
        return None
    known = {choice.value: choice for choice in choices}
    if written.value not in known:
        hint = " or ".join(f"'{value}'" for value in known)
        keys.refuse(f"'{key}' can't be '{written.value}'", written, f"it is {hint}")
    return known.get(written.value)


def _names(keys: keys_.Keys) -> bool | None:
    names = keys.text("names")
    if names is None:
        return None
    if names.value not in ("opened", "all"):
        keys.refuse(f"'names' can't be '{names.value}'", names, "it is 'opened' or 'all'")
    return names.value == "opened"


def _priority(keys: keys_.Keys) -> rule.Priority | None:
    written = keys.text("priority")
    if written is None:
        return None
    found = _PRIORITIES.get(written.value.lower())
    if found is None:
        hint = diagnostics.nearest(written.value.lower(), _PRIORITIES)
        keys.refuse("Invalid priority", written, hint or f"one of {', '.join(_PRIORITIES)}")
    return found


def _tags(keys: keys_.Keys) -> tuple[str, ...] | None:
    tags = keys.words("tags")
    return None if tags is None else tuple(sorted({tag.value for tag in tags}))


def _change(keys: keys_.Keys, kind: str) -> items.Change:
    """Read ``append`` and ``override``, and hold the item's other keys against them."""
    flag = keys.flag("append")
    is_append = flag is True or (flag is None and keys.node("append") is not None)
    override = keys.node("override")
    if flag:
        where = keys.key("append")
        message = (
            "'append' key is deprecated. Add an 'append' entry (e.g. 'condition: append') "
            "under 'override' instead."
        )
        keys.warn("LOAD_DEPRECATED_ITEM", diagnostics.whole(message, where), where)
    is_empty = isinstance(override, nodes.Mapping) and not override.entries
    if override is None or is_empty or keys_.is_null(override):
        return items.Change(is_append)
    if is_append:
        message = (
            "Keys 'override' and 'append: true' cannot be used together. "
            "Add an 'append' entry (e.g. 'condition: append') under 'override' instead."
        )
        keys.refuse(message, override)
    if not isinstance(override, nodes.Mapping):
        keys.refuse("'override' must hold keys and operations", override)
        return items.Change(is_append, is_override=True)
    operations = {}
    named = {key.value for key, _ in override.entries}
    for key, operation in override.entries:
        if _is_operation(keys, kind, key, operation) and isinstance(operation, nodes.Scalar):
            operations[key.value] = operation.value
    for name in _REPLACEABLE[kind]:
        if keys.node(name) is not None and name not in named:
            message = (
                f"Unexpected key '{name}': no corresponding entry under 'override' is defined."
            )
            keys.refuse(message, keys.key(name), f"add '{name}: replace' under 'override'")
    return items.Change(is_append, is_override=True, override=operations)


def _is_operation(keys: keys_.Keys, kind: str, key: nodes.Scalar, operation: nodes.Node) -> bool:
    told = len(keys.diagnostics)
    written = operation.value if isinstance(operation, nodes.Scalar) else ""
    hint = diagnostics.nearest(key.value, _REPLACEABLE[kind])
    if written not in ("append", "replace"):
        message = f"Invalid override operation for key '{key.value}': '{written}'."
        keys.refuse(message, operation, "it is 'append' or 'replace'")
    elif written == "append" and key.value not in _APPENDABLE[kind]:
        message = f"Key '{key.value}' cannot be appended to, use 'replace' instead"
        keys.refuse(message, operation, "" if key.value in _REPLACEABLE[kind] else hint)
    elif key.value not in _REPLACEABLE[kind]:
        keys.refuse(f"Key '{key.value}' cannot be replaced", key, hint)
    elif keys.node(key.value) is None:
        word = "An append override" if written == "append" else "A replace override"
        message = f"{word} for '{key.value}' was specified but '{key.value}' is not defined"
        keys.refuse(message, key)
    return len(keys.diagnostics) == told


def _exceptions(keys: keys_.Keys, *, is_append: bool) -> tuple[items.ExceptionItem, ...] | None:
    node = keys.node("exceptions")
    if node is None or keys_.is_null(node):
        return None
    if not isinstance(node, nodes.Sequence):
        keys.refuse("Rule exceptions must be a sequence", node)
        return None
    found = (_exception(keys, part, is_append=is_append) for part in node.items)
    return tuple(one for one in found if one is not None)


def _exception(
    rule_keys: keys_.Keys, node: nodes.Node, *, is_append: bool
) -> items.ExceptionItem | None:
    if not isinstance(node, nodes.Mapping):
        hint = "it has the keys name, fields, comps, values"
        rule_keys.refuse("Rule exception must be a mapping", node, hint)
        return None
    keys = keys_.Keys(node, "exception")
    name = _named_exception(keys)
    keys.only(("name", "fields", "comps", "values"))
    if not is_append:
        keys.require("fields")
    found = items.ExceptionItem(
        name=name or nodes.where(node),
        fields=_cell(keys, "fields"),
        comps=_cell(keys, "comps"),
        values=_rows(keys),
    )
    if not keys.is_ok:
        found = msgspec.structs.replace(found, comps=None, values=None, has_mistakes=True)
    rule_keys.diagnostics += keys.diagnostics
    return found if name is not None else None


def _named_exception(keys: keys_.Keys) -> texts.Text | None:
    name = keys.name("name")
    if name is not None:
        keys.item = f'exception "{name.value}"'
    return name


def _cell(keys: keys_.Keys, key: str) -> items.Cell | None:
    node = keys.node(key)
    return keys.words(key) if isinstance(node, nodes.Sequence) else keys.text(key)


def _rows(keys: keys_.Keys) -> tuple[items.Row, ...] | None:
    node = keys.node("values")
    if node is None:
        return None
    if not isinstance(node, nodes.Sequence):
        keys.refuse("Rule exception values must be a sequence", node)
        return None
    return tuple(_row(keys, row) for row in node.items)


def _row(keys: keys_.Keys, node: nodes.Node) -> items.Row:
    if isinstance(node, nodes.Scalar):
        return node.text()
    if not isinstance(node, nodes.Sequence):
        keys.refuse("a row of 'values' must be a text or a list", node)
        return ()
    cells: list[items.Cell] = []
    for cell in node.items:
        if isinstance(cell, nodes.Scalar):
            cells.append(cell.text())
        elif isinstance(cell, nodes.Sequence):
            cells.append(keys.scalars(cell, "values"))
        else:
            keys.refuse("a cell of 'values' must be a text or a list of texts", cell)
    return tuple(cells)
