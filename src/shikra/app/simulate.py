"""
``shikra enforce simulate``: what rules would have done, by events that were recorded before.

In: rules, and lines of JSON as ``shikra record`` writes them. Out: a table, or JSON: how often whom
a rule would have killed or denied, or held its hand, by container and command; 0, or 1 where there
is nothing to simulate. As if all modes enforced. What a process did after it would have been killed
is counted, too: how many processes it were stands beside it.
"""

import json
import logging
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

import msgspec
from rich.console import Console
from rich.table import Table
from rich.text import Text

from shikra.alerts.escape import escape
from shikra.app import prepare, replay
from shikra.app.mistakes import show
from shikra.app.pipeline import author, evaluate
from shikra.app.pipeline.evaluate import Match
from shikra.app.pipeline.plan import Plan
from shikra.app.plural import count
from shikra.app.prepare import Mistaken, Request
from shikra.backends.kernel import process_words
from shikra.backends.live import fold
from shikra.model.container import HOST
from shikra.model.enforcement import Action, Enforcement, Means
from shikra.model.event import Event
from shikra.model.fields import CATALOGUE
from shikra.rules.check import fields_of
from shikra.rules.ir import Atom, RuleSet
from shikra.sources.replay import lines

LOG = logging.getLogger(__name__)

_WOULD = {Means.KILL: Action.WOULD_KILL, Means.DENY: Action.WOULD_DENY}
_STYLES = {Action.WOULD_KILL: "bold red", Action.WOULD_DENY: "red", Action.HELD: "yellow"}


