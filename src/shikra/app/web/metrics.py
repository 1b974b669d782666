"""
The figures of a running Shikra in Prometheus' text format.

In: a function that draws a picture of the moment. Out: metrics, made when they are asked for, so
that counting costs the pipeline nothing more. Each series is there from the start, at zero.
"""

import itertools
from collections.abc import Callable, Iterator

from prometheus_client import CollectorRegistry, ProcessCollector
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector

from shikra.alerts import outbox
from shikra.app.pipeline.audit_figures import AuditFigures
from shikra.app.pipeline.counts import Late, Picture, Reload
from shikra.app.pipeline.enforcing import By
from shikra.app.pipeline.health import SECOND_NS
from shikra.enforce.guard.messages import Pace
from shikra.enforce.guard.pace import BOUNDS_NS
from shikra.model.container import Knowledge


def registry(draw: Callable[[], Picture]) -> CollectorRegistry:
    """Return what a scrape reads: our own figures, and the process' CPU time and memory."""
    made = CollectorRegistry()
    ProcessCollector(registry=made)
    made.register(_Collector(draw))
    return made


class _Collector(Collector):
    def __init__(self, draw: Callable[[], Picture]) -> None:
        self._draw = draw

    def collect(self) -> Iterator[Metric]:
        picture = self._draw()
        yield _gauge("build_info", "The running version.", {(picture.version,): 1}, "version")
        yield from _events(picture)
        yield from _audit(picture.audit)
        yield from _rules(picture)
        yield from _enforcement(picture)
        yield from _outputs(picture)
        yield from _containers(picture)
        yield from _reloads(picture)

    def describe(self) -> Iterator[Metric]:
        return iter(())


def _events(picture: Picture) -> Iterator[Metric]:
    yield _counter(
        "events",
        "Events received, by type.",
        {(kind,): n for kind, n in sorted(picture.events.items())},
        "type",
    )
    yield _counter(
        "kernel_drops",
        "Records that the kernel side lost or cut, by reason and CPU.",
        {(reason, str(cpu)): n for (reason, cpu), n in picture.kernel_drops.items()},
        *("reason", "cpu"),
    )
    yield _counter(
        "kernel_recursion_misses",
        "Runs of a program that the kernel left out within itself; absent before Linux 5.12.",
        {(program,): n for program, n in picture.recursion_misses.items()},
        "program",
    )
    yield _gauge(
        "kernel_unseen",
        "1 for each way past the probe, since this kernel has no hook there; absent where none is.",
        dict.fromkeys(((what,) for what in picture.unseen), 1),
        "way",
    )
    yield _gauge(
        "heartbeat_age_seconds",
        "Age of the last sign of life that came from a CPU the way that events come.",
        {(str(cpu),): age / SECOND_NS for cpu, age in picture.heartbeat_ages_ns.items()},
        "cpu",
    )
    yield _counter(
        "source_records",
        "Records that were skipped or came too late, and processes that were looked up, by reason.",
        {(reason,): n for reason, n in picture.skipped.items()},
        "reason",
    )
    yield _gauge(
        "kernel_ring_used_bytes",
        "Bytes of a ring buffer that wait to be read.",
        {(ring,): use.used_bytes for ring, use in picture.rings.items()},
        "ring",
    )
    yield _gauge(
        "kernel_ring_size_bytes",
        "Size of a ring buffer.",
        {(ring,): use.size_bytes for ring, use in picture.rings.items()},
        "ring",
    )
    yield _counter(
        "evaluation_failures",
        "Events that could not be evaluated because of a mistake in Shikra.",
        {(): picture.failures},
    )


