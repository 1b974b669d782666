"""
Rule files as upstream's own tests load them.

Steps that ask for something else than loading are left to other tests, see ``OTHER_STEPS``.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from shikra.model import event_types, fields
from shikra.rules import (
    build,
    check,
    collect,
    conditions,
    diagnostics,
    keys,
    nodes,
    operands,
    parse,
    read,
    requirements,
    schema,
    show,
)
from support import rulesets, vectors

OTHER_WORDS = {  # upstream's message to ours, where ours says it better
    "filter_check called with nonexistent field proc.nobody": 'unknown field "proc.nobody"',
}
OTHER_STEPS = {
    "describe_size": "descriptions are printed by the command line",
    "load_result": "C++ code, the same as the expectation of the load itself",
}
DEFAULT_RULESET = "falco-default-ruleset"  # the others are filled by enabling


@pytest.mark.parametrize("row", vectors.rows("rules_load", "tests"))
def test_files_load_as_upstream(row: dict[str, Any]) -> None:
    """A file is accepted or refused as upstream does, with its words, and means the same."""
    text = ""
    for step in row["steps"]:
        if step["op"].startswith("enable_rule"):
            return  # what follows is about rules that the configuration enables
        if step["op"] == "load":
            text += step["content"]
        _check(step, text)


@pytest.mark.parametrize("row", vectors.rows("falco_testing_validation", "tests"))
def test_mistakes_are_named_as_upstream(
    row: dict[str, Any], validation_files: dict[str, dict[str, str]]
) -> None:
    """A mistake has upstream's code, is in the item that upstream names, and says the same."""
    loaded = rulesets.load(*(validation_files[name]["content"] for name in row["validate"]))
    assert loaded.ok != any(expected.get("what") == "errors" for expected in row["expect"])
    for expected in row["expect"]:
        if isinstance(expected.get("filter"), dict):
            wanted = expected["filter"]
            label = wanted["OfItemType"]
            if "OfItemName" in wanted:
                label += f' "{wanted["OfItemName"]}"'
            message = OTHER_WORDS.get(wanted["OfMessage"], wanted["OfMessage"])
            found = {(d.code, d.item, d.message) for d in loaded.diagnostics}
            assert (wanted["OfCode"], label, message) in found
        elif "raw" in expected:  # warnings.OfItemName("...")
            name = expected["raw"].split('"')[1]
            warned = {d.item for d in loaded.diagnostics if d.code == "LOAD_NO_EVTTYPE"}
            assert f'rule "{name}"' in warned


@pytest.fixture(scope="module")
def validation_files(shared_data: Callable[[str], Path]) -> dict[str, dict[str, str]]:
    """Read the files that upstream validates, by the names that its tests use."""
    path = shared_data("data/conformance/falco_testing_validation.json")
    found: dict[str, dict[str, str]] = json.loads(path.read_text())["files"]
    return found


@pytest.mark.parametrize("row", vectors.rows("rules_load", "filter_warnings"))
def test_conditions_are_warned_of_as_upstream(row: dict[str, Any]) -> None:
    """Comparisons with <NA> and tests of the direction are warned of."""
    text = fields.CATALOGUE["proc.name"]
    mocks = {
        name: msgspec.structs.replace(text, name=name)
        for name in ("some.field", "ka.field", "jevt.field")
    }
    parsed = parse.parse(row["condition"])
    assert not isinstance(parsed, diagnostics.Mistake)
    scope = operands.Scope({**fields.CATALOGUE, **mocks}, "syscall", event_types.NAMES)
    checked = check.check(parsed, scope)
    assert not checked.errors
    assert bool(checked.warnings) == row["warns"]


def _check(step: dict[str, Any], text: str) -> None:
    loaded = rulesets.load(text)
    match step["op"]:
        case "load":
            assert step["expect"] is None or loaded.ok == (step["expect"] == "ok"), _said(loaded)
        case "error" | "warning":
            found = any(step["contains"] in message for message in _said(loaded, step["op"]))
            assert found == step["expect"], _said(loaded)
        case "has_warnings":
            assert bool(_said(loaded, "warning")) == step["expect"], _said(loaded)
        case "schema_validation":
            verdict = schema.verdict(build.RuleFile("a.yaml", text.encode()))
            assert verdict.startswith(step["expect"]), verdict
        case "compiled_rule_condition":
            assert _compiled(text, step["rule"]) == step["expect"]
        case "num_enabled_rules":
            enabled = sum(rule.is_enabled for rule in loaded.ruleset.rules)
            assert step["ruleset"] != DEFAULT_RULESET or enabled == step["expect"]
        case "describe_rule":
            _check_description(step, text)
        case "check_requirements":
            assert bool(_unsatisfied(step)) == (step["expect"] == "error")
        case other:
            assert other in OTHER_STEPS


def _said(loaded: build.Loaded, severity: str = "") -> list[str]:
    return [d.message for d in loaded.diagnostics if severity in ("", d.severity.value)]


def _definitions(text: str) -> collect.Definitions:
    return collect.collect(read.read(build.RuleFile("a.yaml", text.encode())).items)


def _compiled(text: str, rule: str) -> str:
    parsed = conditions.parse_all(_definitions(text))
    return show.canonical(conditions.resolved(parsed, rule))


def _check_description(step: dict[str, Any], text: str) -> None:
    found = _definitions(text)
    match step["path"]:
        case ["rules", _, "info", key]:
            value = getattr(found.rules[step["rule"]], {"description": "desc"}.get(key, key))
            assert getattr(value, "value", value) == step["expect"]
        case ["lists", index, "details", "items_compiled", item]:
            items = list(found.lists.values())[int(index)].items
            assert items[int(item)].value == step["expect"]
        case path:
            pytest.fail(f"an unknown description: {path}")


def _unsatisfied(step: dict[str, Any]) -> list[str]:
    available = {}
    for name, text in step["loaded_plugins"].items():
        version = requirements.version(text)
        assert version is not None
        available[name] = version
    (document,) = nodes.read("a.yaml", step["content"].encode()).documents
    assert isinstance(document, nodes.Sequence)
    messages = []
    for item in document.items:
        assert isinstance(item, nodes.Mapping)
        found = keys.Keys(item, "required_plugin_versions")
        requirements.plugins(found, available)
        messages += [str(diagnostic) for diagnostic in found.diagnostics]
    return messages
