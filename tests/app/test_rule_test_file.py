"""Files of rule tests are read, and their mistakes have a place."""

import pytest

from shikra.app import rule_test_file

GOOD = b"""\
rule: Read
base: {evt.type: open, fd.name: /a, proc.aname: [x, y], proc.args: ""}
tests:
  - name: one
    fires: true
    event:
      fd.name: /b
      proc.name: null
    expect:
      output_contains: b
      matched_name: real
  - name: two
    rule: Other
    fires: false
    event: {fd.name: ~, proc.name: 'null'}
"""


def test_an_event_is_put_over_the_base() -> None:
    """A test's fields stand before the file's; a plain null takes one away."""
    one, two = rule_test_file.parse("x.test.yaml", GOOD).cases
    common = {"evt.type": "open", "proc.aname": ["x", "y"], "proc.args": ""}
    assert one.event == common | {"fd.name": "/b"}
    assert two.event == common | {"proc.name": "null"}


def test_a_case_says_what_is_expected() -> None:
    """Rule, verdict and expectations are the test's, else the file's."""
    one, two = rule_test_file.parse("x.test.yaml", GOOD).cases
    assert (one.rule, one.fires, one.output_contains, one.matched_name) == (
        "Read",
        True,
        ("b",),
        "real",
    )
    assert (two.rule, two.fires, two.output_contains, two.matched_name) == (
        "Other",
        False,
        (),
        None,
    )


def test_events_may_stand_in_a_file() -> None:
    """A test names its own file before that of all tests, and what is changed in its events."""
    one, two = rule_test_file.parse(
        "x.test.yaml",
        b"rule: R\nevents_file: a.json\ntests:\n"
        b"- {name: one, fires: true, change: {verb: get}, expect: {alerts: 2}}\n"
        b"- {name: two, fires: false, events_file: b.json}\n",
    ).cases
    assert one.kept is not None
    assert two.kept is not None
    assert (one.kept.file, one.kept.change, one.alerts) == ("a.json", {"verb": "get"}, 2)
    assert (two.kept.file, two.kept.change, two.alerts) == ("b.json", None, None)


def test_a_field_has_a_place() -> None:
    """Where a field was written is kept, in the base too."""
    one, _ = rule_test_file.parse("x.test.yaml", GOOD).cases
    places = {field: (span.line, span.column) for field, span in one.field_spans.items()}
    assert places["fd.name"] == (7, 16)
    assert places["evt.type"] == (2, 18)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        pytest.param(b"", "x:1:1: SHIKRA_TEST_VALUE no tests", id="empty"),
        pytest.param(b"rule: R\n", "x:1:1: SHIKRA_TEST_VALUE no tests", id="no tests"),
        pytest.param(b"- a\n", "x:1:1: SHIKRA_TEST_VALUE the file: expected keys", id="a list"),
        pytest.param(b"a: [\n", "SHIKRA_TEST_READ not YAML", id="no YAML"),
        pytest.param(b"a: \xff\n", "x:1:1: SHIKRA_TEST_READ byte 0xff", id="no UTF-8"),
        pytest.param(
            b"rlue: R\n", 'x:1:1: SHIKRA_TEST_UNKNOWN_KEY unknown key "rlue"', id="unknown key"
        ),
        pytest.param(b"tests: x\n", "x:1:8: SHIKRA_TEST_VALUE tests: expected a list", id="text"),
        pytest.param(
            b"rule: R\ntests: [{name: n, fires: true, change: {}}]\n",
            "x:2:40: SHIKRA_TEST_VALUE change: expected an events_file",
            id="a change of nothing",
        ),
        pytest.param(
            b"rule: R\ntests: [{name: n, fires: true, events_file: x, change: [1]}]\n",
            "x:2:56: SHIKRA_TEST_VALUE change: expected keys with values",
            id="a change that is a list",
        ),
        pytest.param(
            b"rule: R\nevents_file: x\ntests: [{name: n, fires: true, event: {}}]\n",
            "x:3:39: SHIKRA_TEST_VALUE event: expected change",
            id="an event beside a file",
        ),
        pytest.param(
            b"base: {a: b}\nevents_file: x\n",
            "x:2:14: SHIKRA_TEST_VALUE events_file: expected either it or base",
            id="a base beside a file",
        ),
        pytest.param(
            b"rule: R\ntests: [{name: n, fires: true, expect: {alerts: no}}]\n",
            "x:2:49: SHIKRA_TEST_VALUE alerts: expected how many, found 'no'",
            id="no number",
        ),
        pytest.param(
            b"rule: R\ntests: [{name: n, fires: maybe}]\n",
            "x:2:26: SHIKRA_TEST_VALUE fires: expected true or false, found 'maybe'",
            id="no truth",
        ),
        pytest.param(
            b"rule: R\ntests: [{name: n}]\n",
            "x:2:9: SHIKRA_TEST_VALUE fires: expected true or false",
            id="no verdict",
        ),
        pytest.param(b"tests: [{name: n, fires: true}]\n", 'a test without "rule"', id="no rule"),
        pytest.param(b"rule: R\ntests: [{fires: true}]\n", 'a test without "name"', id="no name"),
        pytest.param(
            b"rule: R\ntests: [{name: n, fires: true, name: m}]\n",
            "name is set twice",
            id="a key twice",
        ),
        pytest.param(
            b"rule: R\ntests: [{name: n, fires: false, expect: {output_contains: x}}]\n",
            "has no output to expect",
            id="an output of silence",
        ),
        pytest.param(
            b"rule: R\ntests: [{name: n, fires: true, expect: {matched_name: any}}]\n",
            "matched_name: expected opened or real, found 'any'",
            id="no name of a file",
        ),
        pytest.param(
            b"rule: R\ntests: [{name: n, fires: true, event: {a: {b: c}}}]\n",
            "a: expected a single value",
            id="a mapping as value",
        ),
    ],
)
def test_a_mistake_has_a_place(text: bytes, complaint: str) -> None:
    """What is wrong in a file is named with line and column, and no case is taken from it."""
    read = rule_test_file.parse("x", text)
    assert read.cases == ()
    assert complaint in str(read.diagnostics[0])


def test_all_mistakes_are_collected() -> None:
    """One reading finds every mistake."""
    text = b"rlue: R\ntests: [{fires: maybe}]\n"
    assert len(rule_test_file.parse("x", text).diagnostics) == 4
