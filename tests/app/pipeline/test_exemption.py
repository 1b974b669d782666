"""The exemption that is to be pasted."""

import msgspec
import pytest

from shikra.app.pipeline.exemption import exemption
from shikra.backends.kernel.compile import compile_tables
from shikra.backends.kernel.rule_plan import Verdict
from shikra.enforce.probes import Command
from shikra.model.event import Event
from shikra.model.process import Process
from support.events import POD, READERS, opened, plan_of, rule

WHEN = "fd.name startswith /secret/) or evt.type = openat and (fd.name startswith /other/"
KILL = rule("Vault: it's read", WHEN, more="  enforce: kill\n").replace(
    "rule: Vault: it's read", 'rule: "Vault: it\'s read"'
)
PROBE = Command(
    rule="Vault: it's read",
    exepath=b"/bin/cat",
    command_line=b'cat /x "y" \\ \xff \xe2\x80\xa8',
    namespace="shop",
    image="registry/web",
)


def event_of(command: Command, **changes: object) -> Event:
    """Return an event of the command, entered into the container from outside."""
    event = opened("/secret/a")
    name, *arguments = command.command_line.split(b" ")
    of = {"exepath": command.exepath, "arguments": (b"", *arguments), "has_entered": True}
    event.process = Process(id=1, pid=1, name=name, **{**of, **changes})  # type: ignore[arg-type]
    event.container = POD
    event.fields.readers = {
        **READERS,
        "proc.exepath": lambda one, _: one.process and one.process.exepath,
        "proc.cmdline": lambda one, _: one.process and one.process.command_line,
        "proc.entered": lambda one, _: bool(one.process and one.process.has_entered),
    }
    return event


COMMAND = b"cat /x"


def probe(command_line: bytes) -> Command:
    """Return the probe with another command line."""
    return msgspec.structs.replace(PROBE, command_line=command_line)


@pytest.mark.parametrize(
    ("changes", "fires"),
    [
        pytest.param({}, False, id="the very command"),
        pytest.param({"exepath": b"/tmp/cat"}, True, id="another executable"),
        pytest.param({"arguments": (b"", b"/y")}, True, id="other arguments"),
        pytest.param({"has_entered": False}, True, id="not from outside"),
    ],
)
@pytest.mark.parametrize("file", ["/secret/a", "/other/a"], ids=["first", "second"])
def test_the_exemption_is_for_this_command_alone(
    changes: dict[str, object], fires: bool, file: str
) -> None:
    """Pasted behind the rule it loads, and exempts this command, in every part of the rule."""
    plan = plan_of(KILL + exemption(probe(COMMAND)))
    event = event_of(probe(COMMAND), **changes)
    event.path = file.encode()
    assert bool(plan.exact.opened.matches(event)) is fires


@pytest.mark.parametrize(
    "command_line",
    [
        pytest.param(PROBE.command_line, id="quotes, no text, a line's end of Unicode"),
        pytest.param(b"x", id="one word"),
        pytest.param(b"\xff", id="one word that is no text"),
        pytest.param(b"'x', \"y\": [z] # %0", id="what YAML and the language know"),
        pytest.param(b"true", id="what YAML takes for something else"),
        pytest.param(b"sh -c 'a\nb\t\\'", id="lines"),
    ],
)
def test_any_command_can_be_exempted(command_line: bytes) -> None:
    """Whatever bytes a command line has, the exemption is for these."""
    plan = plan_of(KILL + exemption(probe(command_line)))
    assert not plan.exact.opened.matches(event_of(probe(command_line)))
    assert plan.exact.opened.matches(event_of(probe(command_line + b"x")))


def test_exemptions_add_up() -> None:
    """A second one, of another command, takes nothing from the first."""
    first, second = probe(b"cat /x"), probe(b"cat /y")
    plan = plan_of(KILL + exemption(first) + exemption(second))
    fired = [plan.exact.opened.matches(event_of(each)) for each in (first, second)]
    assert not any(fired)
    assert plan.exact.opened.matches(event_of(probe(b"cat /z")))


def test_the_rule_can_still_be_enforced() -> None:
    """The kernel decides the exemption as exactly as the rule."""
    plain = Command(
        rule="Vault: it's read",
        exepath=b"/bin/cat",
        command_line=b"cat /x",
        namespace="shop",
        image="registry/web",
    )
    (plan,) = compile_tables(plan_of(KILL + exemption(plain)).ruleset).rules
    assert plan is not None
    assert plan.verdict is Verdict.EXACT
