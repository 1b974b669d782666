"""Options that win over the configuration."""

from typing import Any

import pytest

from shikra.app import config, settings
from shikra.app.settings import AppendOutput, Selection, Settings, Target

FILE = b"""\
json_output: false
rules:
- disable: {rule: A}
file_output: {filename: x}
webserver:
"""
A_OFF = Selection(disable=Target(rule="A"))


def taken(*options: str, data: bytes = FILE) -> Settings:
    """Return the settings of the file with options that are right."""
    parsed = config.parse("c.yaml", data, {"PORT": "9000"}, options)
    assert parsed.settings is not None, [str(one) for one in parsed.diagnostics]
    return parsed.settings


def refused(*options: str, data: bytes = FILE) -> list[str]:
    """Return what is said of options that are wrong."""
    parsed = config.parse("c.yaml", data, {}, options)
    assert parsed.settings is None
    return [str(one) for one in parsed.diagnostics]


@pytest.mark.parametrize(
    ("options", "key", "value"),
    [
        pytest.param(["json_output=true"], "json_output", True, id="what the file has"),
        pytest.param(["control_socket="], "control_socket", "", id="an empty text"),
        pytest.param(
            ["time_format_iso_8601=yes"], "time_format_iso_8601", True, id="what it lacks"
        ),
        pytest.param(["json_output=true", "json_output=no"], "json_output", False, id="last wins"),
        pytest.param(
            ["file_output.enabled=true"],
            "file_output",
            settings.FileOutput(enabled=True, filename="x"),
            id="beside what a section has",
        ),
        pytest.param(
            ["webserver.listen_port=1"],
            "webserver",
            settings.Webserver(listen_port=1),
            id="in a section without anything",
        ),
        pytest.param(
            ["outputs_queue.capacity=1"],
            "outputs_queue",
            settings.Queue(capacity=1),
            id="in a section that isn't there",
        ),
        pytest.param(
            ['webserver={"listen_port": 1}'],
            "webserver",
            settings.Webserver(listen_port=1),
            id="a section as JSON",
        ),
        pytest.param(
            ["webserver.listen_port=${PORT}"],
            "webserver",
            settings.Webserver(listen_port=9000),
            id="a variable",
        ),
        pytest.param(
            ["rules[].disable.rule=*", "rules[].enable.tag=x"],
            "rules",
            (A_OFF, Selection(disable=Target(rule="*")), Selection(enable=Target(tag="x"))),
            id="added to a list",
        ),
        pytest.param(
            ["rules[0].disable.rule=B"],
            "rules",
            (Selection(disable=Target(rule="B")),),
            id="a place in a list",
        ),
        pytest.param(
            ["rules[1].disable.tag=x"],
            "rules",
            (A_OFF, Selection(disable=Target(tag="x"))),
            id="the place behind the last",
        ),
        pytest.param(
            ["rules_files[]=mine.yaml"],
            "rules_files",
            (*settings.DEFAULT_PACKS, "mine.yaml"),
            id="added to the default",
        ),
        pytest.param(
            ["rules_files[0]=mine.yaml"], "rules_files", ("mine.yaml",), id="the only one"
        ),
        pytest.param(["rules_files=[a, b]"], "rules_files", ("a", "b"), id="a list as JSON"),
        pytest.param(
            ["file_output.filename=a=b.c"],
            "file_output",
            settings.FileOutput(filename="a=b.c"),
            id="equals signs and dots in a value",
        ),
        pytest.param(
            [r"file\_output.filename=y"],
            "file_output",
            settings.FileOutput(filename="y"),
            id="an escape in a key",
        ),
    ],
)
def test_an_option_wins_over_the_file(options: list[str], key: str, value: Any) -> None:
    """Options are followed in their order; the rest is what the file says."""
    assert getattr(taken(*options), key) == value


def test_options_need_no_file() -> None:
    """Without a file, options win over the defaults, to which they add."""
    found = taken('append_output[]={"extra_output": "on %proc.name"}', data=b"").append_output
    assert found[0] == AppendOutput(suggested_output=True)
    assert found[1].extra_output is not None
    assert found[1].extra_output.text == "on %proc.name"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        pytest.param(["json_output"], "-o:1:1: SHIKRA_CONFIG_OPTION expected KEY=VALUE", id="key"),
        pytest.param(["=x"], "-o:1:1: SHIKRA_CONFIG_OPTION expected a key before '='", id="no key"),
        pytest.param(
            ["rules..x=1"],
            "-o:1:6: SHIKRA_CONFIG_OPTION expected a key, as in webserver.listen_port or rules[]",
            id="half a key",
        ),
        pytest.param(
            ["rules[x]=1"],
            "-o:1:6: SHIKRA_CONFIG_OPTION expected a key, as in webserver.listen_port or rules[]",
            id="no number",
        ),
        pytest.param(
            ["[0]=1"],
            "-o:1:1: SHIKRA_CONFIG_OPTION expected a key, as in webserver.listen_port or rules[]",
            id="a place in nothing",
        ),
        pytest.param(
            ["rules[2].enable.tag=x"],
            "-o:1:1: SHIKRA_CONFIG_OPTION there is no [2]: the list has 1 items",
            id="beyond the end",
        ),
        pytest.param(
            ["rules.x=1"],
            '-o:1:1: SHIKRA_CONFIG_OPTION "x" is a key, and there is no mapping there',
            id="a key in a list",
        ),
        pytest.param(
            ["json_output[]=1"],
            "-o:1:1: SHIKRA_CONFIG_OPTION [] is a place in a list, and there is no list there",
            id="a place in a value",
        ),
        pytest.param(
            ["webserver={"],
            "-o:1:11: SHIKRA_CONFIG_OPTION the value is no JSON:"
            " did not find expected node content",
            id="no JSON",
        ),
        pytest.param(
            ["json_output=no", "json_output=maybe"],
            "-o:2:13: SHIKRA_CONFIG_VALUE json_output: expected bool, found 'maybe'",
            id="wrong value",
        ),
        pytest.param(
            ['webserver={"listen_prt": 1}'],
            '-o:1:12: SHIKRA_CONFIG_UNKNOWN_KEY unknown key "listen_prt"'
            ' – did you mean "listen_port"?',
            id="unknown key in JSON",
        ),
        pytest.param(
            ["jsonoutput=1"],
            '-o:1:1: SHIKRA_CONFIG_UNKNOWN_KEY unknown key "jsonoutput"'
            ' – did you mean "json_output"?',
            id="unknown key",
        ),
    ],
)
def test_a_wrong_option_is_told(options: list[str], message: str) -> None:
    """A mistake names the option by its number, and the place in it."""
    assert refused(*options) == [message]


def test_mistakes_of_file_and_options_are_told_together() -> None:
    """Each at its own place."""
    option, file = refused("zzz=1", data=b"priority: loud")[::-1]
    assert file.startswith("c.yaml:1:11: SHIKRA_CONFIG_VALUE priority: expected one of emergency")
    assert option.startswith('-o:1:1: SHIKRA_CONFIG_UNKNOWN_KEY unknown key "zzz"')


def test_a_file_that_is_no_mapping_is_told_first() -> None:
    """Options have nothing to be put into."""
    (message,) = refused("json_output=true", data=b"- a")
    assert message.startswith("c.yaml:1:1: SHIKRA_CONFIG_VALUE the file: expected a mapping")
