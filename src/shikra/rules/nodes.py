"""
Read YAML into nodes that know where they stand.

In: a file's bytes. Out: its documents as trees of scalars, sequences and mappings, or what is
wrong with them. Scalars stay text (``yes`` and ``0755`` are what they look like); only nesting,
keys and aliases are looked at. The events of libyaml's parser are read rather than its trees,
so no depth of nesting can exhaust the stack.
"""

import re
from collections.abc import Iterator
from typing import Any

import msgspec
import yaml

from shikra.model import diagnostic
from shikra.rules import diagnostics, tree
from shikra.rules import text as texts

MAX_DEPTH = 32
MAX_NODES = 2_000_000
"""Of one file, aliases counted as often as they are used."""

_PERCENT = re.compile(r"^([ ]*(?:- +)*[\w.-]+:[ ]+|[ ]*(?:- +)+)%", re.MULTILINE)
_STAND_IN = "\ue000"  # a private character, one long as the one it stands for
NULLS = frozenset(("", "~", "null", "Null", "NULL"))
_WORD = re.compile(r"\S+")
_ESCAPE = re.compile(r"\\(?:x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|(?:\r\n|.))", re.DOTALL)


class Scalar(msgspec.Struct, frozen=True):
    """A text, without its quotes; ``start`` and ``end`` are where it stands with them."""

    value: str
    source: texts.Source
    start: int
    end: int
    style: str | None = None  # a quote, "|" or ">"; None if plain

    @property
    def is_null(self) -> bool:
        """Whether it is YAML's nothing."""
        return self.style is None and self.value in NULLS

    def text(self) -> texts.Text:
        """Return the value with the place of every word of it."""
        return _aligned(self)


class Sequence(msgspec.Struct, frozen=True):
    """A list."""

    items: tuple["Node", ...]
    source: texts.Source
    start: int


class Mapping(msgspec.Struct, frozen=True):
    """Keys and values; of a key that occurs twice, the first."""

    entries: tuple[tuple[Scalar, "Node"], ...]
    source: texts.Source
    start: int


Node = Scalar | Sequence | Mapping


class File(msgspec.Struct, frozen=True):
    """What a file holds: its documents, and what is wrong with it."""

    documents: tuple[Node, ...]
    diagnostics: tuple[diagnostic.Diagnostic, ...]


def read(name: str, raw: bytes) -> File:
    """Read all documents of a file."""
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = raw[: error.start].decode("utf-8-sig", "replace")
        source = texts.Source(name, raw.decode("utf-8-sig", "replace"))
        where = texts.written(source, len(before), len(before) + 1)
        return File((), (_refusal("not UTF-8", where, "save the file as UTF-8"),))
    source = texts.Source(name, text)
    builder = _Builder(source)
    try:
        _build(builder, text)
    except yaml.YAMLError as error:
        return File((), (*builder.diagnostics, _yaml_error(source, error)))
    except diagnostics.MistakeError as error:
        at = error.mistake.at
        where = texts.written(source, at.start, at.end)
        return File((), (*builder.diagnostics, _refusal(str(error), where, error.mistake.hint)))
    return File(tuple(builder.documents), tuple(builder.diagnostics))


def where(node: Node) -> texts.Text:
    """Return where a node begins, as a text to hang a diagnostic on."""
    if isinstance(node, Scalar):
        return texts.written(node.source, node.start, max(node.end, node.start + 1))
    return texts.written(node.source, node.start, node.start + 1)


def _build(builder: "_Builder", text: str) -> None:
    try:
        builder.build(text)
    except yaml.MarkedYAMLError as error:
        # YAML keeps "%" for directives; other readers of rules take it at a scalar's start
        mark = error.problem_mark
        is_percent = mark is not None and text[mark.index : mark.index + 1] == "%"
        if not is_percent or _STAND_IN in text:
            raise
        builder.build(_PERCENT.sub(rf"\g<1>{_STAND_IN}", text))


class _Frame:
    """A sequence or mapping that isn't closed yet."""

    def __init__(self, *, start: int, anchor: str | None, is_mapping: bool) -> None:
        self.start = start
        self.anchor = anchor
        self.is_mapping = is_mapping
        self.nodes: list[Node] = []
        self.size = 1


