"""
Find the types of events that no rule can match outside of containers.

In: a rule set. Out: the types that some rule may match on the host, whatever else is true of the
event. The others need not leave the kernel when a process of the host makes them, and those are
most events of a machine.
"""

from shikra.app.pipeline import weaken
from shikra.backends.live.compile import compile_rules
from shikra.model.container import HOST
from shikra.model.event import Event
from shikra.rules.ir import Read, RuleSet

ON_HOST = {"container.id": HOST.id.encode()}
KNOWN = frozenset({"evt.type", *ON_HOST})


def types_on_host(ruleset: RuleSet, source: str = "syscall") -> frozenset[str]:
    """Return the types of events that must be told of the host, too."""
    evaluator = compile_rules(weaken.weaken(ruleset, _is_unknown))
    return frozenset(
        event_type
        for event_type in evaluator.event_types
        if evaluator.matches(_event(source, event_type))
    )


def _is_unknown(read: Read) -> bool:
    return read.name not in KNOWN


def _event(source: str, event_type: str) -> Event:
    event = Event(source, event_type, 0, {})
    event.fields.update({"evt.type": event_type.encode(), **ON_HOST})
    return event
