"""Which fields rules read."""

import pytest

from shikra.app.pipeline.fields_read import fields_read
from shikra.model import event_types, fields
from shikra.rules import build


@pytest.mark.parametrize(
    ("condition", "output", "read"),
    [
        pytest.param("proc.name = nc", "o", {"proc.name"}, id="in a condition"),
        pytest.param(
            "proc.name = val(proc.pname)", "o", {"proc.name", "proc.pname"}, id="both sides"
        ),
        pytest.param("toupper(fd.name) = X", "o", {"fd.name"}, id="transformed"),
        pytest.param("proc.aname[2] = nc", "o", {"proc.aname"}, id="with an argument"),
        pytest.param(
            "proc.name = nc", "%fd.name_changed", {"proc.name", "fd.name_changed"}, id="printed"
        ),
    ],
)
def test_fields_are_found(condition: str, output: str, read: set[str]) -> None:
    """What a condition compares is read, and what an output prints."""
    text = f"- rule: R\n  desc: d\n  condition: evt.type = connect and {condition}\n"
    file = build.RuleFile("r.yaml", f"{text}  output: {output}\n  priority: INFO\n".encode())
    loaded = build.load([file], fields.CATALOGUE, event_types=event_types.NAMES)
    assert loaded.ok, list(map(str, loaded.diagnostics))
    templates = [rule.output for rule in loaded.ruleset.rules]
    assert fields_read(loaded.ruleset, templates) == {"evt.type", *read}