class _Builder:
    """Makes nodes of events."""

    def __init__(self, source: texts.Source) -> None:
        self.source = source
        self.documents: list[Node] = []
        self.diagnostics: list[diagnostic.Diagnostic] = []
        self.stack: list[_Frame] = []
        self.anchors: dict[str, tuple[Node, int]] = {}

    def build(self, text: str) -> None:
        self.documents.clear()
        self.stack.clear()
        for event in _events(text):
            match event:
                case yaml.DocumentStartEvent():
                    self.anchors = {}
                case yaml.ScalarEvent():
                    self.add(self.scalar(event), event.anchor, 1)
                case yaml.AliasEvent():
                    self.alias(event)
                case yaml.SequenceStartEvent() | yaml.MappingStartEvent():
                    self.open(event)
                case yaml.SequenceEndEvent() | yaml.MappingEndEvent():
                    self.close()
                case _:
                    pass

    def scalar(self, event: Any) -> Scalar:
        value = event.value.replace(_STAND_IN, "%") if _STAND_IN in event.value else event.value
        is_plain = event.style is None or event.style == ""
        style = None if is_plain else event.style
        return Scalar(value, self.source, event.start_mark.index, event.end_mark.index, style)

    def alias(self, event: Any) -> None:
        start = event.start_mark.index
        known = self.anchors.get(event.anchor)
        if known is None:
            raise self.stop(f"alias *{event.anchor} has no anchor before it", start)
        node, size = known
        self.add(node, None, size)

    def open(self, event: Any) -> None:
        start = event.start_mark.index
        if len(self.stack) >= MAX_DEPTH:
            raise self.stop(f"nested deeper than {MAX_DEPTH} levels", start)
        is_mapping = isinstance(event, yaml.MappingStartEvent)
        self.stack.append(_Frame(start=start, anchor=event.anchor, is_mapping=is_mapping))

    def close(self) -> None:
        frame = self.stack.pop()
        node: Node
        if frame.is_mapping:
            node = Mapping(self.entries(frame.nodes), self.source, frame.start)
        else:
            node = Sequence(tuple(frame.nodes), self.source, frame.start)
        self.add(node, frame.anchor, frame.size)

    def entries(self, nodes: list[Node]) -> tuple[tuple[Scalar, Node], ...]:
        found: dict[str, tuple[Scalar, Node]] = {}
        for key, value in zip(nodes[::2], nodes[1::2], strict=True):
            if not isinstance(key, Scalar):
                raise self.stop("a key must be a plain word", key.start)
            if key.value in found:
                self.diagnostics.append(_duplicate(key, found[key.value][0]))
            else:
                found[key.value] = (key, value)
        return tuple(found.values())

    def add(self, node: Node, anchor: str | None, size: int) -> None:
        if anchor:
            self.anchors[anchor] = (node, size)
        if not self.stack:
            self.documents.append(node)
            return
        frame = self.stack[-1]
        frame.nodes.append(node)
        frame.size += size
        if frame.size > MAX_NODES:
            raise self.stop(f"more than {MAX_NODES} values", node.start)

    def stop(self, message: str, start: int) -> Exception:
        at = tree.At(start, start + 1)
        return diagnostics.MistakeError(diagnostics.Mistake(message=message, at=at))


def _events(text: str) -> Iterator[Any]:
    return iter(yaml.parse(text, Loader=yaml.CSafeLoader))


def _duplicate(key: Scalar, first: Scalar) -> diagnostic.Diagnostic:
    line, _ = first.source.place(first.start)
    mistake = diagnostics.whole(
        f"key '{key.value}' occurs twice; the first, in line {line}, counts", where(key)
    )
    return diagnostics.warning("SHIKRA_DUPLICATE_KEY", mistake, where(key), "rules content")


def _refusal(message: str, at: texts.Text, hint: str = "") -> diagnostic.Diagnostic:
    mistake = diagnostics.whole(message, at, hint)
    return diagnostics.error("LOAD_ERR_YAML_PARSE", mistake, at, "rules content")


def _yaml_error(source: texts.Source, error: yaml.YAMLError) -> diagnostic.Diagnostic:
    offset, problem = 0, str(error)
    if isinstance(error, yaml.MarkedYAMLError):
        mark = error.problem_mark or error.context_mark
        offset = mark.index if mark else 0
        problem = ", ".join(filter(None, (error.context, error.problem)))
    elif isinstance(error, yaml.reader.ReaderError):
        offset = len(source.text.encode()[: error.position].decode("utf-8", "ignore"))
        problem = f"{error.reason}"
    at = texts.written(source, min(offset, len(source.text)), offset + 1)
    hint = "indent with blanks, not tabs" if at.value == "\t" else ""
    return _refusal(problem, at, hint)


def _aligned(scalar: Scalar) -> texts.Text:
    raw = scalar.source.text[scalar.start : scalar.end]
    if raw == scalar.value:
        return texts.written(scalar.source, scalar.start, scalar.end)
    is_quoted = scalar.style in ("'", '"')
    pairs = _quoted_pieces(scalar, raw) if is_quoted else _word_pieces(scalar, raw)
    pieces: list[texts.Piece] = [texts.Piece(0, scalar.source, scalar.start)]
    for start, at in pairs:
        if start == 0:
            pieces.clear()
        if not pieces or start - pieces[-1].start != at - pieces[-1].at:
            pieces.append(texts.Piece(start, scalar.source, at))
    return texts.Text(scalar.value, tuple(pieces))


def _word_pieces(scalar: Scalar, raw: str) -> Iterator[tuple[int, int]]:
    """Find each word where it stands: plain and block scalars differ only in their blanks."""
    is_block = scalar.style in ("|", ">")
    position = max(0, raw.find("\n")) if is_block else 0  # past the indicator's line
    for word in _WORD.finditer(scalar.value):
        found = raw.find(word[0], position)
        if found < 0:
            return
        yield word.start(), scalar.start + found
        position = found + len(word[0])


def _quoted_pieces(scalar: Scalar, raw: str) -> Iterator[tuple[int, int]]:
    """Walk value and file side by side: in quotes, a character may be written as several."""
    position = 1
    for index, character in enumerate(scalar.value):
        if not character.isspace():
            while position < len(raw) and raw[position].isspace():
                position += 1
        yield index, scalar.start + position
        escape = _ESCAPE.match(raw, position) if scalar.style == '"' else None
        while escape and escape[0].endswith(("\n", "\r")):  # a line that goes on
            position = escape.end()
            while position < len(raw) and raw[position] in " \t":
                position += 1
            escape = _ESCAPE.match(raw, position)
        if escape:
            position = escape.end()
        elif scalar.style == "'" and raw.startswith("''", position):
            position += 2
        else:
            position += 1
