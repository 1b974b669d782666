"""Write the alert for a rule that fired: what an output needs to know, decoded but not escaped."""

import os
from typing import assert_never

import msgspec

from shikra.alerts import identity
from shikra.app.pipeline import visitors
from shikra.app.pipeline.evaluate import Match
from shikra.app.pipeline.orders import Deed
from shikra.app.pipeline.plan import Plan
from shikra.app.pipeline.repeats import Held
from shikra.backends.live import render
from shikra.model.alert import Alert
from shikra.model.container import Knowledge
from shikra.model.event import Event, NameKind
from shikra.model.rule import RuleInfo
from shikra.rules.ir import Template

NOT_KNOWN = frozenset({Knowledge.PENDING, Knowledge.UNKNOWN})


def alert(match: Match, plan: Plan, hostname: str, done: Deed | None = None) -> Alert:
    """Return the alert; it says what was done about the match."""
    event = match.event
    process = event.process
    template = output(match, plan)
    rule = plan.rules[match.rule].info
    return Alert(
        uuid=_name(event, rule),
        time_ns=event.time_ns,
        rule=rule,
        message=render.render(template, event) + _known_as(match),
        fields={
            **render.output_fields(template, event),
            **plan.appended[match.rule].fields(event),
        },
        hostname=hostname,
        lineage=tuple(_text(one.name) for one in process.lineage()) if process else (),
        matched_name=match.name.kind.value if match.name else None,
        matched_path=_text(match.name.path) if match.name else None,
        is_inferred=not match.is_sure or (process is not None and process.is_inferred),
        is_truncated=event.is_cut or (process is not None and process.is_cut),
        action=done.action if done else None,
        mechanism=done.mechanism if done else None,
        session=visitors.session(event),
        entry=visitors.entry(event),
        metadata_missing=match.rule in plan.waiting and event.container.knowledge in NOT_KNOWN,
    )


def summary(held: Held, time_ns: int, hostname: str) -> Alert:
    """Return an alert of so many more like the last one, which aren't told one by one."""
    uuid = identity.uuid7(time_ns, os.urandom(identity.RANDOM_BYTES))
    last = held.last or Alert(
        uuid=uuid,
        time_ns=time_ns,
        rule=held.rule,
        message=f"{held.rule.name}: by a process of which nothing else is known any more",
        fields={},
        hostname=hostname,
    )
    return msgspec.structs.replace(
        last, uuid=uuid, time_ns=time_ns, count=held.count, is_summary=True
    )


def output(match: Match, plan: Plan) -> Template:
    """Return what a rule prints; where it fired by another name than the opened, the real too."""
    is_opened = match.name is None or match.name.kind is NameKind.OPENED
    return (plan.outputs if is_opened else plan.outputs_of_real)[match.rule]


def _known_as(match: Match) -> str:
    """Tell a name that no field has."""
    if match.name is None:
        return ""
    path = _text(match.name.path)
    match match.name.kind:
        case NameKind.OPENED | NameKind.REAL:
            return ""
        case NameKind.MOUNTED:
            return f" (mounted at {path})"
        case NameKind.ALIAS:
            return f" (also known as {path})"
        case NameKind.INODE:
            return f" (the same file as {path})"
        case NameKind.RESOLVED:
            return f" (by its links {path})"
        case _:
            assert_never(match.name.kind)


def _name(event: Event, rule: RuleInfo) -> str:
    """Name an alert; of an event that may come twice, the same each time."""
    if event.identity is None:
        return identity.uuid7(event.time_ns, os.urandom(identity.RANDOM_BYTES))
    parts = (event.source.encode(), event.identity, rule.name.encode())
    return identity.uuid7(event.time_ns, identity.derived(*parts))


def _text(name: bytes) -> str:
    return name.decode(errors="replace")
