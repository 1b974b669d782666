"""From events to alerts, with containers that aren't known yet."""

import pytest

from shikra.app.pipeline import waiting
from shikra.app.pipeline.candidates import Candidates
from shikra.app.pipeline.counts import Late
from shikra.app.pipeline.plan import Plan
from shikra.app.pipeline.sensor import Sensor
from shikra.app.settings import AlertLimit, AppendOutput, RuleMatching, Settings
from shikra.model.alert import Alert
from shikra.model.container import Container, Knowledge
from shikra.model.event import Event
from shikra.model.verdict import Verdict
from shikra.sources.kernel.limits import Held
from support.events import POD, opened, plan_of, rule

PLAIN = Settings(append_output=(AppendOutput(suggested_output=False),))
NO_LIMIT = AlertLimit(burst=0)
PENDING = Container(key=POD.key, full_id=POD.full_id, knowledge=Knowledge.PENDING)
UNKNOWN = Container(key=POD.key, full_id=POD.full_id, knowledge=Knowledge.UNKNOWN)

ANY = rule("Any", "fd.name startswith /secret/")
SHOP = rule("Shop", "fd.name startswith /secret/ and k8s.ns.name = shop")
ELSEWHERE = rule("Elsewhere", "fd.name startswith /secret/ and not k8s.ns.name = shop")
PRINTED = rule("Printed", "fd.name startswith /secret/", "in %k8s.ns.name")


class Known(dict[int, Container]):
    """What is known of containers, by hand."""

    def get(self, key: int) -> Container:  # type: ignore[override]  # the host is always known
        """Return what is known now."""
        return self[key]


class Bench:
    """A sensor with one container, whose alerts are kept."""

    def __init__(
        self, plan: Plan, container: Container = PENDING, limit: AlertLimit = NO_LIMIT
    ) -> None:
        """Begin with a container, by default one that isn't known yet."""
        self.known = Known({POD.key: container})
        self.alerts: list[Alert] = []
        self.sensor = Sensor(plan, self.known, self.alerts.append, "node-1", limit)

    def take(self, *events: Event) -> list[str]:
        """Let events happen in the container; return the rules that fired."""
        for event in events:
            self.sensor.take(event, POD.key)
        return self.fired()

    def settle(self, container: Container) -> list[str]:
        """Let the container be known; return the rules that fired."""
        self.known[POD.key] = container
        self.sensor.settled(POD.key)
        return self.fired()

    def fired(self) -> list[str]:
        """Return the rules that fired since the last time."""
        names = [alert.rule.name for alert in self.alerts]
        self.alerts.clear()
        return names


@pytest.mark.parametrize(
    ("rules", "container", "at_once", "later"),
    [
        pytest.param(ANY, POD, ["Any"], [], id="needs no metadata"),
        pytest.param(SHOP, POD, [], ["Shop"], id="waits and fires"),
        pytest.param(ELSEWHERE, POD, [], [], id="waits and doesn't fire"),
        pytest.param(PRINTED, POD, [], ["Printed"], id="waits for what it prints"),
        pytest.param(ANY + SHOP, POD, ["Any"], ["Shop"], id="each as it needs, once"),
        pytest.param(SHOP, UNKNOWN, [], [], id="never known, needs a value"),
        pytest.param(ELSEWHERE, UNKNOWN, [], ["Elsewhere"], id="never known, needs none"),
    ],
)
def test_a_rule_waits_for_what_it_needs(
    rules: str, container: Container, at_once: list[str], later: list[str]
) -> None:
    """While a container isn't known, rules that need no metadata fire; the others wait."""
    bench = Bench(plan_of(rules, PLAIN))
    assert bench.take(opened("/secret/a")) == at_once
    assert bench.settle(container) == later
    assert bench.settle(container) == []


def test_events_that_no_rule_can_match_do_not_wait() -> None:
    """A container that starts opens many files; only those that matter take room."""
    bench = Bench(plan_of(SHOP, PLAIN))
    bench.take(opened("/lib/libc.so"), opened("/secret/a"))
    assert bench.sensor.waiting.count == 1
    assert bench.sensor.counts.events == {"openat": 2}


