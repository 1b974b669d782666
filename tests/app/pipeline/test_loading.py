"""Plans that the kernel is to evaluate."""

import pytest

from shikra.app.pipeline import loading
from shikra.app.pipeline.container_bits import ContainerTeller
from shikra.backends.kernel.interpret import Facts, judge
from shikra.model.kernel_tables import ContainerBits
from shikra.model.verdict import Verdict
from support.events import opened, plan_of, rule
from support.kernels import Bench

READ = rule("Read", "fd.name startswith /secret/")
OTHER = rule("Other", "fd.name startswith /x").replace("openat", "connect")


def test_what_the_kernel_cannot_have_is_evaluated_in_python(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A mistake of ours in the tables costs speed and no alert, and is told."""

    def fail(_: object) -> None:
        raise ValueError("wrong")

    monkeypatch.setattr(loading, "compile_tables", fail)
    plan = plan_of(READ)
    bench = Bench(plan)
    try:
        sensor, kernel = bench.assembly.sensor, bench.kernel
        teller = ContainerTeller(kernel, bench.assembly.containers, {})
        loading.Loader(kernel, sensor, teller, bench.assembly.enforcer).start(plan)
        event = opened("/secret/a")
        event.verdict = Verdict(kernel.generation, b"\1", b"\0")
        sensor.take(event, 0)
        assert kernel.watched == [{"openat"}]
        assert bench.fired() == ["Read"]
    finally:
        bench.assembly.close()
        bench.kernel.close()
    assert "the kernel's tables can't be made" in caplog.text


def test_without_tables_all_events_of_the_rules_types_may_match() -> None:
    """Nothing is held back, nothing is sure, and other types of event don't cross."""
    tables = loading.in_user_space(plan_of(READ + OTHER)).tables
    for kind, may in (("openat", {0}), ("connect", {0}), ("execve", set())):
        facts = Facts(
            event_type=kind,
            related={},
            process_flags=None,
            container=ContainerBits(0),
            members={},
            has=frozenset(),
            flags=frozenset(),
        )
        judged = judge(tables, facts)
        assert (judged.may, judged.surely) == (may, set())
    assert tables.rules == ({0, 1},)


@pytest.mark.parametrize(
    ("output", "keeps"),
    [
        pytest.param("%fd.name_changed", True, id="printed"),
        pytest.param("%fd.name", False, id="read by nobody"),
    ],
)
def test_peers_of_sockets_are_kept_for_who_reads_them(output: str, *, keeps: bool) -> None:
    """The kernel is told whether any rule reads or prints that a peer changed."""
    plan = plan_of(rule("Other", "fd.name startswith /x", output).replace("openat", "connect"))
    bench = Bench(plan)
    try:
        teller = ContainerTeller(bench.kernel, bench.assembly.containers, {})
        enforcer = bench.assembly.enforcer
        loading.Loader(bench.kernel, bench.assembly.sensor, teller, enforcer).start(plan)
        assert bench.kernel.keeps_peers == [keeps]
    finally:
        bench.assembly.close()
        bench.kernel.close()
