"""The pipeline as a whole, on a kernel that is fed by hand."""

import asyncio
import json
from pathlib import Path

import msgspec
import pytest

from shikra.app.pipeline.assembly import OVERTAKEN
from shikra.app.pipeline.counts import Reload
from shikra.app.pipeline.enforcing import By
from shikra.app.pipeline.health import Health, Status
from shikra.app.pipeline.loss_telling import TooManyDropsError
from shikra.app.settings import (
    AlertLimit,
    DropAction,
    Drops,
    Enforce,
    FileOutput,
    RuleMatching,
    Settings,
)
from shikra.backends.kernel import rule_plan
from shikra.model.container import Container, Knowledge
from shikra.model.enforcement import Action, Means, Mechanism, Mode
from shikra.model.event import Event
from shikra.model.kernel_tables import ContainerBits
from shikra.model.verdict import Outcome, Verdict
from shikra.sources.kernel.containers import ContainerEnded
from shikra.sources.kernel.enforcing import Enforced
from shikra.sources.kernel.limits import Held
from support.assembled import STARTED, Runtime, assembled, settled
from support.events import opened, plan_of, rule
from support.kernels import QUIET, Bench

READ = rule("Read", "fd.name startswith /secret/")
KILL = rule("Kill", "fd.name startswith /secret/", more="  enforce: kill\n")
OTHER = rule("Other", "proc.name = cat").replace("openat", "connect")


def connected() -> Event:
    """Make an event of a connection."""
    event = opened("/secret/a")
    event.type = "connect"
    return event


def test_an_event_becomes_an_alert(tmp_path: Path) -> None:
    """What happens on the host is evaluated and reaches the outputs."""
    path = tmp_path / "alerts"
    output = FileOutput(enabled=True, filename=str(path))
    settings = msgspec.structs.replace(QUIET, file_output=output, json_output=True)

    async def test(bench: Bench) -> None:
        """Let two files be opened."""
        bench.kernel.put(opened("/secret/a"))
        bench.kernel.put(opened("/a"))
        await settled(bench)

    bench = assembled(test, settings=settings)
    assert bench.kernel.watched == [{"openat"}, set()]
    (alert,) = map(json.loads, path.read_text().splitlines())
    assert (alert["rule"], alert["hostname"]) == ("Read", "node-1")


def test_metadata_is_waited_for_a_bounded_time() -> None:
    """An event of a container that no runtime knows is evaluated when the wait is over."""

    async def test(bench: Bench) -> None:
        """Start a container, and open a file in it."""
        bench.kernel.put(STARTED)
        bench.kernel.put(opened("/secret/a"), STARTED.key)
        await settled(bench)
        assert bench.assembly.picture().waiting == 1
        assert bench.assembly.picture().containers == {Knowledge.PENDING: 1}
        assert bench.fired() == []
        await bench.clock.advance(bench.assembly.settings.metadata_wait_seconds)
        await settled(bench)
        assert bench.fired() == ["Read"]
        bench.kernel.put(ContainerEnded(STARTED.key))
        await settled(bench)
        assert bench.assembly.picture().containers == {}

    assembled(test, runtimes=(Runtime(),))


def test_a_wall_clock_that_jumps_ends_no_wait() -> None:
    """Setting the clock neither shortens nor lengthens what is waited for."""

    async def test(bench: Bench) -> None:
        """Jump a year ahead and two back."""
        bench.kernel.put(STARTED)
        bench.kernel.put(opened("/secret/a"), STARTED.key)
        await settled(bench)
        year_ns = 365 * 86_400 * 10**9
        for jump_ns in (year_ns, -2 * year_ns):
            bench.clock.wall += jump_ns
            await settled(bench)
            assert bench.fired() == []
        await bench.clock.advance(1)
        await settled(bench)
        assert bench.fired() == ["Read"]

    assembled(test, runtimes=(Runtime(),))


def test_what_waits_at_the_end_is_not_lost() -> None:
    """Stopping takes what is left in the ring, and evaluates what still waits."""

    async def test(bench: Bench) -> None:
        """Stop while one event waits and one is in the ring."""
        bench.kernel.put(STARTED)
        bench.kernel.put(opened("/secret/a"), STARTED.key)
        await settled(bench)
        bench.kernel.put(opened("/secret/b"))

    assert assembled(test).fired() == ["Read", "Read"]


