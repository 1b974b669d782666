"""How far rules act while Shikra runs, on a kernel that is fed by hand."""

import errno

import msgspec
import pytest

from shikra.app.pipeline.enforcing import By
from shikra.app.pipeline.orders import NOT_SURE, Deed, Found
from shikra.app.settings import Brake, Enforce
from shikra.enforce.memory import Remembered
from shikra.enforce.modes import Everywhere, Limit, OfNamespace, OfRule, Standing
from shikra.model.container import HOST
from shikra.model.enforcement import Action, Means, Mechanism, Mode
from shikra.model.verdict import Outcome
from support.enforced import DENY, ENFORCED, KILL, KILLED, MINE, TELL, WOULD_KILL, Bench
from support.events import POD, rule

SECOND_NS = 1_000_000_000
BY_SIGNAL = Mechanism.SIGNAL
KILLS = Means.KILL, BY_SIGNAL


@pytest.mark.parametrize(
    ("settings", "killing", "observing"),
    [
        pytest.param(Enforce(), set(), {"Kill", "Deny"}, id="by default nothing is done"),
        pytest.param(ENFORCED, {"Kill"}, {"Deny"}, id="enforced"),
        pytest.param(Enforce(mode=Mode.OFF), set(), set(), id="off"),
        pytest.param(
            Enforce(mode=Mode.ENFORCE, rules={"*": Mode.OBSERVE}),
            set(),
            {"Kill", "Deny"},
            id="by rule",
        ),
    ],
)
def test_the_kernel_is_ordered_what_the_modes_say(
    settings: Enforce, killing: set[str], observing: set[str]
) -> None:
    """A rule that asks for it kills or is observed as its mode says; others are left alone."""
    bench = Bench(settings=settings)
    assert (bench.killing, bench.observing) == (killing, observing)
    assert bench.changes == []


def test_a_mode_that_is_set_is_in_force_at_once_and_told() -> None:
    """The kernel gets other orders for the same tables; who set what is told, once."""
    bench = Bench()
    changes = bench.enforcer.set_mode(OfRule("Kill"), Mode.OBSERVE, "user 0")
    assert changes == ('rule "Kill" from enforce to observe',)
    assert (bench.killing, bench.observing) == (set(), {"Kill", "Deny"})
    (told,) = bench.changes
    assert (told.by, told.changes) == (By.SOCKET, changes)
    assert "user 0" in told.why
    assert bench.enforcer.changed == {By.SOCKET: 1}
    assert bench.enforcer.set_mode(OfRule("Kill"), Mode.OBSERVE, "user 0") == ()
    assert len(bench.changes) == 1


def test_lineage_is_kept_for_as_long_as_a_rule_acts() -> None:
    """Where nothing acts, nothing needs to be sure after a restart."""
    bench = Bench()
    assert bench.kernel.keeps_lineage
    bench.enforcer.set_mode(Everywhere(), Mode.OBSERVE, "user 0")
    assert not bench.kernel.keeps_lineage
    bench.enforcer.set_mode(Everywhere(), Mode.ENFORCE, "user 0")
    assert bench.kernel.keeps_lineage


def test_a_mode_of_all_rules_is_told_with_what_it_changes() -> None:
    """Whoever sets the mode everywhere sees which rules go with it."""
    bench = Bench()
    assert bench.enforcer.set_mode(Everywhere(), Mode.OFF, "user 0") == (
        "everywhere from enforce to off",
        'rule "Deny" from observe to off',
        'rule "Kill" from enforce to off',
    )
    assert (bench.killing, bench.observing) == (set(), set())


def test_what_was_set_outlives_a_reload() -> None:
    """Other rules and settings are told where they change a mode; what was set stays in force."""
    bench = Bench(KILL + TELL)
    bench.enforcer.set_mode(OfRule("Kill"), Mode.OBSERVE, "user 0")
    bench.reload(msgspec.structs.replace(ENFORCED, namespaces={"shop": Mode.OFF}), KILL + DENY)
    assert bench.enforcer.standing("Kill") == Standing(Mode.OBSERVE, Limit.RULE)
    told = bench.changes[-1]
    assert told.by is By.CONFIGURATION
    assert told.changes == (
        'namespace "shop" from absent to off',
        'rule "Deny" from absent to observe',
    )


