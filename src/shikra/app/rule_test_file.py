"""
Read a file of rule tests: YAML text in, cases or diagnostics out.

All scalars stay text; the catalogue says later what a field's text means. A plain ``null`` as a
field's value takes the field away that the file's ``base`` put in. All mistakes are collected,
each with its place. ``docs/reference/rule-tests.md`` says how a file is written.
"""

import difflib
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec
import yaml

from shikra.app import rule_test_change
from shikra.model.diagnostic import Diagnostic, Severity, Span

UNREADABLE = "SHIKRA_TEST_READ"
UNKNOWN_KEY = "SHIKRA_TEST_UNKNOWN_KEY"
WRONG_VALUE = "SHIKRA_TEST_VALUE"

_FILE_KEYS = ("rule", "base", "events_file", "tests")
_CASE_KEYS = ("name", "rule", "fires", "event", "events_file", "change", "expect")
_EXPECT_KEYS = ("output_contains", "matched_name", "alerts")
_TRUTHS = {"true": True, "false": False}
_NAMES = ("opened", "real")


class Kept(msgspec.Struct, frozen=True):
    """Events that stand in a file, and what is changed in each."""

    file: str  # as it was written: beside the file of tests
    span: Span
    change: Mapping[str, Any] | None = None


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """An event, or the events of a file, and what a rule shall make of it."""

    name: str
    rule: str
    fires: bool
    event: Mapping[str, Any]
    span: Span
    field_spans: Mapping[str, Span]  # where each of the event's fields is written
    kept: Kept | None = None  # in the place of ``event``
    output_contains: tuple[str, ...] = ()
    alerts: int | None = None  # how many; None: one or more
    matched_name: str | None = None


