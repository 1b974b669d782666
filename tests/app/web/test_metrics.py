"""What a scrape of Prometheus sees."""

from typing import Any

import msgspec
import pytest
from prometheus_client import generate_latest
from prometheus_client.parser import text_string_to_metric_families

from shikra.alerts.outbox import Deliveries
from shikra.app.pipeline.counts import Late, Picture, Reload
from shikra.app.web import metrics
from shikra.backends.kernel.rule_plan import Verdict
from shikra.enforce.guard import messages
from shikra.enforce.messages import Lineage
from shikra.model.container import Knowledge
from shikra.model.enforcement import Action, Means, Mechanism, Mode
from shikra.sources.kernel.rings import Use
from support.alerts import EXAMPLE

START = Picture(
    version="0.1.0",
    events={"openat": 0},
    kernel_drops={("ring_full", 0): 0, ("ring_full", 1): 0},
    heartbeat_ages_ns={},
    recursion_misses={"call_returned": 0},
    unseen=("io_uring",),
    skipped={"record_short": 0},
    rings={"calls": Use(4096, 8 << 20)},
    matches={EXAMPLE.rule: 0},
    limited={EXAMPLE.rule: 0},
    deliveries={"stdout": Deliveries(0, {}, 0)},
    containers={},
    runtimes={"/run/x.sock": False},
    not_enriched={},
    rules=1,
    verdicts={Verdict.EXACT: 1, Verdict.SUPERSET: 0, Verdict.USER_SPACE: 0},
    enforced={("Read secret", Action.KILLED, Mechanism.SIGNAL): 0},
    standings={("Read secret", Means.DENY, None): Mode.OBSERVE},
    mode_changes={},
    guarded_opens={"allowed": 0},
    guarded_volumes=0,
    unguarded={"shared": 2},
    guard_pace=messages.Pace(),
    waiting=0,
    late={},
    failures=0,
    reloads={},
    is_last_reload_taken=True,
    last_reload_seconds=1.7e9,
)


def scraped(picture: Picture) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    """Return every sample by its name and its labels."""
    text = generate_latest(metrics.registry(lambda: picture)).decode()
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_a_way_past_the_probe_shows() -> None:
    """What this kernel has no hook for stands at 1, by its name."""
    assert scraped(START)["shikra_kernel_unseen", (("way", "io_uring"),)] == 1


@pytest.mark.parametrize(
    ("name", "labels"),
    [
        pytest.param("shikra_events_total", {"type": "openat"}, id="events"),
        pytest.param(
            "shikra_kernel_drops_total", {"reason": "ring_full", "cpu": "1"}, id="kernel drops"
        ),
        pytest.param(
            "shikra_rule_matches_total",
            {"rule": "Read secret", "priority": "Critical", "source": "syscall"},
            id="rule matches",
        ),
        pytest.param("shikra_output_alerts_total", {"output": "stdout"}, id="delivered alerts"),
        pytest.param(
            "shikra_output_drops_total",
            {"output": "stdout", "reason": "queue full"},
            id="dropped alerts",
        ),
        pytest.param("shikra_reloads_total", {"result": "success"}, id="reloads"),
        pytest.param("shikra_reloads_total", {"result": "failure"}, id="refused reloads"),
        pytest.param("shikra_containers", {"metadata": "pending"}, id="containers"),
        pytest.param("shikra_metadata_missing_total", {"reason": "expired"}, id="late metadata"),
        pytest.param("shikra_container_runtime_up", {"socket": "/run/x.sock"}, id="runtimes"),
        pytest.param("shikra_evaluation_failures_total", {}, id="mistakes of ours"),
        pytest.param("shikra_rules_by_kernel", {"decides": "superset"}, id="rules, how far"),
        pytest.param(
            "shikra_enforced_total",
            {"rule": "Read secret", "action": "killed", "mechanism": "signal"},
            id="what rules did",
        ),
        pytest.param("shikra_guarded_opens_total", {"result": "allowed"}, id="guarded opens"),
        pytest.param("shikra_denied_untold_total", {}, id="denied by whom is forgotten"),
        pytest.param("shikra_enforce_mode_changes_total", {"by": "brake"}, id="changes of modes"),
    ],
)
def test_a_series_is_there_before_anything_happened(name: str, labels: dict[str, str]) -> None:
    """An alert on a rise needs a value to rise from."""
    assert scraped(START)[name, tuple(sorted(labels.items()))] == 0