def test_containers_go_as_far_as_their_namespace() -> None:
    """The kernel knows each container's mode, also when that of its namespace is set."""
    bench = Bench()
    assert bench.kernel.modes == {HOST.key: Mode.OFF, POD.key: Mode.ENFORCE}
    bench.enforcer.set_mode(OfNamespace(POD.namespace), Mode.OBSERVE, "user 0")
    assert bench.kernel.modes[POD.key] is Mode.OBSERVE
    assert bench.kernel.ordered[-1].default_mode is None
    assert bench.killing == {"Kill"}


def test_rules_may_be_held_to_one_cgroup() -> None:
    """With ``only_cgroup`` nothing acts in any other container, known or not, nor on the host."""
    settings = msgspec.structs.replace(ENFORCED, only_cgroup=MINE, host=True)
    bench = Bench(settings=settings)
    assert bench.kernel.modes == {HOST.key: Mode.OFF, POD.key: Mode.ENFORCE}
    assert bench.kernel.ordered[-1].default_mode is Mode.OFF
    bench.reload(msgspec.structs.replace(settings, only_cgroup="/other"), KILL)
    assert bench.kernel.modes == {HOST.key: Mode.OFF, POD.key: Mode.OFF}


@pytest.mark.parametrize("is_allowed", [False, True], ids=["not", "if allowed"])
def test_the_host_is_left_alone_unless_it_is_allowed(is_allowed: bool) -> None:
    """Outside of containers rules act only where that is set."""
    bench = Bench(settings=msgspec.structs.replace(ENFORCED, host=is_allowed))
    assert bench.kernel.ordered[-1].enforces_host is is_allowed
    assert bench.kernel.modes[HOST.key] is (Mode.ENFORCE if is_allowed else Mode.OFF)


def test_a_new_rule_soaks_and_then_acts() -> None:
    """A rule is observed for its soak; that it acts from then on is told."""
    bench = Bench(KILL, msgspec.structs.replace(ENFORCED, soak_seconds=60.0))
    assert (bench.killing, bench.observing) == (set(), {"Kill"})
    assert bench.enforcer.standing("Kill").limit is Limit.SOAK
    bench.clock.wall += 59 * SECOND_NS
    bench.enforcer.look()
    assert bench.killing == set()
    bench.clock.wall += SECOND_NS
    bench.enforcer.look()
    assert bench.killing == {"Kill"}
    (told,) = bench.changes
    assert (told.by, told.changes) == (By.SOAK, ('rule "Kill" from observe to enforce',))


def test_somebody_may_end_a_soak_by_naming_the_rule() -> None:
    """Setting a rule's mode is a decision: it isn't put off."""
    bench = Bench(KILL, msgspec.structs.replace(ENFORCED, soak_seconds=60.0))
    bench.enforcer.set_mode(OfRule("Kill"), Mode.ENFORCE, "user 0")
    assert bench.killing == {"Kill"}


def test_a_soak_goes_on_after_a_restart() -> None:
    """What is remembered at the end of one is where the next goes on; without a soak, nothing."""
    soaking = msgspec.structs.replace(ENFORCED, soak_seconds=60.0)
    before = Bench(KILL, soaking)
    (remembered,) = before.remembered
    since_ns = {rule: at - 50 * SECOND_NS for rule, at in remembered.soaked_ns.items()}
    after = Bench(KILL, soaking, remembered=Remembered(soaked_ns=since_ns))
    assert after.enforcer.soak_left_seconds("Kill") == 10
    assert Bench(KILL, ENFORCED).remembered == []