class TestFile(msgspec.Struct, frozen=True):
    """What a file holds: cases, or what is wrong with it."""

    __test__ = False  # pytest: it only sounds like one

    cases: tuple[Case, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()
    doubtful: tuple[Case, ...] = ()  # with mistakes: what could be read, to be looked at only


def parse(name: str, data: bytes) -> TestFile:
    """Read the text of a test file."""
    try:
        text = data.decode()
        root = yaml.compose(text, Loader=yaml.CSafeLoader)
    except UnicodeDecodeError as error:
        at = Span(name, data.count(b"\n", 0, error.start) + 1, 1)
        message = f"byte {data[error.start]:#04x} is not UTF-8"
        return TestFile(diagnostics=(_problem(UNREADABLE, message, at),))
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        at = Span(name, mark.line + 1, mark.column + 1) if mark else Span(name, 1, 1)
        message = f"not YAML: {getattr(error, 'problem', None) or error}"
        return TestFile(diagnostics=(_problem(UNREADABLE, message, at),))
    reader = _Reader(name, text.splitlines())
    cases = tuple(reader.cases(root)) if root is not None else ()
    if not cases and not reader.problems:
        reader.note_empty()
    if reader.problems:
        return TestFile(diagnostics=tuple(reader.problems), doubtful=cases)
    return TestFile(cases)


class _Reader:
    """Takes nodes apart and notes what is wrong."""

    def __init__(self, file: str, lines: list[str]) -> None:
        self._file = file
        self._lines = lines
        self.problems: list[Diagnostic] = []

    def cases(self, root: yaml.Node) -> Iterator[Case]:
        """Read the file's only document."""
        parts = self._mapping(root, _FILE_KEYS, "the file")
        rule = self._text(parts["rule"], "rule") if "rule" in parts else ""
        base = self._event(parts["base"], "base") if "base" in parts else {}
        file = parts.get("events_file")
        if file is not None and base:
            self._note(file, "events_file: expected either it or base")
        for node in self._sequence(parts.get("tests"), "tests"):
            yield self._case(node, rule, base, file)

    def note_empty(self) -> None:
        """Complain of a file without tests."""
        message = 'no tests: expected "rule" and a list of "tests"'
        self.problems.append(_problem(WRONG_VALUE, message, Span(self._file, 1, 1)))

    def _case(
        self, node: yaml.Node, rule: str, base: Mapping[str, yaml.Node], file: yaml.Node | None
    ) -> Case:
        parts = self._mapping(node, _CASE_KEYS, "a test")
        fires = self._choice(parts.get("fires"), tuple(_TRUTHS), node, "fires")
        expected = self._mapping(parts.get("expect"), _EXPECT_KEYS, "expect")
        if expected and fires == "false":
            self._note(parts["expect"], "a rule that doesn't fire has no output to expect")
        name = self._text(parts["name"], "name") if "name" in parts else ""
        rule = self._text(parts["rule"], "rule") if "rule" in parts else rule
        for key, value in (("name", name), ("rule", rule)):
            if not value:
                self._note(node, f'a test without "{key}"')
        event = dict(base)
        if "event" in parts:
            event |= self._event(parts["event"], "event")
        event = {field: value for field, value in event.items() if not _is_null(value)}
        matched = expected.get("matched_name")
        return Case(
            name=name,
            rule=rule,
            fires=fires == "true",
            event=self._values(event),
            span=self._span(node),
            field_spans={field: self._span(value) for field, value in event.items()},
            kept=self._kept(parts, file),
            alerts=self._count(expected.get("alerts")),
            output_contains=self._texts(expected.get("output_contains"), "output_contains"),
            matched_name=self._choice(matched, _NAMES, node, "matched_name") if matched else None,
        )

    def _kept(self, parts: Mapping[str, yaml.Node], file: yaml.Node | None) -> Kept | None:
        """Return what a test says of a file of events, its own or that of all tests."""
        file = parts.get("events_file", file)
        change = parts.get("change")
        if file is None:
            if change is not None:
                self._note(change, "change: expected an events_file whose events are changed")
            return None
        if "event" in parts:
            self._note(parts["event"], "event: expected change, as the event is in a file")
        if change is not None and not isinstance(change, yaml.MappingNode):
            self._note(change, "change: expected keys with values")
            change = None
        changed = None if change is None else rule_test_change.value(change)
        return Kept(self._text(file, "events_file"), self._span(change or file), changed)

    def _count(self, node: yaml.Node | None) -> int | None:
        if node is None:
            return None
        text = self._text(node, "alerts")
        if not text.isdecimal() or int(text) == 0:
            self._note(node, f"alerts: expected how many, found {text!r}")
            return None
        return int(text)

    def _event(self, node: yaml.Node, what: str) -> dict[str, yaml.Node]:
        return self._mapping(node, None, what)

    def _mapping(
        self, node: yaml.Node | None, known: tuple[str, ...] | None, what: str
    ) -> dict[str, yaml.Node]:
        if node is None or _is_null(node):
            return {}
        if not isinstance(node, yaml.MappingNode):
            self._note(node, f"{what}: expected keys with values")
            return {}
        found: dict[str, yaml.Node] = {}
        for key_node, value in node.value:
            key = str(key_node.value)
            if known is not None and key not in known:
                near = difflib.get_close_matches(key, known, n=1)
                hint = f'did you mean "{near[0]}"?' if near else "known here: " + ", ".join(known)
                self._note(key_node, f'unknown key "{key}"', UNKNOWN_KEY, hint)
            elif key in found:
                self._note(key_node, f"{key} is set twice")
            else:
                found[key] = value
        return found

    def _sequence(self, node: yaml.Node | None, what: str) -> list[yaml.Node]:
        if node is None or _is_null(node):
            return []
        if not isinstance(node, yaml.SequenceNode):
            self._note(node, f"{what}: expected a list")
            return []
        return list(node.value)

    def _values(self, event: Mapping[str, yaml.Node]) -> dict[str, str | list[str]]:
        """Read the event's values, without those that are none."""
        found = {}
        for field, node in event.items():
            noted = len(self.problems)
            value = self._value(node, field)
            if len(self.problems) == noted:
                found[field] = value
        return found

    def _value(self, node: yaml.Node, what: str) -> str | list[str]:
        if isinstance(node, yaml.SequenceNode):
            return [self._text(item, what) for item in node.value]
        return self._text(node, what)

    def _texts(self, node: yaml.Node | None, what: str) -> tuple[str, ...]:
        if node is None:
            return ()
        value = self._value(node, what)
        return (value,) if isinstance(value, str) else tuple(value)

    def _text(self, node: yaml.Node, what: str) -> str:
        if isinstance(node, yaml.ScalarNode):
            return str(node.value)
        self._note(node, f"{what}: expected a single value")
        return ""

    def _choice(
        self, node: yaml.Node | None, choices: tuple[str, ...], parent: yaml.Node, what: str
    ) -> str:
        value = self._text(node, what) if node is not None else ""
        if value not in choices:
            message = f"{what}: expected {' or '.join(choices)}" + (value and f", found {value!r}")
            self._note(node or parent, message)
        return value

    def _span(self, node: yaml.Node) -> Span:
        return Span(self._file, node.start_mark.line + 1, node.start_mark.column + 1)

    def _note(self, node: yaml.Node, message: str, code: str = WRONG_VALUE, hint: str = "") -> None:
        excerpt = self._lines[node.start_mark.line]
        self.problems.append(_problem(code, message, self._span(node), excerpt, hint))


def _is_null(node: yaml.Node) -> bool:
    return isinstance(node, yaml.ScalarNode) and not node.style and node.value in {"", "~", "null"}


def _problem(code: str, message: str, span: Span, excerpt: str = "", hint: str = "") -> Diagnostic:
    return Diagnostic(
        severity=Severity.ERROR, code=code, message=message, span=span, excerpt=excerpt, hint=hint
    )
