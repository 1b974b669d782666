"""
Make the page of the metrics from what a scrape of a Shikra without events says.

In: the registry, drawn once. Out: a Markdown page.
"""

from collections.abc import Iterator

from pages import Row, page, table
from prometheus_client import Metric

from shikra.app.pipeline.audit_figures import AuditFigures
from shikra.app.pipeline.counts import Picture
from shikra.app.web.metrics import registry
from shikra.enforce.guard import messages
from shikra.sources.audit.intake import Counts
from shikra.sources.kernel.losses import REASONS

STILL = Picture(
    version="",
    events={},
    kernel_drops={},
    heartbeat_ages_ns={},
    recursion_misses={},
    unseen=(),
    skipped={},
    rings={},
    matches={},
    limited={},
    deliveries={},
    containers={},
    runtimes={},
    not_enriched={},
    rules=0,
    audit=AuditFigures(Counts(), 0, {}, {}),
    verdicts={},
    enforced={},
    standings={},
    mode_changes={},
    guarded_opens={"allowed": 0},
    guarded_volumes=0,
    unguarded={},
    guard_pace=messages.Pace(),
    waiting=0,
    late={},
    failures=0,
    reloads={},
    is_last_reload_taken=True,
    last_reload_seconds=0,
)


DROPS = """
## Reasons of `shikra_kernel_drops_total`

Every reason has a count a CPU from the start.
`recursion_missed` is counted by `shikra_kernel_recursion_misses_total` instead.
What isn't marked on the event itself takes part in the alert about lost events.
`syscall_event_drops` in the [configuration](configuration.md) says when that is sent.

"""


def metrics() -> str:
    """Make the page."""
    text = page(
        "Metrics",
        "What `http://127.0.0.1:8765/metrics` tells, in Prometheus' text format.",
        "`/healthz` beside it answers 200 while Shikra watches and every CPU gives signs of life.",
        "A sign is made on each CPU every second and comes the way that events come.",
        "One older than `heartbeat_max_age_seconds` makes the answer 503 and gives an alert.",
    )
    families = sorted(registry(lambda: STILL).collect(), key=lambda family: family.name)
    text += "\n" + table(("metric", "type", "labels", "what it is"), rows(families))
    return text + DROPS + table(("reason", "what is missing", "what happened"), reasons())


def reasons() -> Iterator[Row]:
    """Return a row for each reason."""
    for name, reason in REASONS.items():
        yield f"`{name}`", reason.effect.value, reason.description


def rows(families: list[Metric]) -> Iterator[Row]:
    """Return a row for each metric."""
    for family in families:
        suffix = "_total" if family.type == "counter" else ""
        labels = ", ".join(f"`{label}`" for label in getattr(family, "_labelnames", ()))
        yield f"`{family.name}{suffix}`", family.type, labels, family.documentation
