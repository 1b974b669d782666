"""What the configuration adds to outputs."""

import json
import time

import pytest

from shikra.alerts.json_line import JsonLine
from shikra.app import config
from shikra.app.pipeline import author
from shikra.app.pipeline.evaluate import evaluate
from shikra.app.settings import Settings
from shikra.model.alert import Alert
from support.events import POD, opened, plan_of, rule

RULES = rule("Read", "proc.name = cat", "%proc.name read", "  tags: [a, b]\n")


@pytest.fixture(autouse=True)
def _zone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fix the time zone."""
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()


def settings(text: str) -> Settings:
    """Read ``append_output``, which must be right as far as the configuration goes."""
    parsed = config.parse("c.yaml", f"append_output:\n{text}".encode(), {"SITE": "north"})
    assert parsed.settings is not None, parsed.diagnostics
    return parsed.settings


def alert(text: str) -> Alert:
    """Return the alert of a file read in a pod."""
    plan = plan_of(RULES, settings(text))
    assert not plan.diagnostics
    event = opened("/a")
    event.container = POD
    (match,) = evaluate(event, plan)
    return author.alert(match, plan, "node-1")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param("- extra_output: on %fd.name", "cat read on /a", id="text and field"),
        pytest.param("- extra_output: '%toupper(fd.name)'", "cat read /A", id="transformer"),
        pytest.param("- extra_output: '[%4fd.name]'", "cat read [/a  ]", id="width"),
        pytest.param("- extra_output: '%proc.sid'", "cat read <NA>", id="missing"),
        pytest.param("- extra_output: at ${SITE}", "cat read at north", id="variable"),
        pytest.param("- extra_output: ''", "cat read", id="nothing"),
        pytest.param("- extra_output: x\n- extra_output: y", "cat read x y", id="in order"),
        pytest.param("- match: {rule: Read}\n  extra_output: x", "cat read x", id="the rule"),
        pytest.param("- match: {rule: Rea*}\n  extra_output: x", "cat read", id="names are exact"),
        pytest.param("- match: {rule: Write}\n  extra_output: x", "cat read", id="another rule"),
        pytest.param("- match: {source: syscall}\n  extra_output: x", "cat read x", id="source"),
        pytest.param("- match: {source: k8s_audit}\n  extra_output: x", "cat read", id="no source"),
        pytest.param("- match: {tags: [a]}\n  extra_output: x", "cat read x", id="a tag"),
        pytest.param("- match: {tags: [b, a]}\n  extra_output: x", "cat read x", id="all tags"),
        pytest.param("- match: {tags: [a, c]}\n  extra_output: x", "cat read", id="not all tags"),
        pytest.param(
            "- match: {rule: Read, tags: [c]}\n  extra_output: x", "cat read", id="all must hold"
        ),
        pytest.param("- extra_fields: [fd.name]", "cat read", id="fields aren't text"),
        pytest.param(
            "- extra_output: '%container.name'\n  suggested_output: true",
            "cat read app container_id=0123456789ab container_image_repository=registry/web"
            " container_image_tag=1.0 k8s_pod_name=web-1 k8s_ns_name=shop",
            id="suggested, but not twice",
        ),
    ],
)
def test_text_is_added_to_the_rules_that_are_meant(text: str, message: str) -> None:
    """A blank, then the text; entries one after the other."""
    printed = alert(text).message
    assert sorted(printed.split(" ")) == sorted(message.split(" "))
    assert printed.startswith(message.partition(" container_id")[0])


@pytest.mark.parametrize(
    ("text", "name", "value"),
    [
        pytest.param("[fd.name]", "fd.name", "/a", id="text"),
        pytest.param("[proc.sid]", "proc.sid", None, id="missing is null"),
        pytest.param("[proc.aname[2]]", "proc.aname[2]", None, id="argument"),
        pytest.param("[toupper(fd.name)]", "toupper(fd.name)", "/A", id="transformer"),
        pytest.param("[{where: 'at %fd.name'}]", "where", "at /a", id="format"),
        pytest.param("[{sid: '%proc.sid'}]", "sid", "<NA>", id="a format is text"),
        pytest.param("[{site: '${SITE}'}]", "site", "north", id="text alone"),
        pytest.param("[{proc.name: x}]", "proc.name", "x", id="in an output field's place"),
    ],
)
def test_fields_are_added_to_json(text: str, name: str, value: object) -> None:
    """A field has its type, a format is text, under the name that it has in the file."""
    quoted = text.replace("[proc.aname[2]]", "['proc.aname[2]']")
    fields = json.loads(JsonLine()(alert(f"- extra_fields: {quoted}")))["output_fields"]
    assert fields[name] == value
    assert fields["evt.time"] == 1_700_000_000_000_000_000


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param(
            "- extra_output: in %proc.nmae",
            "c.yaml:2:20: SHIKRA_CONFIG_VALUE append_output[0].extra_output: unknown field"
            ' "proc.nmae" in the output – did you mean "proc.name"?',
            id="unknown field",
        ),
        pytest.param(
            "- extra_output: 'in %proc.nmae'",
            "c.yaml:2:21: SHIKRA_CONFIG_VALUE append_output[0].extra_output: unknown field"
            ' "proc.nmae" in the output – did you mean "proc.name"?',
            id="quoted",
        ),
        pytest.param(
            "- extra_output: |\n    100%",
            "c.yaml:2:18: SHIKRA_CONFIG_VALUE append_output[0].extra_output: a '%' must begin"
            " a field",
            id="block",
        ),
        pytest.param(
            "- match: {rule: Nobody}\n  extra_output: '%'",
            "c.yaml:3:18: SHIKRA_CONFIG_VALUE append_output[0].extra_output: a '%' must begin"
            " a field",
            id="for no rule",
        ),
        pytest.param(
            "- suggested_output: true\n- extra_fields:\n  - proc.nmae",
            "c.yaml:4:5: SHIKRA_CONFIG_VALUE append_output[1].extra_fields[0]: unknown field"
            ' "proc.nmae" in the output – did you mean "proc.name"?',
            id="extra field",
        ),
        pytest.param(
            "- extra_fields: [proc.name and more]",
            "c.yaml:2:18: SHIKRA_CONFIG_VALUE append_output[0].extra_fields[0]: expected a field,"
            " found 'proc.name and more'",
            id="more than a field",
        ),
        pytest.param(
            "- extra_fields: [{x: '%lower(proc.name)'}]",
            "c.yaml:2:24: SHIKRA_CONFIG_VALUE append_output[0].extra_fields[0]: unknown"
            " transformer 'lower' – did you mean \"tolower\"?",
            id="format of a field",
        ),
        pytest.param(
            "- extra_fields: [{x: a}, {x: b}]",
            "c.yaml:2:27: SHIKRA_CONFIG_VALUE append_output[0].extra_fields[1]: x is set twice",
            id="set twice",
        ),
        pytest.param(
            "- extra_output: '%evt.dir'",
            "c.yaml:2:19: LOAD_DEPRECATED_ITEM append_output[0].extra_output: usage of deprecated"
            " field 'evt.dir' has been detected in the rule output",
            id="deprecated, which is a warning",
        ),
    ],
)
def test_wrong_formats_are_told_at_their_place(text: str, message: str) -> None:
    """A mistake has the configuration's line and column, once, and what was meant."""
    rules = RULES + rule("Other", "proc.name = dog")
    (diagnostic,) = plan_of(rules, settings(text)).diagnostics
    assert str(diagnostic) == message


@pytest.mark.parametrize(
    ("text", "waits"),
    [
        pytest.param("- extra_output: '%fd.name'", False, id="nothing of the container"),
        pytest.param("- extra_output: '%k8s.ns.name'", True, id="in the text"),
        pytest.param("- extra_output: '%toupper(k8s.ns.name)'", True, id="transformed"),
        pytest.param("- extra_fields: [k8s.ns.name]", True, id="as a field"),
        pytest.param("- extra_fields: [{x: '%k8s.ns.name'}]", True, id="in a format"),
        pytest.param("- suggested_output: true", True, id="suggested"),
        pytest.param("- match: {rule: X}\n  suggested_output: true", False, id="for another rule"),
    ],
)
def test_a_rule_waits_for_what_is_added(text: str, waits: bool) -> None:
    """What a container runtime must be asked for is waited for, wherever it is printed."""
    assert bool(plan_of(RULES, settings(text)).waiting) == waits
