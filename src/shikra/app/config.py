"""
Read a configuration file: YAML text in, settings or diagnostics out.

Scalars stay text until the setting's type says what they are, so ``on`` is a word where a word
is expected. ``${NAME}`` in a value is replaced from the environment, ``$${NAME}`` stands for
itself. All mistakes are collected, each with its place.
"""

import difflib
import enum
import re
import types
import typing
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
import yaml

from shikra.app import overrides
from shikra.app.settings import FALCO_ONLY, ExtraField, Identifier, Section, Settings, Written
from shikra.model.diagnostic import Diagnostic, Severity, Span
from shikra.model.enforcement import Mode
from shikra.model.rule import Priority

NAME = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*", re.ASCII)
VARIABLE = re.compile(r"(\$?)\$\{(\w+)\}")
TRUE = frozenset({"y", "yes", "true", "on"})
FALSE = frozenset({"n", "no", "false", "off"})

UNREADABLE = "SHIKRA_CONFIG_READ"
UNKNOWN_KEY = "SHIKRA_CONFIG_UNKNOWN_KEY"
WRONG_VALUE = "SHIKRA_CONFIG_VALUE"


_LISTS = {
    field.name: field.default
    for field in msgspec.structs.fields(Settings)
    if isinstance(field.default, tuple)
}
"""What an option adds to where the file doesn't say it."""


class Parsed(msgspec.Struct, frozen=True):
    """Settings, or what is wrong with the file."""

    settings: Settings | None
    diagnostics: tuple[Diagnostic, ...] = ()


def parse(
    name: str, data: bytes, environment: Mapping[str, str], options: Sequence[str] = ()
) -> Parsed:
    """Read the text of a configuration file; ``KEY=VALUE`` options win over it."""
    try:
        text = data.decode()
        root = yaml.compose(text, Loader=yaml.CSafeLoader)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        message = f"byte {data[error.start]:#04x} is not UTF-8"
        return Parsed(None, (_problem(UNREADABLE, message, Span(name, line, 1)),))
    except yaml.YAMLError as error:
        return Parsed(None, (_yaml_problem(name, error),))
    if root is not None and not isinstance(root, yaml.MappingNode):
        options = ()  # there is nothing to put them into, which is told
    overridden = overrides.apply(root, options, _LISTS)
    files = {name: text.splitlines(), overrides.NAME: list(options)}
    reader = _Reader(name, files, environment)
    settings = reader.section(overridden.root, Settings, "")
    if problems := (*overridden.diagnostics, *reader.problems):
        return Parsed(None, problems)
    return Parsed(settings)


def unreadable(path: Path, error: OSError) -> Diagnostic:
    """Say that the file can't be read at all."""
    message = f"{path}: {error.strerror or error}"
    return Diagnostic(severity=Severity.ERROR, code=UNREADABLE, message=message)


