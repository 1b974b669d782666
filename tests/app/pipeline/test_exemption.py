"""The exemption that is to be pasted."""

import pytest

from shikra.app.pipeline.exemption import exemption
from shikra.backends.kernel.compile import compile_tables
from shikra.backends.kernel.rule_plan import Verdict
from shikra.enforce.probes import Command
from shikra.model.event import Event
from shikra.model.process import Process
from support.events import POD, READERS, opened, plan_of, rule

KILL = rule("Vault: it's read", "fd.name startswith /secret/", more="  enforce: kill\n").replace(
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


@pytest.mark.parametrize(
    ("changes", "fires"),
    [
        pytest.param({}, False, id="the very command"),
        pytest.param({"exepath": b"/tmp/cat"}, True, id="another executable"),
        pytest.param({"arguments": (b"", b"/x")}, True, id="other arguments"),
        pytest.param({"has_entered": False}, True, id="not from outside"),
    ],
)
def test_the_exemption_is_for_this_command_alone(changes: dict[str, object], fires: bool) -> None:
    """Pasted behind the rule it loads, and exempts the command that was seen and no other."""
    plan = plan_of(KILL + exemption(PROBE))
    assert bool(plan.exact.opened.matches(event_of(PROBE, **changes))) is fires


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
