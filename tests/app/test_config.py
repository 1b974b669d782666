"""Configuration files: what is taken, what is refused and how that is said."""

from typing import Any

import pytest

from shikra.app import config, settings
from shikra.app.settings import DropAction, FileOutput, RuleMatching, Selection, Settings, Target
from shikra.model.rule import Priority

ENVIRONMENT = {"PORT": "9000", "DIR": "/srv", "LEVEL": "error"}


def taken(text: str) -> Settings:
    """Return the settings of a file that is right."""
    parsed = config.parse("shikra.yaml", text.encode(), ENVIRONMENT)
    assert parsed.diagnostics == ()
    assert parsed.settings is not None
    return parsed.settings


def refused(text: str | bytes) -> list[str]:
    """Return what is said of a file that is wrong."""
    data = text.encode() if isinstance(text, str) else text
    parsed = config.parse("shikra.yaml", data, ENVIRONMENT)
    assert parsed.settings is None
    return [str(diagnostic) for diagnostic in parsed.diagnostics]


@pytest.mark.parametrize(
    ("text", "key", "value"),
    [
        pytest.param("", "rules_files", settings.DEFAULT_PACKS, id="empty file"),
        pytest.param("# nothing\n", "priority", Priority.DEBUG, id="comment alone"),
        pytest.param("priority: Warning", "priority", Priority.WARNING, id="priority in any case"),
        pytest.param("priority: info", "priority", Priority.INFORMATIONAL, id="short priority"),
        pytest.param("priority: ${LEVEL}", "priority", Priority.ERROR, id="variable"),
        pytest.param("json_output: yes", "json_output", True, id="a YAML 1.1 boolean"),
        pytest.param('json_output: "true"', "json_output", True, id="a quoted boolean"),
        pytest.param("json_output:", "json_output", False, id="no value keeps the default"),
        pytest.param(
            "rules_files: [pack:runtime, '${DIR}/on']",
            "rules_files",
            ("pack:runtime", "/srv/on"),
            id="list with a variable",
        ),
        pytest.param("rules_files: [on, 012]", "rules_files", ("on", "012"), id="words stay words"),
        pytest.param(
            "rules_files: ['$${DIR}', '${UNSET}x']",
            "rules_files",
            ("${DIR}", "x"),
            id="escaped and unset variables",
        ),
        pytest.param(
            "webserver: {listen_port: '${PORT}'}",
            "webserver",
            settings.Webserver(listen_port=9000),
            id="number from a variable",
        ),
        pytest.param(
            "file_output: {enabled: true, filename: /var/log/alerts}",
            "file_output",
            FileOutput(enabled=True, filename="/var/log/alerts"),
            id="section",
        ),
        pytest.param(
            "static_fields: {site: '${LEVEL}', rack_2: 012}",
            "static_fields",
            {"site": "error", "rack_2": "012"},
            id="names of one's own",
        ),
        pytest.param("rule_matching: first", "rule_matching", RuleMatching.FIRST, id="choice"),
        pytest.param("metadata_wait_seconds: 0.25", "metadata_wait_seconds", 0.25, id="fraction"),
        pytest.param(
            "rules:\n- disable: {rule: '*'}\n- enable: {tag: secrets}",
            "rules",
            (Selection(disable=Target(rule="*")), Selection(enable=Target(tag="secrets"))),
            id="selections in order",
        ),
        pytest.param(
            "syscall_event_drops: {actions: [log, exit]}",
            "syscall_event_drops",
            settings.Drops(actions=(DropAction.LOG, DropAction.EXIT)),
            id="list of choices",
        ),
    ],
)
def test_a_setting_is_read_as_its_type_says(text: str, key: str, value: Any) -> None:
    """What the file says is what the setting is; the rest keeps its default."""
    assert getattr(taken(text), key) == value


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param(
            "json_ouptut: true",
            'shikra.yaml:1:1: SHIKRA_CONFIG_UNKNOWN_KEY unknown key "json_ouptut"'
            ' – did you mean "json_output"?',
            id="misspelt key",
        ),
        pytest.param(
            "priority: debug\nfile_output:\n  file_name: x",
            'shikra.yaml:3:3: SHIKRA_CONFIG_UNKNOWN_KEY unknown key "file_name"'
            ' – did you mean "filename"?',
            id="misspelt key of a section",
        ),
        pytest.param(
            "engine: {kind: kmod}",
            'shikra.yaml:1:1: SHIKRA_CONFIG_UNKNOWN_KEY unknown key "engine"'
            " – a setting of Falco that Shikra doesn't have: remove it",
            id="Falco's own setting",
        ),
        pytest.param(
            'webserver: {listen_address: ""}',
            "shikra.yaml:1:29: SHIKRA_CONFIG_VALUE webserver.listen_address:"
            " expected an address or a name, found ''",
            id="no address is not all of them",
        ),
        pytest.param(
            "webserver: {k8s_healthz_endpoint: healthz}",
            "shikra.yaml:1:35: SHIKRA_CONFIG_VALUE webserver.k8s_healthz_endpoint:"
            " expected a path like /healthz, found 'healthz'",
            id="a path without a slash",
        ),
        pytest.param(
            "stdout_output: {zzz: 1}",
            'shikra.yaml:1:17: SHIKRA_CONFIG_UNKNOWN_KEY unknown key "zzz" – known here: enabled',
            id="nothing similar",
        ),
        pytest.param(
            "json_output: maybe",
            "shikra.yaml:1:14: SHIKRA_CONFIG_VALUE json_output: expected bool, found 'maybe'",
            id="no boolean",
        ),
        pytest.param(
            "webserver:\n  listen_port: http",
            "shikra.yaml:2:16: SHIKRA_CONFIG_VALUE webserver.listen_port: expected int,"
            " found 'http'",
            id="no number",
        ),
        pytest.param(
            "webserver: {listen_port: 70000}",
            "shikra.yaml:1:26: SHIKRA_CONFIG_VALUE webserver.listen_port: expected int <= 65535,"
            " found '70000'",
            id="out of range",
        ),
        pytest.param(
            "outputs_queue: {capacity: 0}",
            "shikra.yaml:1:27: SHIKRA_CONFIG_VALUE outputs_queue.capacity: expected int >= 1,"
            " found '0'",
            id="no unbounded queue",
        ),
        pytest.param(
            "priority: urgent",
            "shikra.yaml:1:11: SHIKRA_CONFIG_VALUE priority: expected one of emergency, alert,"
            " critical, error, warning, notice, informational, debug, found 'urgent'",
            id="no priority",
        ),
        pytest.param(
            "rule_matching: some",
            "shikra.yaml:1:16: SHIKRA_CONFIG_VALUE rule_matching: expected one of all, first,"
            " found 'some'",
            id="no choice",
        ),
        pytest.param(
            "rules_files: rules.yaml",
            "shikra.yaml:1:14: SHIKRA_CONFIG_VALUE rules_files: expected a list,"
            " found 'rules.yaml'",
            id="a value for a list",
        ),
        pytest.param(
            "rules_files: [[a]]",
            "shikra.yaml:1:15: SHIKRA_CONFIG_VALUE rules_files[0]: expected a single value,"
            " found a list",
            id="a list in a list",
        ),
        pytest.param(
            "webserver: 8765",
            "shikra.yaml:1:12: SHIKRA_CONFIG_VALUE webserver: expected a mapping, found '8765'",
            id="a value for a section",
        ),
        pytest.param(
            "static_fields: {a.b: x}",
            "shikra.yaml:1:17: SHIKRA_CONFIG_VALUE static_fields: expected a name of letters,"
            " digits and _, found 'a.b'",
            id="no name for a field",
        ),
        pytest.param(
            "enforce: {mode: on}",
            "shikra.yaml:1:17: SHIKRA_CONFIG_VALUE enforce.mode: expected one of off, observe,"
            " enforce, found 'on'",
            id="no mode",
        ),
        pytest.param(
            "enforce: {rules: {A rule: 2}}",
            "shikra.yaml:1:27: SHIKRA_CONFIG_VALUE enforce.rules.A rule: expected one of off,"
            " observe, enforce, found '2'",
            id="no mode of a rule",
        ),
        pytest.param(
            "static_fields: {a: x, a: y}",
            "shikra.yaml:1:23: SHIKRA_CONFIG_VALUE static_fields.a is set twice",
            id="a name twice",
        ),
        pytest.param(
            "static_fields: [a]",
            "shikra.yaml:1:16: SHIKRA_CONFIG_VALUE static_fields: expected a mapping, found a list",
            id="a list for a mapping",
        ),
        pytest.param(
            "append_output: [extra_fields: [{a: x, b: y}]]",
            "shikra.yaml:1:32: SHIKRA_CONFIG_VALUE append_output[0].extra_fields[0]: expected"
            " a field, or one name with what is printed under it, found a mapping",
            id="two names for one field",
        ),
        pytest.param(
            "append_output: [extra_output: [x]]",
            "shikra.yaml:1:31: SHIKRA_CONFIG_VALUE append_output[0].extra_output: expected"
            " a single value, found a list",
            id="a list for an output",
        ),
        pytest.param(
            "append_output: [match: {rules: x}]",
            'shikra.yaml:1:25: SHIKRA_CONFIG_UNKNOWN_KEY unknown key "rules"'
            ' – did you mean "rule"?',
            id="misspelt key of a match",
        ),
        pytest.param(
            "- json_output",
            "shikra.yaml:1:1: SHIKRA_CONFIG_VALUE the file: expected a mapping, found a list",
            id="a list for the file",
        ),
        pytest.param(
            "priority: debug\npriority: error",
            "shikra.yaml:2:1: SHIKRA_CONFIG_VALUE priority is set twice",
            id="set twice",
        ),
        pytest.param(
            "a: [1",
            "shikra.yaml:2:1: SHIKRA_CONFIG_READ not YAML: did not find expected ',' or ']'",
            id="no YAML",
        ),
        pytest.param(
            b"priority: debug\n# \xff",
            "shikra.yaml:2:1: SHIKRA_CONFIG_READ byte 0xff is not UTF-8",
            id="no UTF-8",
        ),
    ],
)
def test_a_mistake_is_named_with_its_place(text: str | bytes, message: str) -> None:
    """A mistake says file, line and column, what was seen and what was expected."""
    assert refused(text) == [message]


def test_all_mistakes_are_told_at_once() -> None:
    """Nobody has to start the program once a mistake."""
    assert len(refused("nonsense: 1\npriority: 7\nwebserver: {port: x, listen_port: y}")) == 4
