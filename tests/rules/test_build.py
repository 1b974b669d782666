"""From files to rules: what loading as a whole promises."""

import time
from collections.abc import Callable
from pathlib import Path

import hypothesis
import pytest
from hypothesis import strategies

from shikra.model import rule
from shikra.model.diagnostic import Severity
from shikra.rules import ir
from support import cases, language, rendering, rulesets

PARTS = [
    *("- rule: R\n", "- rule: Q\n", "- macro: m\n", "- list: l\n", "- ", "\n", ": ", "[", "]"),
    *("  desc: d\n", "  output: o %proc.name\n", "  priority: INFO\n", "  enabled: true\n"),
    *("  condition: evt.type = open\n", "  condition: m\n", "  condition: and proc.name in (l)\n"),
    *("  items: [a, b c, l]\n", "  append: true\n", "  override:\n", "    condition: append\n"),
    *("    exceptions: append\n", "  exceptions:\n", "  - name: e\n", "    fields: [proc.name]\n"),
    *("    values: [[a], [[b, c]]]\n", "    comps: in\n", "  tags: [t]\n", "  source: k8s_audit\n"),
    *("- required_engine_version: 5\n", "- required_plugin_versions:\n", "---\n"),
    *language.WORDS,
]
"""What rule files are made of."""

SHELL = rulesets.rule_text("evt.type = execve and proc.name in (sh, bash)")


def test_a_rule_becomes_a_circuit() -> None:
    """A condition's comparisons become atoms, and its words gates over them."""
    loaded = rulesets.load(SHELL)
    (found,) = loaded.ruleset.rules
    root = loaded.ruleset.nodes[found.root]
    assert isinstance(root, ir.Both)
    first, second = (loaded.ruleset.nodes[part] for part in root.parts)
    assert isinstance(first, ir.Atom)
    assert first.right == (b"execve",)
    assert isinstance(second, ir.Atom)
    assert (second.op, second.right) == (ir.Op.IN, (b"sh", b"bash"))
    assert found.event_types == {"execve"}


def test_an_error_empties_the_rule_set() -> None:
    """One mistake anywhere means no rules, so that half a set is never taken for a whole one."""
    loaded = rulesets.load(SHELL, rulesets.rule_text("proc.nmae = sh").replace("R", "Q"))
    assert not loaded.ok
    assert loaded.ruleset.rules == ()


def test_all_mistakes_of_all_files_are_reported() -> None:
    """A mistake in one place doesn't hide those in other places and files."""
    first = "- macro: m\n  condition: proc.name = = x\n" + rulesets.rule_text("proc.nmae = sh")
    second = rulesets.rule_text("fd.nmae = x or proc.pid contains 1", "%proc.nmae").replace(
        "R", "Q"
    )
    loaded = rulesets.load(first, second)
    places = {(d.span.file, d.span.line) for d in loaded.diagnostics if d.span}
    assert {("a.yaml", 2), ("a.yaml", 6), ("b.yaml", 4), ("b.yaml", 5)} <= places


def test_a_mistake_in_a_block_is_shown_where_it_stands() -> None:
    """Line, column, length, excerpt and hint lead to the word in the file."""
    loaded = rulesets.load(rulesets.rule_text("evt.type = execve\nand proc.nmae = sh"))
    (error,) = (d for d in loaded.diagnostics if d.severity is Severity.ERROR)
    assert str(error) == (
        'a.yaml:5:9: LOAD_ERR_COMPILE_CONDITION unknown field "proc.nmae"'
        ' – did you mean "proc.name"?'
    )
    assert error.span is not None
    assert error.excerpt[error.span.column - 1 :][: error.span.length] == "proc.nmae"
    assert error.item == 'rule "R"'


def test_a_macro_is_evaluated_once_for_all_rules() -> None:
    """Two rules that use one macro share its gate."""
    macro = "- macro: shell\n  condition: (proc.name = sh or proc.pname = sh)\n"
    one = rulesets.rule_text("evt.type = execve and shell")
    two = one.replace("execve", "open").replace("rule: R", "rule: Q")
    loaded = rulesets.load(macro + one + two)
    gates = [node for node in loaded.ruleset.nodes if isinstance(node, ir.Either)]
    assert len(gates) == 1


def test_less_severe_rules_are_left_out_but_checked() -> None:
    """A minimum priority leaves rules out, not their mistakes."""
    quiet = rulesets.load(SHELL, min_priority=rule.Priority.WARNING)
    assert quiet.ok
    assert quiet.ruleset.rules == ()
    wrong = rulesets.load(rulesets.rule_text("x.y = 1"), min_priority=rule.Priority.WARNING)
    assert not wrong.ok


