"""Rule files in their canonical form."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shikra.rules import collect, items, layout, read, show, tree
from shikra.rules.canonical import condition, file, meaning, scalar
from shikra.rules.read import RuleFile
from support import cases, language, rulesets, shared

PACKS = Path(__file__).resolve().parents[3] / "rules"


def _canonical(text: str) -> str:
    formatted = file.canonical(RuleFile("a.yaml", text.encode()))
    assert formatted.text is not None, list(map(str, formatted.diagnostics))
    return formatted.text


@pytest.mark.parametrize(("given", "expected"), cases.rows("canonical"))
def test_files_have_one_form(given: str, expected: str) -> None:
    """Files are written in the form that the cases show, which is its own canonical form."""
    assert _canonical(given).rstrip("\n") == expected
    assert _canonical(expected) == _canonical(given)


COMMENTED = """\
# the file

# the list
- list: l # behind
  # on items
  items: [a, b]
- list: k
  items:
    - a # on a
    # on b
    - b
# the end
"""

IN_FORM = """\
# the file

# the list
# behind
- list: l
  # on items
  items: [a, b]

- list: k
  items:
    # on a
    - a
    # on b
    - b

# the end
"""


def test_comments_stay() -> None:
    """A comment stays with the item, key or element that it is about."""
    assert _canonical(COMMENTED) == IN_FORM
    assert _canonical(IN_FORM) == IN_FORM


def test_documents_stay_apart() -> None:
    """Documents of a file stay apart; empty ones go."""
    given = "---\n- list: a\n  items: []\n---\n~\n---\n- list: b\n  items: []\n"
    assert _canonical(given) == "- list: a\n  items: []\n---\n- list: b\n  items: []\n"


def test_a_comment_that_moves_settles() -> None:
    """What is written is canonical, even where a comment stood within brackets."""
    given = "- rule: R\n  exceptions:\n    - name: e\n      values:\n        - [\n# c\n[x]]\n"
    assert _canonical(_canonical(given)) == _canonical(given)
    assert _canonical(given).count("# c") == 1


@pytest.mark.parametrize(
    ("text", "told"),
    [
        pytest.param("- list: a\n  items: [", "LOAD_ERR_YAML_PARSE", id="not YAML"),
        pytest.param("list: a\nitems: [b]\n", "SHIKRA_CANT_FORMAT", id="no list of items"),
    ],
)
def test_what_is_no_rule_file_is_refused(text: str, told: str) -> None:
    """What can't be read as a rule file isn't written anew, and it is told why."""
    formatted = file.canonical(RuleFile("a.yaml", text.encode()))
    assert formatted.text is None
    assert {one.code for one in formatted.diagnostics} == {told}


@pytest.mark.parametrize("pack", sorted(path.name for path in PACKS.iterdir() if path.is_dir()))
def test_packs_load_to_the_same_rules(pack: str) -> None:
    """A pack in canonical form is the same circuit, rules and revisions, with all its comments."""
    paths = [path for path in sorted((PACKS / pack).glob("*.yaml")) if ".test" not in path.name]
    before = [path.read_text() for path in paths]
    _assert_same(before, [_canonical(text) for text in before])


def test_upstreams_rules_load_to_the_same_rules() -> None:
    """Upstream's rules in canonical form are the same rules, with all their comments."""
    folder = shared.shared_data("data/rules")
    for path in sorted(folder.glob("*.yaml")):
        _assert_same([path.read_text()], [_canonical(path.read_text())])


def _assert_same(before: list[str], after: list[str]) -> None:
    first, second = rulesets.load(*before), rulesets.load(*after)
    assert first.ruleset.rules
    assert first.ruleset == second.ruleset
    for old, new in zip(before, after, strict=True):
        assert sorted(_comments(old)) == sorted(_comments(new))


def _comments(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip().startswith("#")]


TEXTS = st.text(
    st.characters(codec="utf-8", exclude_characters="\0"), max_size=20
) | st.sampled_from(
    [
        "",
        "null",
        "~",
        "yes",
        "0755",
        "a b",
        "a: b",
        "a #b",
        "'",
        '"',
        "%x",
        "- a",
        "[",
        "*",
        "a,b",
        "é",
    ]
)
COMMENTS = st.lists(st.sampled_from(["# one", "#", "# x: y", ""]), max_size=2)
NAMES = st.sampled_from(["a", "b", "c_1"])


def _quoted(text: str) -> str:
    return '"' + "".join(scalar.escaped(character) for character in text) + '"'


@st.composite
def _conditions(draw: st.DrawFn) -> str:
    expr: tree.Expr = draw(language.leaves | language.conditions)
    text = show.show(expr)
    start = draw(st.sampled_from(["", "and ", "or not ", "( "]))
    return start + text + (" )" if start == "( " else "")


@st.composite
def _files(draw: st.DrawFn) -> str:
    lines: list[str] = []
    for _ in range(draw(st.integers(1, 4))):
        lines += draw(COMMENTS)
        name = draw(NAMES)
        entries = {
            "list": [("items", "[" + ", ".join(map(_quoted, draw(st.lists(TEXTS)))) + "]")],
            "macro": [("condition", _quoted(draw(_conditions())))],
            "rule": [
                ("priority", draw(st.sampled_from(["info", "Critical", "DEBUG"]))),
                ("condition", _quoted(draw(_conditions()))),
                ("output", _quoted(draw(TEXTS))),
                ("enabled", draw(st.sampled_from(["yes", "False"]))),
                ("desc", _quoted(draw(TEXTS))),
            ],
        }
        kind = draw(st.sampled_from(sorted(entries)))
        lines.append(f"- {kind}: {name}")
        for key, value in draw(st.permutations(entries[kind])):
            lines += [f"  {comment}" for comment in draw(COMMENTS)]
            lines.append(f"  {key}: {value}")
    return "\n".join(lines) + "\n"


@settings(max_examples=25, deadline=None)
@given(_files())
def test_any_file_defines_the_same(text: str) -> None:
    """Whatever a file holds, its canonical form defines the same, and is its own."""
    written = _canonical(text)
    assert _defined(written) == _defined(text)
    assert _canonical(written) == written
    wanted = sorted(line.strip() for line in text.splitlines() if line.strip().startswith("#"))
    assert sorted(_comments(written)) == wanted


def _defined(text: str) -> list[object]:
    """Return what a file defines, conditions as trees."""
    found = read.read(RuleFile("a.yaml", text.encode()))
    defined: list[object] = []
    for item in found.items:
        match item:
            case items.ListItem():
                defined.append((item.name.value, [one.value for one in item.items]))
            case items.MacroItem():
                defined.append((item.name.value, _tree(item.condition)))
            case items.RuleItem():
                texts = (item.output, item.desc)
                said = [text.value.strip() if text else None for text in texts]
                defined.append(
                    (item.name.value, _tree(item.condition), said, item.enabled, item.priority)
                )
    collect.collect(found.items)
    return defined


def _tree(text: object) -> object:
    return None if text is None else meaning.condition(text.value)  # type: ignore[attr-defined]


def test_lines_are_short() -> None:
    """A list that doesn't fit in a line is broken between its values."""
    text = f"proc.name in ({', '.join(f'program{n}' for n in range(40))})"
    lines = condition.lines(text)
    assert lines is not None
    assert max(map(len, lines)) <= layout.WIDTH + len("program00, ")
