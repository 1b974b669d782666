"""Rules made ready."""

import pytest

from shikra.app.pipeline.plan import plan
from shikra.app.settings import AppendOutput, Settings
from shikra.backends.live import render
from shikra.model.event_types import NAMES
from shikra.model.fields import CATALOGUE
from shikra.rules import build
from shikra.rules.ir import Op
from support import circuits
from support.events import POD, opened, plan_of, rule

PLAIN = Settings(append_output=(AppendOutput(suggested_output=False),))
SUGGESTED = (
    " container_id=0123456789ab container_name=app container_image_repository=registry/web"
    " container_image_tag=1.0 k8s_pod_name=web-1 k8s_ns_name=shop"
)


@pytest.mark.parametrize(
    ("output", "settings", "expected"),
    [
        pytest.param("read", Settings(), "read" + SUGGESTED, id="appended"),
        pytest.param("read", PLAIN, "read", id="switched off"),
        pytest.param(
            "read in %container.name",
            Settings(),
            "read in app" + SUGGESTED.replace(" container_name=app", ""),
            id="not what the rule prints itself",
        ),
    ],
)
def test_outputs_end_in_what_falco_suggests(output: str, settings: Settings, expected: str) -> None:
    """Where it happened is appended to each output, each field once."""
    event = opened("/a")
    event.container = POD
    (template,) = plan_of(rule("R", "proc.name = cat", output), settings).outputs
    rendered = render.render(template, event)
    assert sorted(rendered.split()) == sorted(expected.split())


@pytest.mark.parametrize(
    ("condition", "output", "settings", "waits"),
    [
        pytest.param("proc.name = cat", "read", PLAIN, False, id="nothing of the container"),
        pytest.param("k8s.ns.name = a", "read", PLAIN, True, id="in the condition"),
        pytest.param("proc.name = cat", "in %k8s.ns.name", PLAIN, True, id="in the output"),
        pytest.param("proc.name = cat", "read", Settings(), True, id="in what is appended"),
        pytest.param("container.id = host", "%container.id", PLAIN, False, id="known at once"),
    ],
)
def test_a_rule_waits_if_it_reads_or_prints_metadata(
    condition: str, output: str, settings: Settings, waits: bool
) -> None:
    """Only what a container runtime must be asked for makes a rule wait."""
    assert bool(plan_of(rule("R", condition, output), settings).waiting) == waits


def test_only_enabled_rules_are_watched_for() -> None:
    """The event types are those of the rules that can fire."""
    other = rule("Off", "proc.name = cat", more="  enabled: false\n").replace("openat", "connect")
    file = build.RuleFile("rules.yaml", (rule("On", "proc.name = cat") + other).encode())
    loaded = build.load([file], CATALOGUE, event_types=NAMES)
    assert plan(loaded.ruleset, Settings(), CATALOGUE).event_types == {"openat"}


def test_a_rule_that_cannot_be_compiled_is_told() -> None:
    """Its name and the reason are there to be shown; that is never its author's mistake."""
    unreadable = circuits.ruleset(circuits.atom("proc.name", Op.REGEX, b"("))
    made = plan(unreadable, Settings(), CATALOGUE)
    assert list(made.unusable()) == ["only"]