def _audit(figures: AuditFigures | None) -> Iterator[Metric]:
    if figures is None:
        return
    counts = figures.counts
    yield _counter(
        "audit_events",
        "Events of the audit log that were taken, by the way they came.",
        {(way,): n for way, n in counts.events.items()},
        "way",
    )
    yield _counter(
        "audit_duplicates",
        "Events of the audit log that had been taken before, and were left out.",
        {(way,): n for way, n in counts.duplicates.items()},
        "way",
    )
    yield _counter(
        "audit_refused",
        "Events that the webhook had no room for; who sent them was told to send them again.",
        {(way,): n for way, n in counts.refused.items()},
        "way",
    )
    yield _counter(
        "audit_unread",
        "What came and was no event that could be read, by reason.",
        {(way, reason.value): n for (way, reason), n in counts.unread.items()},
        *("way", "reason"),
    )
    yield _counter(
        "audit_requests",
        "Requests to the webhook, by the status that they were answered with.",
        {(str(status.value),): n for status, n in figures.answers.items()},
        "status",
    )
    yield _counter(
        "audit_fetch_incidents",
        "What happened where Shikra fetches the audit log itself, by reason.",
        {(way, reason): n for (way, reason), n in figures.incidents.items()},
        *("way", "reason"),
    )
    yield _gauge(
        "audit_waiting_events",
        "Events of the audit log that are still to be evaluated.",
        {(): figures.waiting},
    )


def _rules(picture: Picture) -> Iterator[Metric]:
    yield _gauge("rules", "Rules that are loaded and enabled.", {(): picture.rules})
    yield _gauge(
        "rules_by_kernel",
        "Of these, those on system calls, by how far the kernel decides them.",
        {(verdict.value,): n for verdict, n in picture.verdicts.items()},
        "decides",
    )
    yield _counter(
        "rule_matches",
        "Events that a rule matched.",
        {(r.name, r.priority.title, r.source): n for r, n in picture.matches.items()},
        *("rule", "priority", "source"),
    )
    yield _counter(
        "rule_limited",
        "Of the events that a rule matched, those that were told as a count alone.",
        {(r.name, r.priority.title, r.source): n for r, n in picture.limited.items()},
        *("rule", "priority", "source"),
    )


def _enforcement(picture: Picture) -> Iterator[Metric]:
    yield _counter(
        "enforced",
        "What rules did, would have done, or held, by action; the kernel counts it itself.",
        {
            (rule, action.value, mechanism.value if mechanism else ""): n
            for (rule, action, mechanism), n in picture.enforced.items()
        },
        *("rule", "action", "mechanism"),
    )
    yield _gauge(
        "enforce_mode",
        "1 for the mode that a rule is in, where no namespace weakens it.",
        {
            (rule, means.value, mechanism.value if mechanism else "", mode.name.lower()): 1
            for (rule, means, mechanism), mode in picture.standings.items()
        },
        *("rule", "means", "mechanism", "mode"),
    )
    yield _counter(
        "enforce_mode_changes",
        "Changes of modes of enforcement, each told as an alert, by who made them.",
        {(by.value,): picture.mode_changes.get(by, 0) for by in By},
        "by",
    )
    yield _gauge(
        "lineage_continued",
        "1 if this start knows who created whom before it: that was kept in the kernel.",
        {(): int(picture.lineage.is_continued)},
    )
    yield _gauge(
        "lineage_kept",
        "1 while that is kept for the next start, as it is while a rule enforces.",
        {(): int(picture.lineage.is_kept)},
    )
    yield _counter(
        "guarded_opens",
        "Opens that the guard was asked about, by what became of them; `untold`: reports delayed.",
        {(result,): n for result, n in picture.guarded_opens.items()},
        "result",
    )
    yield _counter(
        "denied_untold",
        "Denied opens that are told as a count alone: their process was forgotten too soon.",
        {(): picture.denied_untold},
    )
    yield _gauge(
        "guarded_volumes",
        "Volumes in which opens are denied, each counted once a container.",
        {(): picture.guarded_volumes},
    )
    yield _gauge(
        "unguarded_places",
        "Places that rules which deny name and that can't be guarded, by the reason.",
        {(why,): n for why, n in picture.unguarded.items()},
        "reason",
    )
    yield from _pace(picture.guard_pace)


