"""Fields that the configuration fixes."""

from pathlib import Path

import pytest

from shikra.app import prepare
from shikra.app.pipeline import author
from shikra.app.pipeline.evaluate import evaluate
from shikra.app.pipeline.plan import Plan
from shikra.app.prepare import Mistaken, Prepared, Request
from shikra.model.alert import Alert
from support.events import opened, rule

CONFIG = """\
static_fields: {site: north, rack: "7"}
append_output:
- extra_output: rack %static.rack
  extra_fields: [static.rack, {where: "%static.site/%proc.name"}]
"""


def planned(tmp_path: Path, rules: str) -> Plan:
    """Make rules ready that name these fields."""
    (tmp_path / "rules.yaml").write_text(rules)
    (tmp_path / "config.yaml").write_text(CONFIG)
    request = Request(config=tmp_path / "config.yaml", rules=(str(tmp_path / "rules.yaml"),))
    found = prepare.prepare(request, {})
    assert isinstance(found, Prepared), found
    assert not found.warnings
    return found.plan


def alerts(plan: Plan) -> list[Alert]:
    """Return what is told of a file that a process opened."""
    return [author.alert(match, plan, "node-1") for match in evaluate(opened("/north"), plan)]


@pytest.mark.parametrize(
    ("condition", "fires"),
    [
        pytest.param("static.site = north", True, id="equal"),
        pytest.param("static.site != north", False, id="not equal"),
        pytest.param("not static.site = south", True, id="negated"),
        pytest.param("static.site in (south, north)", True, id="in a list"),
        pytest.param("static.site startswith nor", True, id="operator"),
        pytest.param("static.site regex 'n.*h'", True, id="regular expression"),
        pytest.param("static.site exists", True, id="exists"),
        pytest.param("toupper(static.site) = NORTH", True, id="transformed"),
        pytest.param("static.rack > 5", True, id="greater, as text"),
        pytest.param("static.site = north and proc.name = dog", False, id="with another"),
        pytest.param("static.site = south or proc.name = cat", True, id="or another"),
        pytest.param("proc.name = val(static.site)", False, id="on the right"),
        pytest.param("fd.name endswith val(static.site)", True, id="on the right of an operator"),
        pytest.param("static.site = val(static.rack)", False, id="on both sides"),
        pytest.param("fd.name = concat('/', static.site)", True, id="within a transformer"),
    ],
)
def test_conditions_compare_them(tmp_path: Path, condition: str, fires: bool) -> None:
    """A comparison holds of the configured value, for every event and under both names."""
    assert len(alerts(planned(tmp_path, rule("R", condition)))) == fires


def test_outputs_print_them(tmp_path: Path) -> None:
    """Text and fields have the value, in a rule's output as in what is added to it."""
    (alert,) = alerts(planned(tmp_path, rule("R", "proc.name = cat", "at %toupper(static.site)")))
    assert alert.message == "at NORTH rack 7"
    assert alert.fields == {
        "toupper(static.site)": "NORTH",
        "static.rack": "7",
        "where": "north/cat",
    }


def test_others_are_unknown(tmp_path: Path) -> None:
    """A field that isn't configured is a mistake, with a hint at one that is."""
    (tmp_path / "config.yaml").write_text(CONFIG)
    (tmp_path / "rules.yaml").write_text(rule("R", "static.sites = north"))
    request = Request(config=tmp_path / "config.yaml", rules=(str(tmp_path / "rules.yaml"),))
    found = prepare.prepare(request, {})
    assert isinstance(found, Mistaken)
    assert 'did you mean "static.site"?' in str(found.diagnostics[0])