@pytest.mark.parametrize(
    ("condition", "output", "waits", "has_path"),
    [
        pytest.param("proc.name = sh", "seen", False, False, id="neither"),
        pytest.param("fd.name = /x", "seen", False, True, id="a path"),
        pytest.param("k8s.ns.name = x", "seen", True, False, id="metadata in the condition"),
        pytest.param("proc.name = sh", "%k8s.ns.name", True, False, id="metadata in the output"),
        pytest.param("proc.name = sh", "%fd.name", False, False, id="a path in the output only"),
    ],
)
def test_a_rule_knows_what_it_needs(
    condition: str, output: str, waits: bool, has_path: bool
) -> None:
    """Who evaluates a rule learns whether it must wait, and whether to try the real path."""
    found = rulesets.only_rule(rulesets.rule_text(condition, output))
    assert (found.needs_metadata, found.uses_path) == (waits, has_path)


def test_a_macro_counts_for_what_a_rule_needs() -> None:
    """What a macro reads, its rule reads."""
    macro = "- macro: inner\n  condition: k8s.ns.name = x\n- macro: m\n  condition: inner\n"
    found = rulesets.only_rule(macro + rulesets.rule_text("evt.type = open and not m"))
    assert found.needs_metadata


def test_a_revision_changes_with_the_meaning_alone() -> None:
    """Blanks leave a rule's revision; condition, output, priority and macros change it."""
    macro = "- macro: m\n  condition: proc.name = sh\n"
    text = macro + rulesets.rule_text("evt.type = open and m")
    same = text.replace(" = ", "=")
    others = [
        text.replace("sh", "zsh"),
        text.replace("open", "openat"),
        text.replace("seen", "found"),
        text.replace("INFO", "ERROR"),
    ]
    revisions = [rulesets.only_rule(one).info.revision for one in (text, same, *others)]
    assert revisions[0] == revisions[1]
    assert len(set(revisions)) == 5


def test_keys_of_ours() -> None:
    """``names: opened`` is taken; ``enforce`` is known."""
    loaded = rulesets.load(
        rulesets.rule_text("evt.type = open", names="opened", enforce="kill", enabled="no")
    )
    (found,) = loaded.ruleset.rules
    assert found.opened_names_only
    assert not found.is_enabled
    assert rulesets.codes(loaded) == set()


def test_upstream_rules_load(shared_data: Callable[[str], Path]) -> None:
    """Upstream's rules for system calls load unchanged."""
    loaded = rulesets.load(shared_data("data/rules/falco_rules.yaml").read_bytes())
    assert loaded.ok, list(map(str, loaded.diagnostics))
    assert len(loaded.ruleset.rules) == 25


def test_upstream_audit_rules_load(shared_data: Callable[[str], Path]) -> None:
    """Upstream's rules for audit events load, and of each it is said that nothing feeds it."""
    text = shared_data("data/rules/k8s_audit_rules.yaml").read_bytes()
    loaded = rulesets.load(text, produced=("open",))
    assert loaded.ok, list(map(str, loaded.diagnostics))
    assert len(loaded.ruleset.rules) == 48
    unfed = [d.item for d in loaded.diagnostics if d.code == "SHIKRA_SOURCE_NOT_FED"]
    assert len(set(unfed)) == 48
    assert "SHIKRA_FIELD_NOT_FILLED" not in rulesets.codes(loaded)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="nothing"),
        pytest.param("---\n---\n", id="empty documents"),
        pytest.param("# nothing\n", id="a comment"),
        pytest.param("-\n- ~\n", id="empty items"),
        pytest.param("\ufeff---\n[]\n...\n", id="an empty list behind a byte order mark"),
    ],
)
def test_empty_documents_hold_nothing(text: str) -> None:
    """A document or item without content is passed over."""
    loaded = rulesets.load(text)
    assert (loaded.diagnostics, loaded.ruleset.rules) == ((), ())


@pytest.mark.parametrize(("given", "result"), cases.rows("build"))
def test_build_cases(given: str, result: str) -> None:
    """Loading a file says what its case shows."""
    assert rendering.loaded(given) == result


def test_a_later_file_replaces_and_keeps_the_place() -> None:
    """A rule that is defined again stays where it was, with its new meaning."""
    first = SHELL + rulesets.rule_text("evt.type = open").replace("rule: R", "rule: Q")
    loaded = rulesets.load(first, SHELL.replace("execve", "close"))
    assert [found.info.name for found in loaded.ruleset.rules] == ["R", "Q"]
    assert loaded.ruleset.rules[0].event_types == {"close"}


