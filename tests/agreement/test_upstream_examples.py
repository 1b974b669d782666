"""Recorded examples of conditions and outputs, from text to result."""

import json
from typing import Any

from shikra.backends.live.compile import compile_rules
from shikra.backends.live.render import output_fields, render
from shikra.model import event_types
from shikra.model.field import Catalogue
from shikra.rules import build
from shikra.rules.build import Loaded
from support import shared
from support.typed_fields import declare

NOT_OURS = {
    "start %proc.name %evt.asynctype end": "outputs are always printed to their end, as Falco does",
}

CREATORS = {"*%proc.aexe": {"proc.aexe": ["bash", "/sbin/init"]}}
"""Values of examples that are recorded as a tree of processes."""


def test_conditions() -> None:
    """Every recorded condition has its recorded result on the recorded values, or is refused."""
    differing = []
    for example in _examples("filter_eval.json"):
        catalogue, event = declare(example["fields"])
        loaded = _loaded(catalogue, condition=example["filter"])
        evaluator = compile_rules(loaded.ruleset)
        found = bool(evaluator.matches(event)) if loaded.ok else "error"
        expected = example["expect"]
        agrees = found != "error" if expected == "no_error" else found == expected
        if not agrees or evaluator.failures or evaluator.unusable:
            differing.append((example["filter"], expected, found))
    assert differing == []


def test_outputs() -> None:
    """Every recorded output is refused, or prints its recorded text or fields."""
    differing = []
    for example in _examples("formatter.json"):
        template = example["format"].removeprefix("*")
        if template in NOT_OURS:
            continue
        catalogue, event = declare(
            _typed(CREATORS.get(example["format"], example.get("fields", {})))
        )
        loaded = _loaded(catalogue, output=template)
        if "expect" in example:
            agrees = loaded.ok is (example["expect"] == "no_error")
            found: object = loaded.diagnostics
        elif not loaded.ok:
            agrees, found = False, loaded.diagnostics
        else:
            found = _printed(loaded, event, as_json=example["json"])
            agrees = found == example.get("output", found) and _has_fields(example, loaded, event)
        if not agrees:
            differing.append((example["format"], found))
    assert differing == []


def _examples(name: str) -> list[dict[str, Any]]:
    path = shared.shared_data(f"data/conformance/{name}")
    examples: list[dict[str, Any]] = json.loads(path.read_text())["vectors"]
    return examples


def _loaded(
    catalogue: Catalogue, *, condition: str = "evt.type exists", output: str = "x"
) -> Loaded:
    document = [
        {
            "rule": "example",
            "desc": "of one condition and one output",
            "condition": condition,
            "output": output,
            "priority": "INFO",
        }
    ]
    file = build.RuleFile("example.yaml", json.dumps(document).encode())
    return build.load([file], catalogue, event_types=event_types.NAMES)


def _typed(fields: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Give values without a declared type the one they look like."""
    return {
        name: {"type": "INT64" if isinstance(value, int) else "CHARBUF", "value": value}
        for name, value in fields.items()
    }


def _printed(loaded: Loaded, event: Any, *, as_json: bool) -> str:
    template = loaded.ruleset.rules[0].output
    if not as_json:
        return render(template, event)
    fields = output_fields(template, event)
    return json.dumps(fields, sort_keys=True, separators=(",", ":"))


def _has_fields(example: dict[str, Any], loaded: Loaded, event: Any) -> bool:
    fields = output_fields(loaded.ruleset.rules[0].output, event)
    resolved = example.get("resolved", {})
    return all(str(fields.get(name)) == value for name, value in resolved.items())