@pytest.mark.parametrize(
    ("settings", "mode"),
    [
        pytest.param(ENFORCED, Mode.OBSERVE, id="as it was set"),
        pytest.param(
            msgspec.structs.replace(ENFORCED, rules={"Kill": Mode.OFF, "Deny": Mode.OBSERVE}),
            Mode.OFF,
            id="as the configuration says since",
        ),
    ],
)
def test_what_was_set_outlives_a_restart(settings: Enforce, mode: Mode) -> None:
    """The next start goes on with it, and tells; a configuration that was changed is later."""
    before = Bench()
    before.enforcer.set_mode(OfRule("Kill"), Mode.OBSERVE, "user 0")
    after = Bench(settings=settings, remembered=before.remembered[-1])
    assert after.enforcer.standing("Kill").mode is mode
    assert after.killing == set()
    told = [(each.by, each.changes) for each in after.changes]
    restored = (By.MEMORY, ('rule "Kill" from enforce to observe',))
    assert told == ([restored] if mode is Mode.OBSERVE else [])
    after.enforcer.set_mode(OfRule("Kill"), Mode.ENFORCE, "user 0")
    assert Bench(remembered=after.remembered[-1]).killing == {"Kill"}


def test_a_changed_configuration_wins_over_what_was_set_before() -> None:
    """Of one rule, namespace or everything, what is said last counts, wherever."""
    bench = Bench()
    bench.enforcer.set_mode(OfRule("Kill"), Mode.OBSERVE, "user 0")
    bench.enforcer.set_mode(OfNamespace("shop"), Mode.OFF, "user 0")
    changed = {"Kill": Mode.ENFORCE, "Deny": Mode.OBSERVE}
    bench.enforcer.reconfigure(msgspec.structs.replace(ENFORCED, rules=changed))
    assert bench.killing == {"Kill"}
    assert bench.enforcer.said.namespaces == {"shop": Mode.OFF}


def test_a_brake_outlives_a_restart() -> None:
    """A rule that was wrong before is still held back, until somebody names it."""
    brake = msgspec.structs.replace(ENFORCED, brake=Brake(processes=1))
    before = Bench(settings=brake)
    for process in (1, 2):
        before.did(KILLED, id=process, in_init_tree=True)
    after = Bench(settings=brake, remembered=before.remembered[-1])
    assert after.enforcer.standing("Kill") == Standing(Mode.OBSERVE, Limit.BRAKE)
    assert [each.by for each in after.changes] == [By.MEMORY]
    after.enforcer.set_mode(OfRule("Kill"), Mode.ENFORCE, "user 0")
    assert Bench(settings=brake, remembered=after.remembered[-1]).killing == {"Kill"}


def test_where_memory_is_damaged_everything_is_observed() -> None:
    """Nobody knows what was held back, so all is, and it is told how to go on."""
    bench = Bench(remembered=None)
    assert (bench.killing, bench.observing) == (set(), {"Kill", "Deny"})
    (told,) = bench.changes
    assert told.by is By.MEMORY
    assert "shikra enforce set enforce" in told.why
    bench.enforcer.set_mode(Everywhere(), Mode.ENFORCE, "user 0")
    assert bench.killing == {"Kill"}


def test_a_rule_that_kills_too_much_is_braked() -> None:
    """Past the limit it is only observed, which is told with how to let go; naming it lets go."""
    brake = Brake(pods=10, processes=2, per_seconds=60)
    bench = Bench(settings=msgspec.structs.replace(ENFORCED, brake=brake))
    for process in range(1, 4):
        assert bench.killing == {"Kill"}
        bench.did(KILLED, id=process, in_init_tree=True)
    assert (bench.killing, bench.observing) == (set(), {"Kill", "Deny"})
    assert bench.enforcer.standing("Kill") == Standing(Mode.OBSERVE, Limit.BRAKE)
    (told,) = bench.changes
    assert (told.by, told.changes) == (By.BRAKE, ('rule "Kill" from enforce to observe',))
    assert "shikra enforce set --rule 'Kill' enforce" in told.why
    bench.load(KILL + DENY)
    assert bench.killing == set()
    bench.enforcer.set_mode(OfRule("Kill"), Mode.ENFORCE, "user 0")
    assert bench.killing == {"Kill"}


@pytest.mark.parametrize(
    "process",
    [
        pytest.param({"has_entered": True}, id="a session"),
        pytest.param({"has_entered": True, "in_init_tree": True}, id="whatever its tree"),
        pytest.param({}, id="of no tree"),
    ],
)
def test_an_intruder_cant_switch_a_rule_off(process: dict[str, bool]) -> None:
    """However many processes a session tries with, in one pod the rule goes on killing."""
    bench = Bench()
    for number in range(1_000):
        assert bench.did(KILLED, id=number + 1, **process) == Deed(Action.KILLED, BY_SIGNAL)
    assert bench.killing == {"Kill"}