@pytest.mark.parametrize(
    ("changes", "name", "labels", "value"),
    [
        pytest.param(
            {"kernel_drops": {("ring_full", 1): 7}},
            "shikra_kernel_drops_total",
            {"reason": "ring_full", "cpu": "1"},
            7,
            id="kernel drops",
        ),
        pytest.param(
            {"lineage": Lineage(is_kept=True)}, "shikra_lineage_kept", {}, 1, id="kept lineage"
        ),
        pytest.param(
            {"lineage": Lineage(is_continued=True)},
            "shikra_lineage_continued",
            {},
            1,
            id="lineage that was kept",
        ),
        pytest.param({}, "shikra_kernel_ring_used_bytes", {"ring": "calls"}, 4096, id="ring fill"),
        pytest.param(
            {"heartbeat_ages_ns": {1: 2_500_000_000}},
            "shikra_heartbeat_age_seconds",
            {"cpu": "1"},
            2.5,
            id="heartbeat",
        ),
        pytest.param(
            {}, "shikra_kernel_ring_size_bytes", {"ring": "calls"}, 8 << 20, id="ring size"
        ),
        pytest.param(
            {},
            "shikra_enforce_mode",
            {"rule": "Read secret", "means": "deny", "mechanism": "", "mode": "observe"},
            1,
            id="modes",
        ),
        pytest.param(
            {"matches": {EXAMPLE.rule: 3}},
            "shikra_rule_matches_total",
            {"rule": "Read secret", "priority": "Critical", "source": "syscall"},
            3,
            id="rule matches",
        ),
        pytest.param(
            {"deliveries": {"file": Deliveries(5, {"No space left on device": 2}, 1)}},
            "shikra_output_drops_total",
            {"output": "file", "reason": "No space left on device"},
            2,
            id="dropped alerts",
        ),
        pytest.param(
            {"containers": {Knowledge.KNOWN: 4, Knowledge.HOST: 1}},
            "shikra_containers",
            {"metadata": "known"},
            4,
            id="containers",
        ),
        pytest.param(
            {"not_enriched": {("user", "slow"): 2}},
            "shikra_enrichment_failures_total",
            {"about": "user", "reason": "slow"},
            2,
            id="failed look-ups",
        ),
        pytest.param(
            {"late": {Late.FULL: 2}},
            "shikra_metadata_missing_total",
            {"reason": "full"},
            2,
            id="late metadata",
        ),
        pytest.param(
            {"reloads": {Reload.REFUSED: 1}},
            "shikra_reloads_total",
            {"result": "failure"},
            1,
            id="refused reload",
        ),
        pytest.param(
            {"is_last_reload_taken": False}, "shikra_last_reload_successful", {}, 0, id="last"
        ),
        pytest.param({}, "shikra_build_info", {"version": "0.1.0"}, 1, id="version"),
    ],
)
def test_a_figure_is_shown(
    changes: dict[str, Any], name: str, labels: dict[str, str], value: float
) -> None:
    """What the picture holds is what the scrape says."""
    picture = msgspec.structs.replace(START, **changes)
    assert scraped(picture)[name, tuple(sorted(labels.items()))] == value


def test_own_cost_is_shown() -> None:
    """CPU time and resident memory have Prometheus' usual names."""
    samples = scraped(START)
    assert samples["process_cpu_seconds_total", ()] > 0
    assert samples["process_resident_memory_bytes", ()] > 0


def test_every_metric_says_what_it_is() -> None:
    """Each has a help text, and counters end in ``_total``."""
    text = generate_latest(metrics.registry(lambda: START)).decode()
    for family in text_string_to_metric_families(text):
        assert family.documentation
        if family.type == "counter":
            assert all(sample.name.endswith("_total") for sample in family.samples)
