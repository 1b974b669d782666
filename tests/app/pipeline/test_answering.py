"""What is answered over the control socket."""

import pytest

from shikra.app.pipeline.answering import NO_MECHANISM, Answerer
from shikra.app.settings import Enforce
from shikra.enforce.control import Peer
from shikra.enforce.messages import AskLog, AskStatus, Changed, Entries, Refused, SetMode, Status
from shikra.enforce.modes import Everywhere, Limit, OfNamespace, OfRule
from shikra.model.enforcement import Action, Means, Mechanism, Mode
from shikra.model.verdict import Outcome
from support.enforced import KILLED, WOULD_KILL, Bench
from support.events import rule

ROOT = Peer(pid=1, uid=0)
SECOND_NS = 1_000_000_000


def test_the_status_says_all_that_decides_modes() -> None:
    """Every rule that asks for enforcement is there, with mode, means and what it did."""
    bench = Bench()
    bench.count("Kill", Outcome.KILLED, 3)
    bench.enforcer.set_mode(OfNamespace("vault"), Mode.OBSERVE, "user 0")
    status = Answerer(bench.enforcer)(AskStatus(), ROOT)
    assert isinstance(status, Status)
    assert (status.everywhere, status.namespaces) == ("enforce", {"vault": "observe"})
    deny, kill = status.rules
    assert (kill.name, kill.means, kill.mode, kill.limit) == ("Kill", Means.KILL, "enforce", None)
    assert (kill.mechanism, kill.counts) == ("signal", {"killed": 3})
    assert (deny.name, deny.mode, deny.limit) == ("Deny", "observe", Limit.RULE)
    assert (deny.mechanism, deny.counts) == (NO_MECHANISM, {})


def test_the_status_says_what_a_rule_does_for_want_of_another() -> None:
    """Beside what it does here stands all that it asks for."""
    either = rule("Either", "fd.name startswith /either/", more="  enforce: [deny, kill]\n")
    status = Answerer(Bench(either).enforcer)(AskStatus(), ROOT)
    assert isinstance(status, Status)
    (told,) = status.rules
    assert (told.means, told.mechanism) == (Means.KILL, "signal")
    assert told.asked == (Means.DENY, Means.KILL)


def test_the_status_lists_what_looks_like_the_kubelets() -> None:
    """A command that comes evenly is shown with the exemption to paste."""
    bench = Bench()
    for _ in range(5):
        bench.did(WOULD_KILL, has_entered=True, arguments=(b"cat", b"/x"))
        bench.clock.wall += 10 * SECOND_NS
    status = Answerer(bench.enforcer)(AskStatus(), ROOT)
    assert isinstance(status, Status)
    (suspect,) = status.suspects
    assert (suspect.command_line, suspect.count, suspect.every_seconds) == ("cat /x", 5, 10.0)
    assert '"cat /x"' in suspect.exemption


def test_a_mode_is_set() -> None:
    """What was set is in force, and the reply says what changed."""
    bench = Bench()
    reply = Answerer(bench.enforcer)(SetMode(OfRule("Kill"), "off"), ROOT)
    assert reply == Changed(('rule "Kill" from enforce to off',))
    assert "user 0" in bench.changes[0].why
    assert bench.killing == set()


@pytest.mark.parametrize(
    ("request_", "reason"),
    [
        pytest.param(SetMode(Everywhere(), "on"), "off, observe, enforce", id="no mode"),
        pytest.param(SetMode(OfRule("Kil"), "off"), 'did you mean "Kill"', id="a slip"),
        pytest.param(SetMode(OfRule("Tell"), "off"), "asks for enforcement", id="only alerts"),
        pytest.param(SetMode(OfRule("Deny"), "enforce"), '"Deny"', id="nothing can do it"),
    ],
)
def test_what_cant_be_is_refused(request_: SetMode, reason: str) -> None:
    """A mode, or a rule, that there isn't is refused with what there is; nothing changes."""
    bench = Bench()
    reply = Answerer(bench.enforcer)(request_, ROOT)
    assert isinstance(reply, Refused)
    assert reason in reply.reason
    assert bench.changes == []


def test_every_other_rule_may_be_named() -> None:
    """The star stands for rules that aren't named."""
    bench = Bench()
    reply = Answerer(bench.enforcer)(SetMode(OfRule("*"), "observe"), ROOT)
    assert reply == Changed(('rule "Kill" from enforce to observe',))


def test_the_log_is_told() -> None:
    """The latest entries are returned, oldest first."""
    bench = Bench()
    for pid in (1, 2, 3):
        bench.did(KILLED, pid=pid)
    reply = Answerer(bench.enforcer)(AskLog(2), ROOT)
    assert isinstance(reply, Entries)
    assert [(each.pid, each.action) for each in reply.entries] == [
        (2, Action.KILLED),
        (3, Action.KILLED),
    ]


@pytest.mark.parametrize(
    ("mechanism", "is_set"),
    [
        pytest.param(Mechanism.FANOTIFY, False, id="a guard"),
        pytest.param(Mechanism.LSM, True, id="the kernel"),
    ],
)
def test_a_program_is_denied_by_the_kernel_alone(mechanism: Mechanism, *, is_set: bool) -> None:
    """Where a guard is all there is, such a rule is refused, and what is missing is said."""
    program = rule("Program", "proc.name = curl", more="  enforce: deny\n")
    settings = Enforce(mode=Mode.ENFORCE, rules={"*": Mode.OBSERVE})
    bench = Bench(program.replace("= openat", "in (execve, execveat)"), settings)
    bench.enforcer.mechanisms[Means.DENY] = mechanism
    reply = Answerer(bench.enforcer)(SetMode(OfRule("Program"), "enforce"), ROOT)
    assert isinstance(reply, Changed) == is_set
    assert is_set or "would have to ask BPF" in str(reply)