def test_a_switch_misses_no_event() -> None:
    """An event that the tables before let through fires the rules before, and no others."""

    async def test(bench: Bench) -> None:
        """Switch rules while an event of either's tables is on its way."""
        await settled(bench)
        before = bench.kernel.generation
        await bench.assembly.switch(plan_of(OTHER), QUIET)
        for generation, event in ((before, opened("/secret/a")), (before + 1, connected())):
            event.verdict = Verdict(generation, b"\1", b"\1")
            bench.kernel.put(event)
        await settled(bench)

    bench = assembled(test)
    assert bench.kernel.watched == [{"openat"}, {"connect"}, set()]
    assert bench.fired() == ["Other", "Read"]


def test_the_kernel_knows_of_containers_what_rules_ask() -> None:
    """Bits are told when a container starts and is known, at each switch, and not after its end."""

    async def test(bench: Bench) -> None:
        """Let one container run on while another ends."""
        ended = msgspec.structs.replace(STARTED, key=8, cgroup_name=b"cd" * 32)
        for item in (STARTED, ended, ContainerEnded(ended.key)):
            bench.kernel.put(item)
        await settled(bench)
        unknown = ContainerBits(0, 1)
        assert bench.kernel.containers == {0: ContainerBits(0), STARTED.key: unknown}
        await bench.assembly.switch(plan_of(READ), QUIET)
        assert bench.kernel.containers == {0: ContainerBits(0), STARTED.key: ContainerBits(0)}

    shop = rule("Shop", "fd.name startswith /secret/ and k8s.ns.name = shop")
    assembled(test, rules=shop)


def test_outputs_are_switched_with_the_settings(tmp_path: Path) -> None:
    """After a reload alerts go where the new settings say, and none is lost on the way."""
    paths = [tmp_path / "first", tmp_path / "second"]
    settings = [
        msgspec.structs.replace(QUIET, file_output=FileOutput(enabled=True, filename=str(path)))
        for path in paths
    ]

    async def test(bench: Bench) -> None:
        """Give one alert before and one after."""
        bench.kernel.put(opened("/secret/a"))
        await settled(bench)
        await bench.assembly.switch(plan_of(READ), settings[1])
        bench.kernel.put(opened("/secret/b"))
        await settled(bench)

    assembled(test, settings=settings[0])
    assert [len(path.read_text().splitlines()) for path in paths] == [1, 1]


def drops(*actions: DropAction) -> Settings:
    """Return settings that do this when something is lost."""
    return msgspec.structs.replace(
        QUIET, syscall_event_drops=Drops(threshold=0.1, actions=actions, rate=1)
    )