def test_what_was_only_observed_brakes_nothing() -> None:
    """A rule that would have killed many has killed nobody."""
    bench = Bench()
    for number in range(100):
        bench.did(WOULD_KILL, id=number + 1, in_init_tree=True)
    assert bench.changes == []


def test_what_was_done_is_written_down() -> None:
    """The log says which process in which pod, by which rule in which form."""
    bench = Bench()
    bench.did(KILLED, id=5, pid=77, arguments=(b"cat", b"/x"))
    (entry,) = bench.enforcer.ledger.log.latest(10)
    assert (entry.rule, entry.action, entry.mechanism) == ("Kill", Action.KILLED, BY_SIGNAL)
    assert (entry.pid, entry.command, entry.path) == (77, "cat /x", "/secret/a")
    assert (entry.container, entry.pod) == (POD.id, "shop/web-1")
    assert entry.revision == bench.infos["Kill"].revision


@pytest.mark.parametrize(
    ("rule", "set_to", "found", "expected"),
    [
        pytest.param("Tell", Mode.ENFORCE, NOT_SURE, None, id="a rule that only alerts"),
        pytest.param("Kill", Mode.OFF, NOT_SURE, None, id="off"),
        pytest.param("Kill", Mode.ENFORCE, NOT_SURE, Action.HELD, id="not sure"),
        pytest.param("Kill", Mode.OBSERVE, NOT_SURE, Action.HELD, id="not sure, observed"),
        pytest.param("Kill", Mode.OBSERVE, KILLED, Action.KILLED, id="done before it was set"),
        pytest.param("Kill", Mode.ENFORCE, WOULD_KILL, Action.WOULD_KILL, id="the other way"),
        pytest.param("Deny", Mode.OBSERVE, WOULD_KILL, Action.WOULD_DENY, id="denies"),
    ],
)
def test_an_alert_says_what_was_done(
    rule: str, set_to: Mode, found: Found, expected: Action | None
) -> None:
    """What the kernel did counts, not the mode that is in force by now; where it did nothing, held.

    A rule that asks for nothing, or is off, says nothing.
    """
    bench = Bench()
    if rule != "Tell":
        bench.enforcer.set_mode(OfRule(rule), set_to, "user 0")
    done = bench.did(found, rule)
    assert (done and done.action) == expected


def test_in_a_namespace_that_is_off_nothing_is_said() -> None:
    """A match in a container whose mode is off is an alert and no more."""
    bench = Bench()
    bench.enforcer.set_mode(OfNamespace(POD.namespace), Mode.OFF, "user 0")
    assert bench.did(NOT_SURE) is None
    assert bench.did(NOT_SURE, container=HOST) is None


def test_counts_are_the_kernels_and_what_it_cant_know() -> None:
    """What the kernel counted is added up over reloads; what wasn't sure is counted here."""
    bench = Bench()
    bench.count("Kill", Outcome.KILLED, 3)
    bench.count("Deny", Outcome.WOULD_KILL, 2)
    bench.count("Tell", Outcome.WOULD_KILL, 9)
    bench.did(KILLED)
    bench.did(NOT_SURE)
    bench.load(KILL)
    bench.count("Kill", Outcome.KILLED, 1)
    bench.count("Kill", Outcome.HELD_FIRST, 1)
    assert bench.enforcer.counts() == {
        ("Kill", Action.KILLED, BY_SIGNAL): 4,
        ("Deny", Action.WOULD_DENY, None): 2,
        ("Kill", Action.HELD, BY_SIGNAL): 2,
        ("Kill", Action.WOULD_KILL, BY_SIGNAL): 0,
        ("Kill", Action.KILL_FAILED, BY_SIGNAL): 0,
    }