class _Reader:
    """Takes nodes apart as the settings' types say, and notes what is wrong."""

    def __init__(
        self, file: str, lines: Mapping[str, list[str]], environment: Mapping[str, str]
    ) -> None:
        self._file = file
        self._lines = lines  # of the file, and of what else nodes come from
        self._environment = environment
        self.problems: list[Diagnostic] = []

    def section(self, node: yaml.Node, kind: type[Section], path: str) -> Any:
        """Read a mapping; a key without a value keeps its default."""
        if not isinstance(node, yaml.MappingNode):
            self._note(node, path, "a mapping")
            return None
        types_by_key = {field.name: field.type for field in msgspec.structs.fields(kind)}
        found: dict[str, Any] = {}
        for key_node, value_node in node.value:
            key = str(key_node.value)
            if key not in types_by_key:
                self._note_unknown(key_node, key, types_by_key)
            elif key in found:
                self._add(WRONG_VALUE, key_node, f"{path}{key} is set twice")
            elif not _is_empty(value_node):
                found[key] = self._value(value_node, types_by_key[key], f"{path}{key}")
        return kind(**found) if not self.problems else None

    def _value(self, node: yaml.Node, kind: Any, path: str) -> Any:
        kind = _without_none(kind)
        if typing.get_origin(kind) is dict:
            names, inner = typing.get_args(kind)
            return self._mapping(node, names, inner, path)
        if typing.get_origin(kind) is tuple:
            return self._items(node, typing.get_args(kind)[0], path)
        if isinstance(kind, type) and issubclass(kind, Section):
            return self.section(node, kind, f"{path}.")
        if kind is ExtraField:
            return self._extra_field(node, path)
        if not isinstance(node, yaml.ScalarNode):
            self._note(node, path, "a single value")
            return None
        return self._scalar(node, kind, path)

    def _items(self, node: yaml.Node, kind: Any, path: str) -> tuple[Any, ...]:
        if not isinstance(node, yaml.SequenceNode):
            self._note(node, path, "a list")
            return ()
        return tuple(
            self._value(item, kind, f"{path}[{index}]") for index, item in enumerate(node.value)
        )

    def _mapping(self, node: yaml.Node, names: Any, kind: Any, path: str) -> dict[str, Any]:
        """Read a mapping of names of the user's choice."""
        if not isinstance(node, yaml.MappingNode):
            self._note(node, path, "a mapping")
            return {}
        found: dict[str, Any] = {}
        for key_node, value_node in node.value:
            key = str(key_node.value)
            if names is Identifier and not NAME.fullmatch(key):
                self._note(key_node, path, "a name of letters, digits and _")
            elif key in found:
                self._add(WRONG_VALUE, key_node, f"{path}.{key} is set twice")
            else:
                found[key] = self._value(value_node, kind, f"{path}.{key}")
        return found

    def _extra_field(self, node: yaml.Node, path: str) -> ExtraField | None:
        """Read a field's name, or a mapping of one name to what is printed under it."""
        if not isinstance(node, yaml.MappingNode):
            name = self._value(node, Written, path)
            return None if name is None else ExtraField(name)
        if len(node.value) != 1:
            self._note(node, path, "a field, or one name with what is printed under it")
            return None
        ((key_node, value_node),) = node.value
        name = self._value(key_node, Written, path)
        text = self._value(value_node, Written, f"{path}.{key_node.value}")
        return None if name is None or text is None else ExtraField(name, text)

    def _written(self, node: yaml.ScalarNode, text: str) -> Written:
        span, excerpt = self._place(node.start_mark, past=bool(node.style))
        is_verbatim = excerpt.startswith(text, span.column - 1)
        return Written(text, span, excerpt, is_verbatim=is_verbatim)

    def _scalar(self, node: yaml.ScalarNode, kind: Any, path: str) -> Any:
        text = VARIABLE.sub(self._variable, node.value)
        if kind is Written:
            return self._written(node, text)
        if kind is Priority:
            priority = Priority.named(text)
            if priority is None:
                self._note(node, path, "one of " + ", ".join(p.name.lower() for p in Priority))
            return priority
        if kind is Mode:
            return self._mode(node, text, path)
        if kind is bool and text.lower() in TRUE | FALSE:
            return text.lower() in TRUE
        try:
            return msgspec.convert(text, kind, strict=False)
        except msgspec.ValidationError as error:
            self._note(node, path, _expected(kind, error))
            return None

    def _mode(self, node: yaml.ScalarNode, text: str, path: str) -> Mode | None:
        mode = Mode.__members__.get(text.upper())
        if mode is None:
            self._note(node, path, "one of " + ", ".join(each.name.lower() for each in Mode))
        return mode

    def _variable(self, match: re.Match[str]) -> str:
        escape, name = match.groups()
        return f"${{{name}}}" if escape else self._environment.get(name, "")

    def _note(self, node: yaml.Node, path: str, expected: str) -> None:
        seen = repr(node.value) if isinstance(node, yaml.ScalarNode) else f"a {_shape(node)}"
        where = path.rstrip(".") or "the file"
        self._add(WRONG_VALUE, node, f"{where}: expected {expected}, found {seen}")

    def _note_unknown(self, node: yaml.Node, key: str, known: Mapping[str, Any]) -> None:
        if key in FALCO_ONLY and "rules_files" in known:
            hint = "a setting of Falco that Shikra doesn't have: remove it"
        else:
            near = difflib.get_close_matches(key, known, n=1)
            hint = f'did you mean "{near[0]}"?' if near else "known here: " + ", ".join(known)
        self._add(UNKNOWN_KEY, node, f'unknown key "{key}"', hint)

    def _add(self, code: str, node: yaml.Node, message: str, hint: str = "") -> None:
        span, excerpt = self._place(node.start_mark)
        self.problems.append(_problem(code, message, span, excerpt, hint))

    def _place(self, at: yaml.Mark, past: int = 0) -> tuple[Span, str]:
        """Return where a node stands, and the line that it stands on."""
        file = overrides.NAME if at.name == overrides.NAME else self._file
        lines = self._lines[file]
        excerpt = lines[at.line] if at.line < len(lines) else ""
        return Span(file, at.line + 1, at.column + past + 1), excerpt


def _is_empty(node: yaml.Node) -> bool:
    return isinstance(node, yaml.ScalarNode) and not node.style and node.value in {"", "~", "null"}


def _without_none(kind: Any) -> Any:
    if isinstance(kind, types.UnionType):
        return next(part for part in typing.get_args(kind) if part is not types.NoneType)
    return kind


def _expected(kind: Any, error: msgspec.ValidationError) -> str:
    """Say what a value should have been."""
    if isinstance(kind, type) and issubclass(kind, enum.Enum):
        return "one of " + ", ".join(str(choice.value) for choice in kind)
    if typing.get_origin(kind) is typing.Annotated and kind.__metadata__[0].description:
        return str(kind.__metadata__[0].description)
    message = str(error).removeprefix("Expected ").partition(", got")[0]
    return message.replace("`", "")


def _shape(node: yaml.Node) -> str:
    return "mapping" if isinstance(node, yaml.MappingNode) else "list"


def _yaml_problem(name: str, error: yaml.YAMLError) -> Diagnostic:
    mark = getattr(error, "problem_mark", None)
    span = Span(name, mark.line + 1, mark.column + 1) if mark else Span(name, 1, 1)
    return _problem(UNREADABLE, f"not YAML: {getattr(error, 'problem', None) or error}", span)


def _problem(code: str, message: str, span: Span, excerpt: str = "", hint: str = "") -> Diagnostic:
    return Diagnostic(
        severity=Severity.ERROR, code=code, message=message, span=span, excerpt=excerpt, hint=hint
    )
