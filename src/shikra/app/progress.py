"""What ``shikra run`` tells while it starts and when it ends. Pure: facts in, sentences out."""

import platform
import shutil
import socket
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Protocol

from shikra.alerts.outbox import Deliveries
from shikra.app import crossing
from shikra.app import demo as demonstration
from shikra.app.pipeline.assembly import Assembly
from shikra.app.pipeline.enforcing import RuleStanding
from shikra.app.pipeline.plan import Plan
from shikra.app.pipeline.sensor import Sensor
from shikra.app.plural import count
from shikra.app.prepare import AUDIT, Prepared
from shikra.model.container import Knowledge
from shikra.model.enforcement import Means, Mode

SECOND_NS = 1_000_000_000
MOST_CALLS = 3
"""So many are named of those that are watched."""
MOST_RULES = 5
"""So many are named of those that may act; ``shikra enforce status`` names all."""


def rules(prepared: Prepared) -> str:
    """Say what was loaded."""
    sources = ", ".join(prepared.settings.rules_files)
    said = f"{count(len(prepared.plan.rules), 'rule')} loaded from {sources}"
    waiting = 0 if prepared.settings.audit.is_on else _audit_rules(prepared.plan)
    if not waiting:
        return said
    return f"{said}; {waiting} of them wait for the audit log: see audit.* in the configuration"


def ready(
    assembly: Assembly, listening: socket.socket | None, environment: Mapping[str, str]
) -> str:
    """Say what is watched and, where the packs' rules are loaded, how to see a first alert."""
    plan = assembly.sensor.plan
    types = sorted(plan.event_types)
    more = ", ..." if len(types) > MOST_CALLS else ""
    names = f" ({', '.join(types[:MOST_CALLS])}{more})" if types else ""
    plans = assembly.plans()
    decided = f" ({crossing.summed(plans.values())})" if plans else ""
    containers = sum(
        number
        for knowledge, number in assembly.containers.by_knowledge().items()
        if knowledge is not Knowledge.HOST
    )
    watching = (
        f"watching kernel {platform.release()},"
        f" {count(len(types), 'system call')}{names},"
        f" {count(len(plan.rules), 'rule')}{decided},"
        f" {count(containers, 'container')}"
    )
    if assembly.audit is not None:
        watching += f"\n{reading(assembly.audit.ways, plan, None)}"
    watching += _metrics(listening)
    enforcer = assembly.enforcer
    watching += "".join(f"\n{line}" for line in acting(enforcer.standings(), enforcer.missed()))
    if silent := assembly.silent_runtimes():
        watching += (
            f"\nno container runtime answers at {', '.join(silent)}:"
            " until one does, alerts lack names, images and pods"
        )
    for way in assembly.unseen():
        watching += f"\nwhat goes through {way} isn't seen: this kernel has no tracepoints for it"
    if all(rule.info.name != demonstration.RULE for rule in plan.rules):
        return watching
    return f"{watching}\nFor a first alert, paste into another terminal: {demo(environment)}"


def reading(ways: Iterable[str], plan: Plan, listening: socket.socket | None) -> str:
    """Say where the audit log is read, and by how many rules."""
    rules = _audit_rules(plan)
    return f"reading {' and '.join(ways)}, {count(rules, 'rule')}{_metrics(listening)}"


def _audit_rules(plan: Plan) -> int:
    return sum(rule.info.source == AUDIT for rule in plan.rules)


def _metrics(listening: socket.socket | None) -> str:
    if listening is None:
        return ""
    host, port = listening.getsockname()[:2]
    shown = f"[{host}]" if ":" in host else host
    return f"\nmetrics at http://{shown}:{port}/metrics"


def acting(standings: Mapping[RuleStanding, Mode], missed: Mapping[str, Means]) -> Iterator[str]:
    """
    Say which rules may act, by what, and in which mode they are; the strongest first.

    Of those that would rather do something else, it is said that nothing here does: ``missed``.
    """
    groups: dict[tuple[Mode, str], list[str]] = {}
    for (rule, means, mechanism), mode in sorted(standings.items(), key=lambda each: each[0][0]):
        by = (
            f"{means.value} by {mechanism.value}" if mechanism else f"{means.value} by nothing here"
        )
        if rule in missed:
            by += f", since nothing here can {missed[rule].value}"
        groups.setdefault((mode, by), []).append(f'"{rule}"')
    for (mode, by), rules in sorted(groups.items(), reverse=True):
        more = len(rules) - MOST_RULES
        rest = f" and {more} more" if more > 0 else ""
        yield f"{mode.name.lower()}: {by}: {', '.join(rules[:MOST_RULES])}{rest}"


def demo(environment: Mapping[str, str]) -> str:
    """Return the command that makes a first alert, as this user must type it."""
    program = Path(sys.argv[0])
    if program.name == "shikra":
        command = shutil.which(program) or str(program)
        command = str(Path(command).absolute())
    else:
        command = f"{sys.executable} -m shikra.app.cli"
    sudo = "sudo " if environment.get("SUDO_USER") else ""
    return f"{sudo}{command} demo"


class Ended(Protocol):
    """What was running."""

    sensor: Sensor

    def lost(self) -> Mapping[str, int]:
        """Return what was lost, by reason."""
        ...


def summary(assembly: Ended, deliveries: Mapping[str, Deliveries], ran_ns: int) -> str:
    """Say what was seen, told and lost."""
    counts = assembly.sensor.counts
    dropped = sum(sum(one.dropped.values()) for one in deliveries.values())
    return (
        f"stopped after {ran_ns / SECOND_NS:.1f} s:"
        f" {count(counts.events.total(), 'event')}, {count(counts.alerts, 'alert')};"
        f" lost: {count(sum(assembly.lost().values()), 'event')}, {count(dropped, 'alert')}"
    )
