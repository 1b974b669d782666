"""
Write a rule file in its canonical form.

In: a file. Out: the same items in the same order, each with its keys in one order, conditions
laid out, short lists in a line; comments stay with what they are about. It loads to the same
rules; where that can't be promised, the file is refused.
"""

import itertools
from collections.abc import Mapping, Sequence

import msgspec

from shikra.model.diagnostic import Diagnostic, Severity
from shikra.rules import diagnostics, layout, nodes
from shikra.rules.canonical import comments, condition, meaning, scalar
from shikra.rules.read import RuleFile

KEYS: Mapping[str, tuple[str, ...]] = {
    "list": ("list", "items"),
    "macro": ("macro", "condition"),
    "rule": (
        *("rule", "desc", "source", "condition", "exceptions", "output", "priority", "enabled"),
        *("tags", "names", "enforce", "on_timeout", "include_init"),
        *("warn_evttypes", "skip-if-unknown-filter"),
        *("capture", "capture_duration"),
    ),
}
_LAST = ("append", "override")
_TEXTS = ("desc", "output")
_CODE = "SHIKRA_CANT_FORMAT"
_ROUNDS = 4
"""A comment that moved may let a list stand in a line: what is written is written again."""


class Formatted(msgspec.Struct, frozen=True):
    """The file's canonical text; nothing if it is wrong."""

    text: str | None
    diagnostics: tuple[Diagnostic, ...] = ()


def canonical(file: RuleFile) -> Formatted:
    """Write one file."""
    read = nodes.read(file.name, file.text)
    errors = tuple(one for one in read.diagnostics if one.severity is Severity.ERROR)
    if errors:
        return Formatted(None, errors)
    for document in read.documents:
        if not isinstance(document, nodes.Sequence) and not meaning.is_nothing(document):
            where = nodes.where(document)
            mistake = diagnostics.whole("a rule file is a list of items", where)
            return Formatted(None, (diagnostics.error(_CODE, mistake, where, ""),))
    text, documents = file.text.decode("utf-8-sig"), read.documents
    for _ in range(_ROUNDS):
        before = text
        text = _Writer(comments.find(text, documents), len(text)).file(documents)
        documents = nodes.read(file.name, text.encode()).documents
        if text == before:
            break
    if meaning.of_all(documents) != meaning.of_all(read.documents):
        message = f"{file.name} can't be written in another form and mean the same"
        return Formatted(None, (Diagnostic(severity=Severity.ERROR, code=_CODE, message=message),))
    return Formatted(text)


class _Writer:
    def __init__(self, found: comments.Comments, end: int) -> None:
        self.comments = dict(found)
        self.end = end

    def file(self, documents: Sequence[nodes.Node]) -> str:
        written = [self.document(one) for one in documents if isinstance(one, nodes.Sequence)]
        last = self.taken(self.end)
        parts = ["\n---\n".join("\n".join(lines) for lines in written), "\n".join(last)]
        return "\n\n".join(part.strip("\n") for part in parts if part.strip()) + "\n"

    def document(self, document: nodes.Sequence) -> list[str]:
        lines: list[str] = []
        for item in document.items:
            lines += [""] if lines else []
            lines += self.taken(item.start)
            lines += self.element(item)
        return lines or ["[]"]

    def taken(self, start: int) -> list[str]:
        """Return the comments that belong to a place; each is written once."""
        return list(self.comments.pop(start, ()))

    def within(self, start: int) -> list[str]:
        return [line for line in self.taken(start) if line]

    def element(self, node: nodes.Node) -> list[str]:
        """Write an element of a list after its dash, comments of its beginning before that."""
        lines = self.node(node)
        above = list(itertools.takewhile(lambda line: line.startswith("#"), lines))
        first, *rest = lines[len(above) :]
        return [*above, f"- {first}".rstrip(), *(f"  {line}" for line in rest)]

    def node(self, node: nodes.Node) -> list[str]:
        match node:
            case nodes.Scalar():
                return [_scalar(node)]
            case nodes.Sequence(items=items):
                inline = self.inline(node)
                return inline if inline is not None else self.elements(items)
            case nodes.Mapping(entries=()):
                return ["{}"]
            case nodes.Mapping(entries=entries):
                lines: list[str] = []
                for key, value in _ordered(entries):
                    lines += self.within(key.start)
                    lines += self.entry(key, value)
                return lines

    def elements(self, items: Sequence[nodes.Node]) -> list[str]:
        lines: list[str] = []
        for item in items:
            lines += self.within(item.start)
            lines += self.element(item)
        return lines

    def entry(self, key: nodes.Scalar, value: nodes.Node) -> list[str]:
        """Write a key and its value."""
        name = scalar.written(key.value)
        match value:
            case nodes.Scalar():
                first, *rest = _value(key.value, value)
                return [f"{name}: {first}".rstrip(), *rest]
            case nodes.Sequence(items=items):
                has_rows = any(isinstance(item, nodes.Sequence) for item in items)
                inline = None if has_rows else self.inline(value)
                if inline is not None:
                    return [f"{name}: {inline[0]}", *inline[1:]]
                return [f"{name}:", *(f"  {line}" for line in self.elements(items))]
            case nodes.Mapping(entries=()):
                return [f"{name}: {{}}"]
            case nodes.Mapping():
                pass
        return [f"{name}:", *(f"  {line}" for line in self.node(value))]

    def inline(self, node: nodes.Sequence) -> list[str] | None:
        """Write a list in brackets, if it fits there and has no comments within."""
        words: list[str] = []
        for item in node.items:
            inner = self.inline(item) if isinstance(item, nodes.Sequence) else None
            if item.start in self.comments:
                return None
            if isinstance(item, nodes.Scalar) and not item.is_null:
                words.append(scalar.written(item.value, is_inside=True))
            elif inner is not None and len(inner) == 1:
                words += inner
            else:
                return None
        separated = [f"{word}," for word in words[:-1]] + words[-1:]
        first, *rest = layout.filled(separated or [""])
        lines = [f"[{first}", *(f"  {line}" for line in rest)]
        return [*lines[:-1], f"{lines[-1]}]"]


def _ordered(
    entries: tuple[tuple[nodes.Scalar, nodes.Node], ...],
) -> list[tuple[nodes.Scalar, nodes.Node]]:
    """Put an item's keys in their order; those that aren't known come behind."""
    names = {key.value for key, _ in entries}
    kind = next((kind for kind in KEYS if kind in names), None)
    if kind is None:
        return list(entries)
    places = {name: place for place, name in enumerate((*KEYS[kind], None, *_LAST))}
    return sorted(entries, key=lambda entry: places.get(entry[0].value, places[None]))


def _scalar(node: nodes.Scalar) -> str:
    return node.value if node.is_null else scalar.written(node.value)


def _value(key: str, node: nodes.Scalar) -> list[str]:
    """Write the value of a key: the first line stands behind it."""
    if node.is_null:
        return [node.value]
    known = meaning.switch(key, node.value)
    if known is not None:
        return [known]
    if key == "condition":
        lines = condition.lines(node.value)
        if lines is not None and all(map(str.isprintable, lines)):
            is_short = len(lines) == 1 and scalar.is_bare(lines[0])
            return [lines[0]] if is_short else _block(lines)
    text = (node.value.strip() if key in _TEXTS else "") or node.value
    if key in _TEXTS and len(text) > layout.WIDTH - len(key) and scalar.is_foldable(text):
        return _block(layout.filled(text.split(" "), hanging=""))
    return [scalar.written(text)]


def _block(lines: Sequence[str]) -> list[str]:
    return [">", *(f"  {line}" for line in lines)]