@pytest.mark.parametrize(
    ("found", "process", "is_kept"),
    [
        pytest.param(WOULD_KILL, {"has_entered": True}, True, id="observed"),
        pytest.param(KILLED, {"has_entered": True}, True, id="killed"),
        pytest.param(NOT_SURE, {"has_entered": True}, False, id="held"),
        pytest.param(WOULD_KILL, {"in_init_tree": True}, False, id="the application's own"),
        pytest.param(WOULD_KILL, {"has_entered": True, "is_cut": True}, False, id="cut"),
    ],
)
def test_what_looks_like_the_kubelets_is_kept(
    found: Found, process: dict[str, bool], is_kept: bool
) -> None:
    """Commands that enter and that a rule acts on, or would, are looked at; others aren't."""
    bench = Bench()
    for _ in range(5):
        bench.did(found, arguments=(b"cat", b"/x"), **process)
        bench.clock.wall += 10 * SECOND_NS
    lines = [each.command.command_line for each in bench.enforcer.ledger.probes.suspects()]
    assert lines == ([b"cat /x"] if is_kept else [])


def test_what_nothing_here_can_do_is_named() -> None:
    """A rule that is to be enforced by a means that isn't there is named, unless it is observed."""
    bench = Bench(KILL + DENY + TELL)
    rules, said = bench.infos.values(), bench.enforcer.said
    assert bench.enforcer.impossible(rules, said) == ()
    said = said.with_mode(OfRule("Deny"), Mode.ENFORCE)
    assert bench.enforcer.impossible(rules, said) == (bench.infos["Deny"],)
    bench.enforcer.mechanisms[Means.DENY] = Mechanism.FANOTIFY
    assert bench.enforcer.impossible(rules, said) == ()


def test_a_kernel_that_doesnt_kill_in_time_kills_for_no_rule() -> None:
    """Where the trial at the start fails, kill isn't offered."""
    bench = Bench(KILL + TELL, kills=False)
    rules, said = bench.infos.values(), bench.enforcer.said
    assert bench.enforcer.impossible(rules, said) == (bench.infos["Kill"],)
    assert bench.enforcer.standings() == {("Kill", Means.KILL, None): Mode.ENFORCE}


@pytest.mark.parametrize(
    ("name", "by", "number"),
    [
        pytest.param("Deny", Mechanism.LSM, 1, id="the module counts what it denies alone"),
        pytest.param("Deny", Mechanism.FANOTIFY, 1, id="nobody else counts for the guard"),
        pytest.param("Kill", Mechanism.SIGNAL, 0, id="the kernel counts what it doesn't kill"),
    ],
)
def test_what_is_sure_and_held_is_counted_once(name: str, by: Mechanism, number: int) -> None:
    """Who isn't refused what should be is counted as its match is told."""
    bench = Bench(KILL + DENY, Enforce(mode=Mode.ENFORCE))
    bench.enforcer.mechanisms[Means.DENY] = by
    assert bench.did(Found(None, is_sure=True), name) == Deed(Action.HELD, by)
    assert bench.enforcer.counts()[name, Action.HELD, by] == number


def test_what_the_kernel_refused_is_told_once() -> None:
    """It comes as a refusal and as a call that failed; the first alone is an alert."""
    bench = Bench(DENY + TELL, Enforce(mode=Mode.ENFORCE))
    bench.enforcer.mechanisms[Means.DENY] = Mechanism.LSM
    denied, held = Deed(Action.DENIED, Mechanism.LSM), Deed(Action.HELD, Mechanism.LSM)
    refused = Found(Outcome.DENIED, is_sure=True)
    assert not bench.is_told(NOT_SURE, "Deny", result=-errno.EPERM)
    assert bench.did(NOT_SURE, "Deny", result=-errno.EPERM) == held
    for _ in range(2):
        assert not bench.is_told(refused, "Deny", result=-errno.EPERM)
        assert bench.did(refused, "Deny", result=-errno.EPERM) == denied
        assert bench.is_told(NOT_SURE, "Deny", result=-errno.EPERM)
        assert not bench.is_told(NOT_SURE, "Deny", result=-errno.EACCES)
    assert len(bench.enforcer.ledger.log.latest(9)) == 3


def test_a_rule_that_only_alerts_tells_of_the_call_that_failed() -> None:
    """Of a refusal that another rule ordered it says nothing: the call comes back."""
    bench = Bench(DENY + TELL, Enforce(mode=Mode.ENFORCE))
    refused = Found(Outcome.DENIED, is_sure=True)
    assert bench.is_told(refused, "Tell", result=-errno.EPERM)
    assert not bench.is_told(NOT_SURE, "Tell", result=-errno.EPERM)