@pytest.mark.parametrize(
    ("settings", "reason", "alerts", "warnings"),
    [
        pytest.param(drops(DropAction.ALERT), "ring_full", 1, 0, id="alert"),
        pytest.param(drops(DropAction.LOG), "ring_full", 0, 1, id="log"),
        pytest.param(drops(DropAction.LOG, DropAction.ALERT), "ring_full", 1, 1, id="both"),
        pytest.param(drops(DropAction.IGNORE), "ring_full", 0, 0, id="nothing"),
        pytest.param(drops(DropAction.ALERT), "path_cut", 0, 0, id="a cut path loses no event"),
    ],
)
def test_loss_is_told_as_the_settings_say(
    settings: Settings,
    reason: str,
    alerts: int,
    warnings: int,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Past the threshold, lost events give an alert, a message, both or neither."""

    async def test(bench: Bench) -> None:
        """Lose events on both CPUs."""
        await settled(bench)
        bench.kernel.lost = {reason: (3, 4)}
        await bench.clock.advance(1.5)
        assert bench.assembly.sensor.counts.alerts == alerts

    assembled(test, settings=settings)
    told = [record for record in caplog.records if "events dropped: 7 lost" in record.getMessage()]
    assert len(told) == warnings


def test_what_a_flood_lost_is_told_whole(caplog: pytest.LogCaptureFixture) -> None:
    """What was lost after the first telling is told at the latest when Shikra stops."""

    async def test(bench: Bench) -> None:
        """Lose ever more, within the time in which nothing may be told."""
        await settled(bench)
        for second in range(1, 6):
            bench.kernel.lost = {"ring_full": (1_000 * second,)}
            await bench.clock.advance(1)

    assembled(test, settings=msgspec.structs.replace(QUIET, syscall_event_drops=Drops()))
    told = [record.getMessage() for record in caplog.records if "lost, " in record.getMessage()]
    assert [message.split(": ")[2].split(" lost")[0] for message in told] == ["1000", "4000"]


def test_when_loss_is_told_follows_a_reload() -> None:
    """Another threshold counts from the next second on."""

    async def test(bench: Bench) -> None:
        """Lose one of two, before and after the threshold is lowered to a tenth."""
        await settled(bench)
        for total in (1, 2):
            bench.kernel.put(opened("/elsewhere"))
            bench.kernel.lost = {"ring_full": (total,)}
            await bench.clock.advance(1.5)
            assert bench.assembly.sensor.counts.alerts == total - 1
            await bench.assembly.switch(plan_of(READ), drops(DropAction.ALERT))

    never = msgspec.structs.replace(QUIET, syscall_event_drops=Drops(threshold=1))
    assembled(test, settings=never)


def test_the_settings_may_say_to_exit() -> None:
    """Who would rather have no sensor than one that loses events gets that."""

    async def test(bench: Bench) -> None:
        """Lose an event."""
        await settled(bench)
        bench.kernel.lost = {"ring_full": (1,)}
        await bench.clock.advance(1.5)

    with pytest.raises(ExceptionGroup) as raised:
        assembled(test, settings=drops(DropAction.EXIT))
    assert raised.group_contains(TooManyDropsError, match="1 lost")


def test_a_flood_of_one_alert_is_summed_up() -> None:
    """What the limit holds back is told within a second, and at the end."""
    settings = msgspec.structs.replace(QUIET, alert_limit=AlertLimit(burst=2, rate=1))

    async def test(bench: Bench) -> None:
        """Open a file over and over, and once more at the end."""
        for _ in range(9):
            bench.kernel.put(opened("/secret/a"))
        await settled(bench)
        assert bench.assembly.sensor.counts.alerts == 2
        await bench.clock.advance(1.5)
        assert bench.assembly.sensor.counts.alerts == 3
        assert sum(bench.assembly.picture().limited.values()) == 7
        bench.kernel.put(opened("/secret/a"))

    bench = assembled(test, settings=settings)
    assert bench.fired() == ["Read"] * 10
    assert bench.assembly.sensor.counts.alerts == 4


@pytest.mark.parametrize(
    ("matching", "limits"),
    [
        pytest.param(RuleMatching.ALL, [(2, 1.0)], id="all rules"),
        pytest.param(RuleMatching.FIRST, [(0, 1.0)], id="which is the first must be known"),
    ],
)
def test_the_kernel_limits_what_it_surely_knows(
    matching: RuleMatching, limits: list[tuple[int, float]]
) -> None:
    """The limit is told to the kernel, unless one rule may keep another from firing."""
    settings = msgspec.structs.replace(
        QUIET, alert_limit=AlertLimit(burst=2, rate=1), rule_matching=matching
    )

    async def test(bench: Bench) -> None:
        """Start, and hold something back."""
        await settled(bench)
        assert bench.kernel.limits == limits
        bench.kernel.held_back = [Held(process=1, generation=1, condition=0, count=5)]
        await bench.clock.advance(1.5)
        assert bench.kernel.held_back == []

    assembled(test, settings=settings)


def test_a_silent_cpu_is_told_once() -> None:
    """A CPU without a sign of life gives an alert and isn't healthy; one that is back is."""

    async def test(bench: Bench) -> None:
        """Let CPU 1 fall silent, and speak again."""
        await settled(bench)
        assert bench.assembly.health() == Health(Status.OK)
        bench.kernel.ages_ns = {0: 10**9, 1: 11 * 10**9}
        await bench.clock.advance(3.5)
        assert bench.assembly.health() == Health(Status.SILENT, (1,))
        assert bench.assembly.sensor.counts.alerts == 1
        bench.kernel.ages_ns = {0: 10**9, 1: 10**9}
        await bench.clock.advance(1)
        assert bench.assembly.health() == Health(Status.OK)

    assert assembled(test).assembly.health() == Health(Status.STOPPED)


def test_a_picture_shows_everything() -> None:
    """Figures are those of the moment, and what hasn't happened yet is there as zero."""

    async def test(bench: Bench) -> None:
        """Let a file be opened, and some records be lost."""
        bench.kernel.put(opened("/secret/a"))
        await settled(bench)
        bench.kernel.lost = {"ring_full": (1, 2)}
        bench.kernel.put(opened("/secret/b"))
        bench.assembly.count_reload(Reload.REFUSED)
        picture = bench.assembly.picture()
        assert picture.events == {"openat": 1, "connect": 0}
        assert {info.name: n for info, n in picture.matches.items()} == {"Read": 1, "Other": 0}
        assert picture.kernel_drops == {("ring_full", 0): 1, ("ring_full", 1): 2}
        assert picture.rings["calls"].used_bytes == 1
        assert picture.verdicts[rule_plan.Verdict.EXACT] == 2
        assert picture.skipped == {"record_short": 1, OVERTAKEN: 0}
        assert (picture.rules, picture.failures) == (2, 0)
        assert picture.not_enriched == {}
        assert (picture.reloads, picture.is_last_reload_taken) == ({Reload.REFUSED: 1}, False)
        assert bench.assembly.is_running

    assert not assembled(test, rules=READ + OTHER).assembly.is_running


@pytest.mark.parametrize(
    ("is_there", "answers", "waits"),
    [
        pytest.param(False, False, False, id="no runtime"),
        pytest.param(True, True, False, id="answers"),
        pytest.param(True, False, True, id="hangs"),
    ],
)
def test_runtimes_are_waited_for_briefly(
    tmp_path: Path, is_there: bool, answers: bool, waits: bool
) -> None:
    """The start is told once the runtimes that are there have answered, or a short while after."""
    socket = tmp_path / "containerd.sock"
    if is_there:
        socket.touch()

    async def test(bench: Bench) -> None:
        """Wait a second for a runtime."""
        await settled(bench)
        async with asyncio.TaskGroup() as tasks:
            asking = tasks.create_task(bench.assembly.asked_runtimes(at_most_s=1))
            await settled(bench)
            assert asking.done() != waits
            await bench.clock.advance(2)

    assembled(test, runtimes=(Runtime(socket, is_up=answers),))


def test_what_the_kernel_did_is_told_by_the_alert(tmp_path: Path) -> None:
    """An alert says what was done; it is logged and counted, and the container's mode was told."""
    path = tmp_path / "alerts"
    settings = msgspec.structs.replace(
        QUIET,
        file_output=FileOutput(enabled=True, filename=str(path)),
        json_output=True,
        enforce=Enforce(mode=Mode.ENFORCE),
    )

    async def test(bench: Bench) -> None:
        """Let an open be killed, in a container that ends."""
        bench.kernel.put(STARTED)
        await settled(bench)
        assert bench.kernel.modes == {0: Mode.OFF, STARTED.key: Mode.ENFORCE}
        assert [orders.kill for orders in bench.kernel.ordered] == [{0}]
        event = opened("/secret/a")
        event.verdict = Verdict(bench.kernel.generation, b"\1", b"\1", Outcome.KILLED, b"\1")
        bench.kernel.put(event, STARTED.key)
        bench.kernel.done[Enforced(bench.kernel.generation, 0, Outcome.KILLED)] = 1
        await settled(bench)
        picture = bench.assembly.picture()
        assert picture.enforced["Kill", Action.KILLED, Mechanism.SIGNAL] == 1
        bench.kernel.put(ContainerEnded(STARTED.key))
        await settled(bench)
        assert bench.kernel.modes == {0: Mode.OFF}

    bench = assembled(test, rules=KILL, settings=settings)
    (alert,) = map(json.loads, path.read_text().splitlines())
    assert (alert["action"], alert["mechanism"]) == ("killed", "signal")
    assert [entry.action for entry in bench.assembly.enforcer.ledger.log.latest(9)] == [
        Action.KILLED
    ]


def test_a_soak_ends_while_it_runs_and_is_told(tmp_path: Path) -> None:
    """A rule begins to act when its time has come, and the change is an alert; it is remembered."""
    soak = Enforce(mode=Mode.ENFORCE, soak_seconds=30)
    settings = msgspec.structs.replace(QUIET, enforce=soak, state_dir=str(tmp_path))

    async def test(bench: Bench) -> None:
        """Wait."""
        await settled(bench)
        assert bench.kernel.ordered[-1].kill == frozenset()
        await bench.clock.advance(31)
        assert bench.kernel.ordered[-1].kill == {0}
        assert bench.assembly.picture().mode_changes == {By.SOAK: 1}
        assert bench.assembly.sensor.counts.alerts == 1

    assembled(test, rules=KILL, settings=settings)
    (written,) = tmp_path.iterdir()
    assert list(json.loads(written.read_text())["soaked_ns"]) == ["Kill"]


def test_a_soak_that_cant_be_remembered_is_told(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A file that can't be read or written is named; all is observed then, and soaks again."""
    (tmp_path / "file").touch()
    enforce = Enforce(mode=Mode.ENFORCE, soak_seconds=30)
    folder = str(tmp_path / "file")
    settings = msgspec.structs.replace(QUIET, enforce=enforce, state_dir=folder)
    assembled(settled, rules=KILL, settings=settings)
    assert "every rule is only observed" in caplog.text
    assert "will be forgotten after a restart" in caplog.text


def test_a_change_of_enforcement_alone_rebuilds_nothing() -> None:
    """Modes that the configuration changes are in force at once, by the tables that are loaded."""
    settings = msgspec.structs.replace(QUIET, enforce=Enforce(mode=Mode.ENFORCE))
    off = msgspec.structs.replace(QUIET, enforce=Enforce(mode=Mode.OBSERVE))

    async def test(bench: Bench) -> None:
        """Reload the same rules, and other ones."""
        await settled(bench)
        loaded = bench.kernel.generation
        await bench.assembly.switch(plan_of(KILL), off)
        assert bench.kernel.generation == loaded
        assert bench.kernel.ordered[-1].kill == frozenset()
        assert bench.assembly.picture().mode_changes == {By.CONFIGURATION: 1}
        await bench.assembly.switch(plan_of(KILL + OTHER), settings)
        assert bench.kernel.generation == loaded + 1
        assert bench.kernel.ordered[-1].kill == {1}

    assembled(test, rules=KILL, settings=settings)


def test_a_container_goes_as_far_as_its_namespace_once_that_is_known() -> None:
    """While a namespace isn't known all is held; then its own mode counts."""
    enforce = Enforce(mode=Mode.ENFORCE, namespaces={"other": Mode.OBSERVE})

    async def test(bench: Bench) -> None:
        """Give up waiting for one container, and know another."""
        bench.kernel.put(STARTED)
        await settled(bench)
        assert bench.kernel.modes[STARTED.key] is None
        runtime.known = Container(
            key=0,
            full_id=STARTED.cgroup_name.decode(),
            knowledge=Knowledge.KNOWN,
            namespace="shop",
        )
        await bench.clock.advance(1)
        await settled(bench)
        assert bench.kernel.modes[STARTED.key] is Mode.ENFORCE

    runtime = Runtime()
    settings = msgspec.structs.replace(QUIET, enforce=enforce, metadata_wait_seconds=5)
    assembled(test, rules=KILL, settings=settings, runtimes=(runtime,))


def test_a_rule_that_nothing_here_can_enforce_is_refused() -> None:
    """What can't be done isn't done in another way in silence: the rule is named."""
    rules = rule("R", "fd.name startswith /x", more="  enforce: deny\n")
    settings = Settings(enforce=Enforce(mode=Mode.ENFORCE))
    bench = Bench(plan_of(rules, settings), settings)
    bench.assembly.enforcer.mechanisms.pop(Means.DENY, None)
    (found,) = bench.assembly.impossible(bench.assembly.sensor.plan, settings)
    assert found.message.endswith('"R" (deny)')
    assert bench.assembly.impossible(bench.assembly.sensor.plan, Settings()) == ()
    bench.assembly.close()
    bench.kernel.close()