def test_what_waited_in_vain_says_so() -> None:
    """An alert without metadata is marked, and counted by reason."""
    bench = Bench(plan_of(PRINTED, PLAIN))
    bench.take(opened("/secret/a"))
    bench.known[POD.key] = UNKNOWN
    bench.sensor.settled(POD.key)
    (alert,) = bench.alerts
    assert alert.metadata_missing
    assert alert.message == "in <NA>"
    assert bench.sensor.counts.late == {Late.EXPIRED: 1}


@pytest.mark.parametrize(
    ("rules", "fired", "count"),
    [
        pytest.param(ANY, ["Any"], 0, id="needs no metadata"),
        pytest.param(PRINTED, ["Printed"], 1, id="prints it"),
        pytest.param(ELSEWHERE, ["Elsewhere"], 1, id="fires without"),
        pytest.param(SHOP, [], 1, id="might have fired"),
        pytest.param(rule("Other", "fd.name = /b and k8s.ns.name = shop"), [], 0, id="can't fire"),
    ],
)
def test_what_is_missing_for_good_is_counted(rules: str, fired: list[str], count: int) -> None:
    """Once a container is given up, each event that wanted its metadata still counts."""
    bench = Bench(plan_of(rules, PLAIN))
    bench.known[POD.key] = UNKNOWN
    assert bench.take(opened("/secret/a")) == fired
    assert bench.sensor.counts.late[Late.UNKNOWN] == count


def test_what_finds_no_room_is_evaluated_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """When too many wait already, an event is evaluated without metadata, counted, not lost."""
    monkeypatch.setattr(waiting, "MAX_PARKED", 1)
    bench = Bench(plan_of(ELSEWHERE, PLAIN))
    assert bench.take(opened("/secret/a"), opened("/secret/b")) == ["Elsewhere"]
    assert bench.sensor.counts.late == {Late.FULL: 1}
    assert bench.settle(UNKNOWN) == ["Elsewhere"]


def test_the_end_settles_everything() -> None:
    """What still waits when the program stops is evaluated with what is known then."""
    bench = Bench(plan_of(ELSEWHERE, PLAIN))
    bench.take(opened("/secret/a"))
    bench.sensor.settle_all()
    assert bench.fired() == ["Elsewhere"]
    assert bench.take(opened("/secret/a")) == ["Elsewhere"]


def test_first_means_first_of_all() -> None:
    """With ``first``, an earlier rule that waits isn't overtaken by a later one that needn't."""
    settings = Settings(append_output=PLAIN.append_output, rule_matching=RuleMatching.FIRST)
    for container, expected in ((POD, ["Shop"]), (UNKNOWN, ["Any"])):
        bench = Bench(plan_of(SHOP + ANY, settings))
        assert bench.take(opened("/secret/a")) == []
        assert bench.settle(container) == expected


def test_a_switch_takes_effect_between_two_events() -> None:
    """After a switch only the new rules fire; what waited is judged by the rules of its time."""
    bench = Bench(plan_of(SHOP, PLAIN))
    bench.take(opened("/secret/a"))
    bench.sensor.switch(plan_of(ANY, PLAIN))
    assert bench.take(opened("/secret/a")) == ["Any"]
    assert bench.settle(POD) == ["Shop"]


def let_through(generation: int, *conditions: int) -> Event:
    """Make an event that tables let through because these conditions may hold."""
    event = opened("/secret/a")
    bits = sum(1 << condition for condition in conditions).to_bytes(16, "little")
    event.verdict = Verdict(generation, bits, bits)
    return event


@pytest.mark.parametrize(
    ("conditions", "fired"),
    [
        pytest.param((0,), ["Any"], id="one"),
        pytest.param((1,), [], id="one that doesn't hold"),
        pytest.param((0, 1, 2), ["Any", "Also"], id="all"),
        pytest.param((3,), ["Any", "Also"], id="one of two rules"),
    ],
)
def test_only_candidates_are_evaluated(conditions: tuple[int, ...], fired: list[str]) -> None:
    """Of what the kernel says may match, what does fires; the rest isn't asked."""
    rules = ANY + rule("Other", "fd.name = /b") + ANY.replace("Any", "Also")
    bench = Bench(plan_of(rules, PLAIN), POD)
    of_conditions = [frozenset({index}) for index in range(3)]
    bench.sensor.loaded(7, Candidates([*of_conditions, frozenset({0, 2})]))
    assert bench.take(let_through(7, *conditions)) == fired