def test_standings_say_by_what_a_rule_acts() -> None:
    """Each rule that asks is there, with what it asks for and what does it, or that nothing can."""
    bench = Bench(KILL + DENY + TELL)
    assert bench.enforcer.standings() == {
        ("Kill", Means.KILL, Mechanism.SIGNAL): Mode.ENFORCE,
        ("Deny", Means.DENY, None): Mode.OBSERVE,
    }


EITHER = rule("Either", "fd.name startswith /either/", more="  enforce: [deny, kill]\n")
MEMORY = rule("Memory", "fd.name startswith /proc/", more="  enforce: [deny, kill]\n")


@pytest.mark.parametrize(
    ("denies", "either", "memory"),
    [
        pytest.param(None, KILLS, KILLS, id="nothing denies"),
        pytest.param(
            Mechanism.FANOTIFY, (Means.DENY, Mechanism.FANOTIFY), KILLS, id="the guard denies"
        ),
        pytest.param(
            Mechanism.LSM,
            (Means.DENY, Mechanism.LSM),
            (Means.DENY, Mechanism.LSM),
            id="the kernel denies",
        ),
    ],
)
def test_of_several_means_the_first_that_can_be_had_is_in_force(
    denies: Mechanism | None,
    either: tuple[Means, Mechanism],
    memory: tuple[Means, Mechanism],
) -> None:
    """What it does instead is ordered, and told as that, mechanism included."""
    bench = Bench(EITHER + MEMORY, Enforce(mode=Mode.ENFORCE))
    if denies is not None:
        bench.enforcer.mechanisms[Means.DENY] = denies
    bench.load(EITHER + MEMORY)
    assert bench.enforcer.standings() == {
        ("Either", *either): Mode.ENFORCE,
        ("Memory", *memory): Mode.ENFORCE,
    }
    killing = {name for name, of in {"Either": either, "Memory": memory}.items() if of == KILLS}
    assert bench.killing == killing
    assert bench.enforcer.missed() == dict.fromkeys(killing, Means.DENY)
    assert bench.enforcer.impossible(bench.infos.values(), bench.enforcer.said) == ()


def test_where_none_of_several_means_can_be_had_the_rule_is_impossible() -> None:
    """There is no third way, and none is taken in silence."""
    bench = Bench(EITHER, Enforce(mode=Mode.ENFORCE), kills=False)
    said = bench.enforcer.said
    assert bench.enforcer.impossible(bench.infos.values(), said) == (bench.infos["Either"],)
    assert bench.enforcer.standings() == {("Either", Means.DENY, None): Mode.ENFORCE}


def test_memory_that_the_guard_is_never_asked_about_isnt_denied_by_it() -> None:
    """A rule that asks to deny alone what only the kernel can deny is impossible elsewhere."""
    memory = rule("Memory", "fd.name startswith /proc/", more="  enforce: deny\n")
    bench = Bench(memory, Enforce(mode=Mode.ENFORCE))
    bench.enforcer.mechanisms[Means.DENY] = Mechanism.FANOTIFY
    said = bench.enforcer.said
    assert bench.enforcer.impossible(bench.infos.values(), said) == (bench.infos["Memory"],)
    bench.enforcer.mechanisms[Means.DENY] = Mechanism.LSM
    assert bench.enforcer.impossible(bench.infos.values(), said) == ()


def test_what_a_rule_does_instead_is_what_its_alerts_say() -> None:
    """A rule that kills for want of denial tells that it killed, or would have."""
    bench = Bench(EITHER, Enforce(mode=Mode.ENFORCE))
    assert bench.did(KILLED, "Either") == Deed(Action.KILLED, Mechanism.SIGNAL)
    assert bench.did(WOULD_KILL, "Either") == Deed(Action.WOULD_KILL, Mechanism.SIGNAL)
    bench.enforcer.mechanisms[Means.DENY] = Mechanism.FANOTIFY
    assert bench.did(WOULD_KILL, "Either") == Deed(Action.WOULD_DENY, Mechanism.FANOTIFY)