def test_an_override_in_a_later_file_leads_there() -> None:
    """A mistake in an appended condition is shown in the file that appends it."""
    more = "- rule: R\n  condition: and proc.nmae = x\n  override:\n    condition: append\n"
    loaded = rulesets.load(SHELL, more)
    assert [str(d)[:11] for d in loaded.diagnostics] == ["b.yaml:2:18"]


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(
            "- list: l\n  items: ["
            + "x," * 100_000
            + "y]\n"
            + rulesets.rule_text("evt.type = open and proc.name in (l)"),
            id="a list of 100,000 items",
        ),
        pytest.param(
            "".join(f"- list: l{n}\n  items: [l{n + 1}, l{n + 1}]\n" for n in range(60))
            + rulesets.rule_text("evt.type = open and proc.name in (l0)"),
            id="lists that double",
        ),
        pytest.param(
            "- macro: m0\n  condition: proc.name = x\n"
            + "".join(
                f"- macro: m{n + 1}\n  condition: (m{n} or not m{n}) and m{n}\n" for n in range(500)
            )
            + rulesets.rule_text("evt.type = open and m500"),
            id="macros that double",
        ),
        pytest.param(
            "".join(f"- macro: m{n}\n  condition: m{n + 1}\n" for n in range(2000)),
            id="macros that aren't there yet",
        ),
        pytest.param(
            "- macro: m0\n  condition: m1\n- macro: m1\n  condition: m0\n"
            "- macro: m0\n  condition: m1\n" + rulesets.rule_text("m0"),
            id="a circle",
        ),
        pytest.param(
            rulesets.rule_text("evt.type = open")
            + "- rule: R\n  condition: or proc.name = x\n  append: true\n" * 5_000,
            id="appended to again and again",
        ),
        pytest.param(
            "".join(f"- list: l{n}\n  items: [l{n + 1}, l{n + 1}]\n" for n in range(60))
            + rulesets.rule_text("proc.name in (l0)"),
            id="lists that double",
        ),
        pytest.param(
            "- list: l\n  items: ["
            + ", ".join(map(str, range(100_000)))
            + "]\n"
            + rulesets.rule_text("proc.name in (l)"),
            id="a list of a hundred thousand",
        ),
        pytest.param(
            rulesets.rule_text('proc.name regex "((a{0,1000}){0,1000}){0,1000}"'),
            id="a catastrophic regular expression",
        ),
        pytest.param(rulesets.rule_text("not(" * 100_000), id="negations that never end"),
        pytest.param(
            rulesets.rule_text("evt.type = open").replace("\n", "\r\n"), id="ends of lines of DOS"
        ),
        pytest.param(
            rulesets.rule_text("evt.type = open", output='"' + "%tolower(" * 50_000 + '"'),
            id="transformers that never end",
        ),
        pytest.param(
            rulesets.rule_text("evt.type = open and " + "proc.name = x and " * 50_000 + "a.b = c"),
            id="a megabyte of condition",
        ),
        pytest.param(
            rulesets.rule_text("evt.type = open" + " or proc.nmae = x" * 50_000),
            id="a megabyte of mistakes",
        ),
    ],
)
def test_large_and_twisted_files_take_bounded_time(text: str) -> None:
    """Whatever is loaded, time and memory stay in proportion to what was written."""
    began = time.process_time()
    loaded = rulesets.load(text)
    assert loaded.ok or loaded.diagnostics
    assert time.process_time() - began < 20


@hypothesis.given(strategies.lists(strategies.sampled_from(PARTS)).map("".join))
def test_any_file_loads_or_says_why_not(text: str) -> None:
    """Loading raises nothing, whatever parts a file is put together of."""
    loaded = rulesets.load(text)
    assert loaded.ok or loaded.diagnostics


def test_a_rule_on_events_that_nothing_makes_is_warned_of() -> None:
    """A rule that can't fire says so; one that can for some of its types doesn't."""
    text = rulesets.rule_text("evt.type in (symlink, ptrace)")
    text += rulesets.rule_text("evt.type in (symlink, open)").replace("rule: R", "rule: Q")
    loaded = rulesets.load(text, produced=("open",))
    assert loaded.ok
    (warning,) = map(str, loaded.diagnostics)
    assert warning == (
        "a.yaml:1:9: SHIKRA_EVENT_NOT_MADE nothing makes events of these types yet: "
        "ptrace, symlink. The rule can't fire"
    )


def test_a_rule_of_another_source_is_skipped() -> None:
    """Rules of a source that isn't there are skipped with a warning, whatever their fields."""
    loaded = rulesets.load(rulesets.rule_text("ka.verb = get", source="aws_cloudtrail"))
    assert loaded.ok
    assert loaded.ruleset.rules == ()
    assert rulesets.codes(loaded) == {"LOAD_UNKNOWN_SOURCE"}


def test_of_very_many_mistakes_the_first_are_told() -> None:
    """A file's errors come before its warnings, and the rest is counted."""
    warned = "".join(f"- macro: m{n}\n  condition: evt.type = open\n" for n in range(400))
    wrong = "".join(
        rulesets.rule_text("evt.tpye = open").replace("rule: R", f"rule: R{n}") for n in range(400)
    )
    loaded = rulesets.load(warned + wrong, rulesets.rule_text("evt.tpye = open"))
    *told, other, more = loaded.diagnostics
    assert len(told) == 300
    assert all(d.severity is Severity.ERROR for d in told)
    assert other.span is not None
    assert other.span.file == "b.yaml"
    assert (more.code, more.message) == ("SHIKRA_MORE_MISTAKES", "and 500 more")
