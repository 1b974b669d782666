"""Alerts about Shikra itself, made like those of rules; their source is ``internal``."""

import os
from collections.abc import Mapping, Sequence
from typing import assert_never

import msgspec

from shikra.alerts import identity
from shikra.alerts.sessions import Update
from shikra.app.pipeline import identified, unguarded
from shikra.app.pipeline.drops import Drop
from shikra.app.pipeline.enforcing import By, Change
from shikra.app.pipeline.guard_told import Told, Trouble
from shikra.app.pipeline.health import SECOND_NS, Silence
from shikra.app.plural import count
from shikra.enforce.last_run import Ended
from shikra.model import when
from shikra.model.alert import Alert, OutputValue
from shikra.model.clock import Clock
from shikra.model.container import Container
from shikra.model.rule import Priority, RuleInfo

SOURCE = "internal"

LOST_EVENTS = RuleInfo(
    name="Shikra internal: events dropped",
    priority=Priority.ERROR,
    source=SOURCE,
    tags=(),
    description="Events were lost before a rule saw them, or came without what is known of their"
    " process: something may have gone unnoticed.",
    revision="1",
)
LOST_ALERTS = RuleInfo(
    name="Shikra internal: alerts dropped",
    priority=Priority.ERROR,
    source=SOURCE,
    tags=(),
    description="An output was too slow or failed, and some alerts never reached it.",
    revision="1",
)
SILENT = RuleInfo(
    name="Shikra internal: heartbeat missing",
    priority=Priority.CRITICAL,
    source=SOURCE,
    tags=(),
    description="Signs of life from some CPUs don't come through: nor may events from there.",
    revision="1",
)
REFUSED = RuleInfo(
    name="Shikra internal: reload refused",
    priority=Priority.ERROR,
    source=SOURCE,
    tags=(),
    description="Changed rules or configuration have a mistake; those loaded before stay in force.",
    revision="1",
)

MODE_CHANGED = RuleInfo(
    name="Shikra internal: enforcement mode changed",
    priority=Priority.WARNING,
    source=SOURCE,
    tags=(),
    description="Rules act less or more than before: somebody set it, or the configuration did, or"
    " a soak is over.",
    revision="1",
)
BRAKED = RuleInfo(
    name="Shikra internal: enforcement braked",
    priority=Priority.ERROR,
    source=SOURCE,
    tags=(),
    description="A rule acted in more pods, or on more processes of applications, than a rule"
    " should: it is likely to be wrong, and is only observed from now on.",
    revision="1",
)


GUARD = RuleInfo(
    name="Shikra internal: guard gone",
    priority=Priority.CRITICAL,
    source=SOURCE,
    tags=(),
    description="The process that denies opens ended. Until another is at work, which takes less"
    " than a second, none is denied.",
    revision="1",
)
UNGUARDED = RuleInfo(
    name="Shikra internal: not guarded",
    priority=Priority.ERROR,
    source=SOURCE,
    tags=(),
    description="A rule is to deny opens of files that lie on no file system of one pod's own in"
    " memory. They are only alerted on.",
    revision="1",
)

ENDED = RuleInfo(
    name="Shikra internal: ended unasked",
    priority=Priority.CRITICAL,
    source=SOURCE,
    tags=(),
    description="The Shikra before this one was killed, or crashed, or the machine went down under"
    " it: what happened until this start was neither seen nor stopped.",
    revision="1",
)
NOT_DECIDED = RuleInfo(
    name="Shikra internal: open not decided",
    priority=Priority.ERROR,
    source=SOURCE,
    tags=(),
    description="The guard answered opens without knowing whether they are to be denied: it had no"
    " time, knew nothing of the process, or made a mistake.",
    revision="1",
)


IDENTIFIED = RuleInfo(
    name="Shikra internal: session identified",
    priority=Priority.NOTICE,  # or that of the most severe alert it is about
    source=SOURCE,
    tags=(),
    description="The audit log says who is in a container of which the sensor alerted.",
    revision="1",
)