class Simulation(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked for."""

    events: str  # a file, or "-" for standard input
    request: Request
    environment: Mapping[str, str]
    enforces_host: bool = False
    is_json: bool = False


class Done(msgspec.Struct, frozen=True, kw_only=True):
    """What would have become of a kind of match."""

    action: Action
    otherwise: Action | None  # instead, on a machine that can't do that
    held_because: str  # why nothing would have been done; empty: something would
    rule: str
    container: str
    command: str


class Tally:
    """What was found so far."""

    def __init__(self) -> None:
        """Begin at zero."""
        self.events = 0
        self.malformed = 0
        self.times: Counter[Done] = Counter()
        self._processes: dict[Done, set[object]] = {}

    def add(self, done: Done, process: object) -> None:
        """Count one match of a process."""
        self.times[done] += 1
        self._processes.setdefault(done, set()).add(process)

    def processes(self, done: Done) -> int:
        """Return how many processes it were."""
        return len(self._processes[done])

    def rows(self) -> list[Done]:
        """Return all that was done, what was done most often first."""
        return [done for done, _ in self.times.most_common()]

    def __str__(self) -> str:
        """Say it in a sentence."""
        by_action = Counter[Action]()
        for done, times in self.times.items():
            by_action[done.action] += times
        actions = [f"{times:,} {action.value}" for action, times in by_action.items()]
        malformed = [count(self.malformed, "malformed line")] if self.malformed else []
        return ", ".join((count(self.events, "event"), *actions, *malformed))


class Judge:
    """Says of each event what the rules would have done."""

    def __init__(self, plan: Plan, *, enforces_host: bool) -> None:
        """Judge by the rules of a plan that ask for more than an alert."""
        self.tally = Tally()
        self._plan = plan
        self._enforces_host = enforces_host
        self.rules: Mapping[int, Enforcement] = {
            index: rule.info.enforcement
            for index, rule in enumerate(plan.rules)
            if rule.info.enforcement is not None
        }
        asked = {
            index: frozenset(_fields(plan.ruleset, plan.rules[index].root)) for index in self.rules
        }
        self._needy = frozenset(index for index, of in asked.items() if any(map(_is_metadata, of)))
        self._kills_by_itself = frozenset(  # what asks nothing of creators, who may be guessed
            index
            for index, of in asked.items()
            if self.rules[index].means is Means.KILL and of.isdisjoint(process_words.LINEAGE)
        )

    def take(self, item: Event | lines.Malformed) -> None:
        """Judge an event, or take note that a line was none."""
        if isinstance(item, lines.Malformed):
            self.tally.malformed += 1
            return
        self.tally.events += 1
        for match in evaluate.evaluate(item, self._plan, among=frozenset(self.rules)):
            self.tally.add(self._done(match), _identity(item))

    def _done(self, match: Match) -> Done:
        event, enforcement = match.event, self.rules[match.rule]
        why = next(self._held(match, enforcement), "")
        return Done(
            action=Action.HELD if why else _WOULD[enforcement.means],
            otherwise=_WOULD[enforcement.otherwise] if enforcement.otherwise and not why else None,
            held_because=why,
            rule=self._plan.rules[match.rule].info.name,
            container=_container(event),
            command=_text(event, "proc.cmdline"),
        )

    def _held(self, match: Match, enforcement: Enforcement) -> Iterator[str]:
        """Yield what would have kept the rule from it."""
        event = match.event
        process = event.process
        is_on_host = event.container.full_id == HOST.full_id
        if is_on_host and not self._enforces_host:
            yield "on the host"
        is_enough = is_on_host and match.rule in self._kills_by_itself
        if process is None or (process.is_inferred and not is_enough):
            yield "its lineage is a guess"
        if not match.is_sure:
            yield "the file's name is a guess"
        if match.rule in self._needy and event.container.knowledge in author.NOT_KNOWN:
            yield "its container wasn't known"
        if _is_first(event) and not enforcement.includes_init:
            yield "the container's first process"


def simulate(asked: Simulation, console: Console) -> int:
    """Judge all events of a file; return an exit code."""
    prepared = prepare.prepare(asked.request, asked.environment)
    if isinstance(prepared, Mistaken):
        LOG.error("can't start:\n%s", show(prepared.diagnostics))
        return 1
    judge = Judge(prepared.plan, enforces_host=asked.enforces_host)
    if not judge.rules:
        LOG.error("none of the rules enforces: there is nothing to simulate")
        return 1
    try:
        with replay.opened(asked.events) as stream:
            for item in lines.read(stream):
                judge.take(item)
    except OSError as error:
        LOG.error("can't read %s: %s", asked.events, error.strerror or error)  # noqa: TRY400  the message says it all
        return 1
    LOG.info("simulated %s: %s", asked.events, judge.tally)
    if judge.tally.malformed and not judge.tally.events:
        LOG.error("%s holds no events", asked.events)
        return 1
    if asked.is_json:
        print(json.dumps(document(judge.tally), indent=2))  # noqa: T201  for programs
    else:
        table(judge.tally, console)
    return 0


def document(tally: Tally) -> Mapping[str, object]:
    """Return what was found, for JSON."""
    return {
        "events": tally.events,
        "malformed": tally.malformed,
        "matches": [
            {
                **msgspec.to_builtins(done),
                "times": tally.times[done],
                "processes": tally.processes(done),
            }
            for done in tally.rows()
        ],
    }


def table(tally: Tally, console: Console) -> None:
    """Print what was found; where nobody looks, fields between tabs."""
    names = ("times", "processes", "action", "rule", "container", "command")
    if not console.is_terminal:
        for done in tally.rows():
            console.file.write("\t".join(map(escape, _cells(tally, done))) + "\n")
        return
    shown = Table(*names[:-1], box=None, pad_edge=False)
    shown.add_column(names[-1], no_wrap=True, overflow="ellipsis")
    for done in tally.rows():
        times, processes, action, *rest = map(escape, _cells(tally, done))
        style = _STYLES[done.action]
        shown.add_row(times, processes, Text(action, style), *map(Text, rest))
    console.print(shown)


def _cells(tally: Tally, done: Done) -> Iterable[str]:
    why = f": {done.held_because}" if done.held_because else ""
    why += f", else {done.otherwise.value}" if done.otherwise else ""
    numbers = (f"{tally.times[done]}", f"{tally.processes(done)}")
    return (*numbers, done.action.value + why, done.rule, done.container, done.command)


def _is_first(event: Event) -> bool:
    """Tell a container's first process: in its own tree, and nobody in the container made it."""
    return event.fields["proc.in_init_tree"] is True and not event.fields["proc.lineage"]


def _fields(ruleset: RuleSet, root: int) -> Iterator[str]:
    """Yield the fields that a condition reads."""
    for index in fold.reachable(ruleset.nodes, [root]):
        atom = ruleset.nodes[index]
        if isinstance(atom, Atom):
            yield from fields_of(atom.left)
            if not isinstance(atom.right, tuple):
                yield from fields_of(atom.right)


def _is_metadata(field: str) -> bool:
    """Whether it is what a container's runtime knows."""
    return field in CATALOGUE and CATALOGUE[field].is_metadata


def _container(event: Event) -> str:
    """Name a container as its users do: by namespace and pod, by name, or by its id."""
    held = event.container
    if held.pod_name:
        return f"{held.namespace}/{held.pod_name}"
    return held.name or _text(event, "container.id") or HOST.full_id


def _identity(event: Event) -> object:
    """Return what tells a process from others."""
    return event.fields["container.id"], event.fields["proc.pid"], event.fields["proc.pid.ts"]


def _text(event: Event, field: str) -> str:
    value = event.fields[field]
    return value.decode(errors="replace") if isinstance(value, bytes) else ""
