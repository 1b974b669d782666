"""
Put what ``-o KEY=VALUE`` says into a configuration, before it is read.

In: the nodes of a file and the options as typed. Out: nodes that say what the options say, and
know it from them: a mistake found later is told of line N of the "file" ``-o``, the Nth option.
A key is Falco's: ``webserver.listen_port``, ``rules[0].disable.rule``, ``rules[].enable.tag``,
where ``[]`` adds to a list. A value that begins with ``{`` or ``[`` is JSON or YAML, else text.
"""

import itertools
import re
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
import yaml

from shikra.model.diagnostic import Diagnostic, Severity, Span

NAME = "-o"
WRONG_OPTION = "SHIKRA_CONFIG_OPTION"

_STEP = re.compile(r"\[(?P<index>[0-9]{0,6})\]|(?:^|\.)(?P<name>(?:\\.|[^.\\\[\]])+)")
_TEXT, _LIST, _MAPPING = (f"tag:yaml.org,2002:{kind}" for kind in ("str", "seq", "map"))

Step = str | int | None
"""A key of a mapping, a place in a list, or behind its end."""


class Result(msgspec.Struct, frozen=True):
    """The nodes with the options in them, and what is wrong with options."""

    root: yaml.Node
    diagnostics: tuple[Diagnostic, ...]


class _OptionError(Exception):
    """The option can't be followed; says why."""

    def __init__(self, message: str, column: int = 0) -> None:
        super().__init__(message)
        self.message = message
        self.column = column


def apply(root: yaml.Node | None, options: Sequence[str], defaults: Mapping[str, Any]) -> Result:
    """Follow the options in their order; ``defaults`` are the lists that a file needn't have."""
    root = root or _Mark(0).node({})
    problems: list[Diagnostic] = []
    for number, option in enumerate(options):
        try:
            _follow(root, option, _Mark(number), defaults)
        except _OptionError as error:
            problems.append(
                Diagnostic(
                    severity=Severity.ERROR,
                    code=WRONG_OPTION,
                    message=error.message,
                    span=Span(NAME, number + 1, error.column + 1),
                    excerpt=option,
                )
            )
    return Result(root, tuple(problems))


class _Mark(msgspec.Struct, frozen=True):
    """Which option a node comes from."""

    option: int

    def at(self, column: int) -> yaml.Mark:
        """Return a place in the option."""
        return yaml.Mark(NAME, 0, self.option, column, None, 0)

    def node(self, value: Any, column: int = 0) -> yaml.Node:
        """Return a value as a file would say it; what is ``None`` isn't said."""
        mark = self.at(column)
        if isinstance(value, dict):
            pairs = [
                (self.node(key, column), self.node(item, column))
                for key, item in value.items()
                if item is not None
            ]
            return yaml.MappingNode(_MAPPING, pairs, mark, mark)
        if isinstance(value, list | tuple):
            items = [self.node(item, column) for item in value]
            return yaml.SequenceNode(_LIST, items, mark, mark)
        return yaml.ScalarNode(_TEXT, str(value), mark, mark)


def _follow(root: yaml.Node, option: str, mark: _Mark, defaults: Mapping[str, Any]) -> None:
    key, equals, text = option.partition("=")
    if not equals:
        raise _OptionError("expected KEY=VALUE")
    steps = _steps(key)
    first = steps[0]
    if isinstance(first, str) and len(steps) > 1 and steps[1] is None and first in defaults:
        _child(root, first, mark.node(msgspec.to_builtins(defaults[first])), mark)
    value = _value(text, mark, len(key) + 1)
    node = root
    for step, following in itertools.pairwise(steps):
        node = _child(node, step, mark.node({} if isinstance(following, str) else []), mark)
    _put(node, steps[-1], value, mark)


def _steps(key: str) -> list[Step]:
    steps: list[Step] = []
    at = 0
    while at < len(key):
        found = _STEP.match(key, at)
        if found is None or (at == 0 and found["name"] is None):
            raise _OptionError("expected a key, as in webserver.listen_port or rules[]", at)
        name, index = found["name"], found["index"]
        if name is not None:
            steps.append(re.sub(r"\\(.)", r"\1", name))
        else:
            steps.append(int(index) if index else None)
        at = found.end()
    if not steps:
        raise _OptionError("expected a key before '='")
    return steps


def _value(text: str, mark: _Mark, column: int) -> yaml.Node:
    if not text:  # in quotes, or it would be as if nothing was said
        at = mark.at(column)
        return yaml.ScalarNode(_TEXT, "", at, at, style="'")
    if not text.startswith(("{", "[")):
        return mark.node(text, column)
    try:
        node = yaml.compose(text, Loader=yaml.CSafeLoader)
    except (yaml.YAMLError, RecursionError) as error:
        problem = getattr(error, "problem", None) or "it can't be read"
        raise _OptionError(f"the value is no JSON: {problem}", column) from None
    if node is not None:  # it begins with a bracket
        _move(node, mark, column)
    return node or mark.node("", column)


def _move(node: yaml.Node, mark: _Mark, column: int) -> None:
    """Place a node, and all within it, in the option."""
    node.start_mark = mark.at(column + node.start_mark.column)
    for part in node.value if isinstance(node.value, list) else ():
        for each in part if isinstance(part, tuple) else (part,):
            _move(each, mark, column)


def _child(node: yaml.Node, step: Step, otherwise: yaml.Node, mark: _Mark) -> yaml.Node:
    """Return what stands there; where nothing does, put something there."""
    found = _get(node, step)
    is_empty = isinstance(found, yaml.ScalarNode) and found.value in {"", "~", "null"}
    if found is None or is_empty:
        _put(node, step, otherwise, mark)
        return otherwise
    return found


def _get(node: yaml.Node, step: Step) -> yaml.Node | None:
    if isinstance(step, str):
        pairs = _pairs(node, step)
        return next((value for key, value in pairs if key.value == step), None)
    items = _items(node, step)
    return items[step] if step is not None and step < len(items) else None


def _put(node: yaml.Node, step: Step, value: yaml.Node, mark: _Mark) -> None:
    if isinstance(step, str):
        pairs = _pairs(node, step)
        pairs[:] = [pair for pair in pairs if pair[0].value != step]
        pairs.append((mark.node(step), value))
        return
    items = _items(node, step)
    at = len(items) if step is None else step
    if at > len(items):
        raise _OptionError(f"there is no [{at}]: the list has {len(items)} items")
    items[at : at + 1] = [value]


def _pairs(node: yaml.Node, step: str) -> list[tuple[yaml.Node, yaml.Node]]:
    if not isinstance(node, yaml.MappingNode):
        raise _OptionError(f'"{step}" is a key, and there is no mapping there')
    pairs: list[tuple[yaml.Node, yaml.Node]] = node.value
    return pairs


def _items(node: yaml.Node, step: int | None) -> list[yaml.Node]:
    if not isinstance(node, yaml.SequenceNode):
        shown = "" if step is None else step
        raise _OptionError(f"[{shown}] is a place in a list, and there is no list there")
    items: list[yaml.Node] = node.value
    return items