class Teller:
    """Makes alerts about ourselves."""

    def __init__(self, hostname: str, clock: Clock) -> None:
        """Speak as this machine, of what happens now."""
        self._hostname = hostname
        self._clock = clock

    def drops(self, rule: RuleInfo, drop: Drop) -> Alert:
        """Tell what was lost; the rule says whether it was events or alerts."""
        lost = sum(drop.lost.values())
        reasons = ", ".join(f"{reason} {count}" for reason, count in sorted(drop.lost.items()))
        fields: dict[str, OutputValue] = {"n_evts": drop.seen, "n_drops": lost}
        fields |= {
            f"n_drops_{reason.replace(' ', '_')}": count for reason, count in drop.lost.items()
        }
        seconds = drop.over_ns / SECOND_NS
        message = f"{rule.name}: {lost} lost, {drop.seen} seen in {seconds:.0f} s ({reasons})"
        return self._alert(rule, message, fields)

    def silence(self, found: Silence) -> Alert:
        """Tell which CPUs are silent, and since when."""
        seconds = found.age_ns / SECOND_NS
        cpus = ", ".join(map(str, found.cpus))
        message = f"{SILENT.name}: no sign of life from CPU {cpus} for {seconds:.1f} s"
        fields: dict[str, OutputValue] = {"cpus": list(found.cpus), "age_seconds": seconds}
        return self._alert(SILENT, message, fields)

    def refused(self, mistakes: Sequence[str]) -> Alert:
        """Tell why a reload was refused."""
        more = f" (and {len(mistakes) - 1} more)" if len(mistakes) > 1 else ""
        message = f"{REFUSED.name}: {mistakes[0]}{more}; the rules loaded before stay in force"
        return self._alert(REFUSED, message, {"mistakes": list(mistakes)})

    def mode_changed(self, change: Change) -> Alert:
        """Tell which modes of enforcement changed, and why."""
        rule = BRAKED if change.by is By.BRAKE else MODE_CHANGED
        message = f"{rule.name}: {', '.join(change.changes)}: {change.why}"
        fields: dict[str, OutputValue] = {"by": change.by.value, "changes": list(change.changes)}
        return self._alert(rule, message, fields)

    def identified(self, update: Update) -> Alert:
        """Tell who let a session in, or who may have."""
        told = self._alert(
            identified.rule(update), identified.message(update), identified.fields(update)
        )
        return msgspec.structs.replace(told, session=update.session, updates=update.alerts)

    def guard(
        self, told: Told, container: Container | None, other: Container | None = None
    ) -> Alert:
        """Tell of trouble with the guard."""
        fields: dict[str, OutputValue] = {}
        if container is not None:
            fields = {"container.id": container.id, "k8s.pod.name": container.pod_name}
        match told.trouble:
            case Trouble.ENDED | Trouble.SILENT:
                how = "ended" if told.trouble is Trouble.ENDED else "didn't answer and was ended"
                message = f"{GUARD.name}: it {how}; opens went on, and another one is started"
                return self._alert(GUARD, message, fields)
            case Trouble.UNGUARDED:
                what = unguarded.phrase(told, container, other)
                message = f"{UNGUARDED.name}: {what}: no open of it is denied there"
                return self._alert(UNGUARDED, message, {**fields, "fd.name": told.what})
            case Trouble.NOT_DECIDED:
                message = f"{NOT_DECIDED.name}: {told.what}; they went on, unless on_timeout"
                return self._alert(NOT_DECIDED, f"{message} says otherwise", fields)
            case _:
                assert_never(told.trouble)

    def ended(self, ended: Ended) -> Alert:
        """Tell that nobody watched for a while, though nobody asked for that."""
        since = when.local_iso_8601(ended.alive_ns)
        acted = ended.mark.enforcing if ended.mark else 0
        boot = "" if ended.is_same_boot else "; the machine was started again since"
        nothing = f", and {count(acted, 'rule')} that acted did not" if acted else ""
        message = (
            f"{ENDED.name}: nobody watched for up to {ended.seconds:.1f} s, from {since} at the"
            f" earliest{nothing}{boot if ended.mark else '; its mark is damaged'}"
        )
        fields: dict[str, OutputValue] = {"seconds": ended.seconds, "rules_enforced": acted}
        return self._alert(ENDED, message, fields)

    def _alert(self, rule: RuleInfo, message: str, fields: Mapping[str, OutputValue]) -> Alert:
        time_ns = self._clock.wall_ns()
        return Alert(
            uuid=identity.uuid7(time_ns, os.urandom(identity.RANDOM_BYTES)),
            time_ns=time_ns,
            rule=rule,
            message=message,
            fields=fields,
            hostname=self._hostname,
        )