def _pace(pace: Pace) -> Iterator[Metric]:
    """Yield how long opens wait for the guard that is at work; a new one begins at zero."""
    answered = HistogramMetricFamily(
        "shikra_guard_answer_seconds",
        "How long opens waited once the guard ran; beside it, what it was delayed counts.",
    )
    counts = pace.answered or (0,) * (len(BOUNDS_NS) + 1)
    bounds = [*(f"{bound / SECOND_NS:g}" for bound in BOUNDS_NS), "+Inf"]
    buckets = list(zip(bounds, map(float, itertools.accumulate(counts)), strict=True))
    answered.add_metric((), buckets, pace.total_ns / SECOND_NS)
    yield answered
    yield _gauge(
        "guard_slowest_answer_seconds",
        "The longest of these.",
        {(): pace.slowest_ns / SECOND_NS},
    )
    yield _gauge(
        "guard_delayed_seconds",
        "How long the guard wanted to run and the kernel let others.",
        {(): pace.delayed_ns / SECOND_NS},
    )
    yield _gauge(
        "guard_longest_delay_seconds",
        "The most of it within a quarter of a second: no open waited longer for the guard to run.",
        {(): pace.most_delayed_ns / SECOND_NS},
    )


def _outputs(picture: Picture) -> Iterator[Metric]:
    by_output = picture.deliveries.items()
    yield _counter(
        "output_alerts",
        "Alerts that were delivered, by output.",
        {(output,): deliveries.sent for output, deliveries in by_output},
        "output",
    )
    yield _counter(
        "output_drops",
        "Alerts that an output never got, by reason.",
        {
            (output, reason): n
            for output, deliveries in by_output
            for reason, n in ({outbox.QUEUE_FULL: 0} | deliveries.dropped).items()
        },
        *("output", "reason"),
    )
    yield _gauge(
        "output_waiting_alerts",
        "Alerts that wait for an output.",
        {(output,): deliveries.waiting for output, deliveries in by_output},
        "output",
    )


def _containers(picture: Picture) -> Iterator[Metric]:
    states = (Knowledge.KNOWN, Knowledge.PENDING, Knowledge.UNKNOWN)
    yield _gauge(
        "containers",
        "Containers that run, by what is known of them.",
        {(state.value,): picture.containers.get(state, 0) for state in states},
        "metadata",
    )
    yield _gauge(
        "container_runtime_up",
        "Whether the container runtime at a socket answers.",
        {(socket,): int(is_up) for socket, is_up in picture.runtimes.items()},
        "socket",
    )
    yield _counter(
        "enrichment_failures",
        "What could not be found out, by what it was about and why.",
        {(about, why): count for (about, why), count in picture.not_enriched.items()},
        *("about", "reason"),
    )
    yield _gauge(
        "metadata_waiting_events",
        "Events that wait for their container's metadata.",
        {(): picture.waiting},
    )
    yield _counter(
        "metadata_missing",
        "Events that were evaluated without their container's metadata, by reason.",
        {(reason.value,): picture.late.get(reason, 0) for reason in Late},
        "reason",
    )


def _reloads(picture: Picture) -> Iterator[Metric]:
    yield _counter(
        "reloads",
        "Attempts to load changed rules or configuration, by result.",
        {(result.value,): picture.reloads.get(result, 0) for result in Reload},
        "result",
    )
    yield _gauge(
        "last_reload_successful",
        "Whether the last attempt to load rules and configuration succeeded.",
        {(): int(picture.is_last_reload_taken)},
    )
    yield _gauge(
        "last_reload_success_timestamp_seconds",
        "When the running rules were loaded, in seconds since the epoch.",
        {(): picture.last_reload_seconds},
    )


Values = dict[tuple[str, ...], float]


def _counter(name: str, text: str, values: Values, *labels: str) -> Metric:
    return _filled(CounterMetricFamily(f"shikra_{name}", text, labels=labels), values)


def _gauge(name: str, text: str, values: Values, *labels: str) -> Metric:
    return _filled(GaugeMetricFamily(f"shikra_{name}", text, labels=labels), values)


def _filled(family: CounterMetricFamily | GaugeMetricFamily, values: Values) -> Metric:
    for labels, value in values.items():
        family.add_metric(labels, value)
    return family
