"""YAML as nodes that know where they stand."""

import re

import hypothesis
import pytest
from hypothesis import strategies

from shikra.rules import nodes


def scalars(node: nodes.Node) -> list[nodes.Scalar]:
    """Return every scalar value below a node."""
    match node:
        case nodes.Scalar():
            return [node]
        case nodes.Sequence(items=items):
            return [found for item in items for found in scalars(item)]
        case nodes.Mapping(entries=entries):
            return [found for _, value in entries for found in scalars(value)]


def read(text: str) -> list[nodes.Scalar]:
    """Read a file without a flaw and return its scalars."""
    file = nodes.read("f.yaml", text.encode())
    assert not file.diagnostics, list(map(str, file.diagnostics))
    return [found for document in file.documents for found in scalars(document)]


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("- one two", id="plain"),
        pytest.param("- one\n  two\n\n  three", id="plain, of several lines"),
        pytest.param("- |\n  one\n    two\n\n  three", id="literal"),
        pytest.param("- |2-\n    one\n  two", id="literal with an indicator"),
        pytest.param("- >  # comment\n  one\n  two\n\n  three", id="folded"),
        pytest.param('- "one\n  two"', id="in double quotes"),
        pytest.param("- 'it''s one\n  two'", id="in single quotes"),
        pytest.param('- "a\\tb \\"c\\" \\x41 two"', id="escapes"),
        pytest.param('- "one \\\n   two"', id="a line that goes on"),
        pytest.param("- one\r\n  two\r\n", id="lines that end as on Windows"),
        pytest.param("\ufeff- one", id="a byte order mark"),
        pytest.param("- x: [one, 'two', \"three\"]", id="in a flow"),
        pytest.param("- &a one\n- *a", id="an alias"),
        pytest.param("- grüße 🔑 two", id="beyond ASCII"),
    ],
)
def test_each_word_leads_to_its_place(text: str) -> None:
    """Whatever the style, a word of a value leads to that word in the file."""
    for scalar in read(text):
        for word in re.finditer(r"\w+", scalar.value):
            span = scalar.text().span(word.start(), word.end())
            line = scalar.source.line(span.line)[span.column - 1 :]
            assert line.startswith((word[0], "\\"))


def test_scalars_stay_text() -> None:
    """Nothing is taken for a number, a date or a truth value."""
    text = "[yes, 0755, 12:30, 2001-01-01, 1e3, ~, '']"
    assert [scalar.value for scalar in read(text)] == [
        *("yes", "0755", "12:30", "2001-01-01", "1e3", "~", "")
    ]


def test_a_value_may_begin_with_a_percent_sign() -> None:
    """An output that begins with a field needs no quotes, as with other readers of rules."""
    assert [s.value for s in read("- output: %proc.name x\n  desc: 100%\n- %x")] == [
        *("%proc.name x", "100%", "%x")
    ]


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        pytest.param(b"- a\n- \xff", "f.yaml:2:3: LOAD_ERR_YAML_PARSE not UTF-8", id="not UTF-8"),
        pytest.param(b"\xff\xfe-\0 \0a\0", "f.yaml:1:1: LOAD_ERR_YAML_PARSE not UTF", id="UTF-16"),
        pytest.param(b"- a\0b", "f.yaml:1:4: LOAD_ERR_YAML_PARSE control char", id="NUL"),
        pytest.param(b"a:\n\tb: c", "f.yaml:2:1: LOAD_ERR_YAML_PARSE", id="a tab"),
        pytest.param(b"- *a", "f.yaml:1:3: LOAD_ERR_YAML_PARSE alias *a has no anchor", id="alias"),
        pytest.param(b"&a [*a]", "f.yaml:1:5: LOAD_ERR_YAML_PARSE alias", id="a circle"),
        pytest.param(b"? [a]\n: b", "f.yaml:1:3: LOAD_ERR_YAML_PARSE a key must", id="odd key"),
        pytest.param(b"[" * 100_000, "f.yaml:1:33: LOAD_ERR_YAML_PARSE nested", id="nesting"),
        pytest.param(b"a: 1\na: 2", "f.yaml:2:1: SHIKRA_DUPLICATE_KEY", id="a key twice"),
    ],
)
def test_bad_input_is_a_diagnostic(raw: bytes, message: str) -> None:
    """What can't be read is said with its place."""
    (diagnostic,) = nodes.read("f.yaml", raw).diagnostics
    assert str(diagnostic).startswith(message)


def test_aliases_of_aliases_are_bounded() -> None:
    """A small file that stands for a huge one is refused at once."""
    lines = ["a0: &a0 [x,x,x,x,x,x,x,x,x,x]"]
    lines += (f"a{n}: &a{n} [{','.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 30))
    (diagnostic,) = nodes.read("f.yaml", "\n".join(lines).encode()).diagnostics
    assert "more than" in diagnostic.message


@hypothesis.given(strategies.binary() | strategies.text().map(str.encode))
def test_any_bytes_are_nodes_or_diagnostics(raw: bytes) -> None:
    """Reading raises nothing, whatever the file holds."""
    file = nodes.read("f.yaml", raw)
    for document in file.documents:
        for scalar in scalars(document):
            assert scalar.text().value == scalar.value