@pytest.mark.parametrize("container", [POD, PENDING], ids=["known", "pending"])
def test_each_event_is_judged_by_the_rules_of_its_time(container: Container) -> None:
    """While rules are switched, an event fires those whose tables let it through."""
    bench = Bench(plan_of(ANY, PLAIN), container)
    candidates = Candidates([frozenset({0})])
    bench.sensor.loaded(1, candidates)
    bench.sensor.switch(plan_of(ANY.replace("Any", "Newer"), PLAIN))
    bench.sensor.loaded(2, candidates)
    assert bench.take(let_through(1, 0), let_through(2, 0), let_through(1, 0)) == [
        *("Any", "Newer", "Any")
    ]
    assert not bench.sensor.counts.overtaken


def test_what_was_overtaken_twice_is_judged_by_all_rules_in_force() -> None:
    """An event whose tables are forgotten isn't lost, and is counted."""
    bench = Bench(plan_of(SHOP, PLAIN), POD)
    for generation in (1, 2, 3):
        bench.sensor.loaded(generation, Candidates([frozenset()]))
        bench.sensor.switch(plan_of(ANY, PLAIN))
    assert bench.take(let_through(1, 0)) == ["Any"]
    assert bench.sensor.counts.overtaken == 1


def test_a_mistake_of_ours_costs_one_event(caplog: pytest.LogCaptureFixture) -> None:
    """An event that can't be evaluated is counted and logged, and the next one is fine."""
    bench = Bench(plan_of(ANY, PLAIN))
    bench.sensor.take(opened("/secret/a"), 99)  # a container that is not even pending
    assert bench.take(opened("/secret/a")) == ["Any"]
    assert bench.sensor.counts.failures == 1
    assert "an event could not be evaluated (1 so far)" in caplog.text


def test_matches_are_counted_by_rule() -> None:
    """Each alert counts for its rule."""
    bench = Bench(plan_of(ANY + rule("Cat", "proc.name = cat"), PLAIN))
    bench.take(opened("/secret/a"), opened("/b"))
    matches = bench.sensor.counts.matches
    assert {info.name: count for info, count in matches.items()} == {"Any": 1, "Cat": 2}


def test_what_the_kernel_held_back_is_told_as_a_count() -> None:
    """It counts for each rule of its condition, by the tables that held it."""
    bench = Bench(plan_of(ANY + SHOP), POD, AlertLimit(burst=2, rate=1))
    bench.sensor.loaded(7, Candidates([frozenset({0}), frozenset({0, 1})]))
    process = opened("/secret/a").process
    assert process is not None
    bench.take(opened("/secret/a"))
    bench.sensor.held(Held(process.id, 7, 1, 40))
    bench.sensor.held(Held(process.id, 6, 0, 3))
    bench.sensor.tell_repeats(7)
    told = {(alert.rule.name, alert.count, alert.is_summary) for alert in bench.alerts}
    assert told == {("Any", 40, True), ("Shop", 40, True)}
    counts = bench.sensor.counts
    assert {rule.name: count for rule, count in counts.limited.items()} == {"Any": 40, "Shop": 40}
    assert counts.overtaken == 3


def test_a_flood_is_told_as_a_count() -> None:
    """Past the limit matches are counted, not told; then they are, as one summary."""
    bench = Bench(plan_of(ANY + PRINTED), POD, AlertLimit(burst=2, rate=1))
    assert bench.take(*[opened("/secret/a") for _ in range(5)]) == ["Any", "Printed"] * 2
    bench.sensor.tell_repeats(7)
    assert [(alert.rule.name, alert.count) for alert in bench.alerts] == [
        ("Any", 3),
        ("Printed", 3),
    ]
    assert {alert.is_summary for alert in bench.alerts} == {True}
    assert len({alert.uuid for alert in bench.alerts}) == 2
    counts = bench.sensor.counts
    assert (counts.matches.total(), counts.limited.total()) == (10, 6)
