"""Which rules may enforce."""

import pytest

from shikra.backends.kernel import enforceable
from shikra.backends.kernel.compile import compile_tables
from shikra.backends.kernel.enforceable import Refusal
from shikra.backends.kernel.rule_plan import RulePlan
from shikra.model.enforcement import Means
from shikra.rules.ir import Read, Rule
from support.rulesets import load, rule_text

EXECUTION = "evt.type in (execve, execveat) and container.id != host"
OPEN = "evt.type in (open, openat) and container.id != host and fd.name startswith /mnt/"


def _planned(condition: str, **keys: str) -> tuple[Rule, RulePlan | None]:
    ruleset = load(rule_text(condition, **keys)).ruleset
    (rule,) = ruleset.rules
    (plan,) = compile_tables(ruleset).rules
    return rule, plan


def _refusals(condition: str, means: Means, **keys: str) -> list[Refusal]:
    rule, plan = _planned(condition, **keys)
    return list(enforceable.refusals(rule, plan, means))


def _fields(refused: list[Refusal]) -> list[str | None]:
    lefts = (one.atom.left if one.atom else None for one in refused)
    return [left.name if isinstance(left, Read) else None for left in lefts]


@pytest.mark.parametrize("means", Means)
def test_what_the_kernel_decides_may_enforce(means: Means) -> None:
    """A rule on opens of which all is decided in the kernel kills and denies."""
    condition = f"{OPEN} and not proc.in_init_tree = true and evt.is_open_read = true"
    assert not _refusals(condition, means)


@pytest.mark.parametrize("means", Means)
@pytest.mark.parametrize(
    ("more", "field", "rewrite"),
    [
        pytest.param("proc.name regex a.b", "proc.name", "startswith", id="a regex"),
        pytest.param("proc.below_terminal = true", "proc.below_terminal", "proc.tty", id="lineage"),
        pytest.param("user.name = root", "user.name", "user.uid", id="a name of a user"),
        pytest.param("proc.name = proc.pname", None, "", id="a constant is exact"),
        pytest.param("proc.name = val(proc.pname)", "proc.name", "take it out", id="two fields"),
    ],
)
def test_what_is_left_to_python_is_named_and_rewritten(
    more: str, field: str | None, rewrite: str, means: Means
) -> None:
    """A part that isn't exact is named, and what to write instead."""
    found = _refusals(f"{OPEN} and {more}", means)
    assert _fields(found) == ([field] if field else [])
    assert all(rewrite in one.rewrite for one in found)


@pytest.mark.parametrize("means", Means)
def test_a_rule_that_nothing_can_match_cant_enforce(means: Means) -> None:
    """Whoever asks to be protected is told where there is no protection."""
    found = _refusals("evt.type = open and fd.sport = 1", means)
    assert [one.why for one in found] == ["no event can match it"]


def test_a_rule_past_the_kernels_bound_cant_enforce(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the tables have no room for isn't decided by them."""
    monkeypatch.setattr("shikra.backends.kernel.bounds.RULES", 0)
    found = _refusals(OPEN, Means.KILL)
    assert [one.why for one in found] == ["the rules before it have filled the kernel's tables"]


@pytest.mark.parametrize(
    ("more", "field"),
    [
        pytest.param("evt.res = SUCCESS", "evt.res", id="result"),
        pytest.param("evt.rawres >= 0", "evt.rawres", id="raw result"),
        pytest.param("evt.failed = false", "evt.failed", id="whether it failed"),
        pytest.param("evt.is_open_create = true", "evt.is_open_create", id="whether it was made"),
        pytest.param("fd.num > 2", "fd.num", id="descriptor"),
        pytest.param("fd.num >= 3", "fd.num", id="no standard descriptor"),
        pytest.param("fd.num >= 0", None, id="any descriptor"),
        pytest.param("evt.arg.flags contains O_CREAT", "evt.arg[flags]", id="flags"),
        pytest.param("evt.is_open_write = true", None, id="for writing"),
        pytest.param("evt.is_open_read = true", None, id="for reading"),
    ],
)
def test_who_denies_knows_the_file_alone(more: str, field: str | None) -> None:
    """What is known only once the call is made is nothing to deny by; to kill by, it is."""
    assert _fields(_refusals(f"{OPEN} and {more}", Means.DENY)) == ([field] if field else [])
    assert not _refusals(f"{OPEN} and {more}", Means.KILL)


def test_who_denies_sees_no_name_as_written() -> None:
    """A rule by opened names alone can't be denied by."""
    (found,) = _refusals(OPEN, Means.DENY, names="opened")
    assert "no name as written" in found.why
    assert not _refusals(OPEN, Means.KILL, names="opened")


@pytest.mark.parametrize(
    ("condition", "calls"),
    [
        pytest.param("evt.type = connect and fd.rport = 53", "connect", id="connect"),
        pytest.param("evt.type in (openat, unlink) and proc.name = a", "unlink", id="one of two"),
        pytest.param("evt.type in (creat, openat) and proc.name = a", "", id="opens"),
        pytest.param(f"{EXECUTION} and proc.name = a", "", id="executions"),
        pytest.param("evt.type in (execve, execveat, openat)", "", id="both"),
        pytest.param("evt.type in (ptrace, pidfd_getfd) and proc.name = a", "", id="memory"),
        pytest.param("evt.type in (process_vm_readv, openat)", "", id="memory and files"),
    ],
)
def test_only_what_is_asked_about_is_denied(condition: str, calls: str) -> None:
    """Other calls are named; killing has no such bound."""
    found = _refusals(condition, Means.DENY)
    why = "only opens, executions and what reaches into a process can be denied, not"
    assert [one.why for one in found] == ([f"{why} {calls}"] if calls else [])
    assert not _refusals(condition, Means.KILL)


@pytest.mark.parametrize(
    ("kinds", "wanted"),
    [
        pytest.param("execve", "execve, execveat", id="one that executes"),
        pytest.param("execveat", "execve, execveat", id="the other"),
        pytest.param("open, creat", "openat", id="opens"),
    ],
)
def test_who_denies_isnt_told_by_which_call(kinds: str, wanted: str) -> None:
    """A rule on one call of several that are alike would deny the others too, or none."""
    (found,) = _refusals(f"evt.type in ({kinds}) and proc.name = a", Means.DENY)
    assert "by which call" in found.why
    assert wanted in found.rewrite


@pytest.mark.parametrize(
    ("more", "field"),
    [
        pytest.param("proc.name in (curl, wget)", None, id="name"),
        pytest.param("proc.exepath startswith /tmp/", None, id="path"),
        pytest.param("proc.is_exe_upper_layer = true", None, id="file"),
        pytest.param("proc.pcmdline contains x", None, id="arguments of the creator"),
        pytest.param("proc.aname[0] = a", None, id="name as a creator's"),
        pytest.param("proc.exe = curl", "proc.exe", id="first argument"),
        pytest.param("proc.args contains -e", "proc.args", id="arguments"),
        pytest.param("proc.args[1] = -e", "proc.args[1]", id="one argument"),
        pytest.param("proc.cmdline contains -e", "proc.cmdline", id="command line"),
        pytest.param("proc.acmdline[0] contains -e", "proc.acmdline[0]", id="as a creator's"),
        pytest.param("evt.rawres = 0", "evt.rawres", id="result"),
    ],
)
def test_who_denies_an_execution_knows_the_program_alone(more: str, field: str | None) -> None:
    """Nobody can read the arguments before the program runs; to kill by, they are known."""
    found = _refusals(f"{EXECUTION} and {more}", Means.DENY)
    assert _fields(found) == ([field] if field else [])
    assert not _refusals(f"{EXECUTION} and {more}", Means.KILL)


@pytest.mark.parametrize(
    ("condition", "calls"),
    [
        pytest.param("evt.type in (unlink, open) and proc.name = a", ("unlink",), id="unlink"),
        pytest.param("evt.type = sendto and fd.rport = 53", ("sendto",), id="sendto"),
        pytest.param("evt.type in (execve, connect, open)", (), id="nothing has happened yet"),
    ],
)
def test_calls_that_have_done_it_when_killed_are_named(
    condition: str, calls: tuple[str, ...]
) -> None:
    """Killing takes no change back."""
    _, plan = _planned(condition)
    assert plan is not None
    assert enforceable.too_late(plan) == calls


@pytest.mark.parametrize(
    ("condition", "is_open"),
    [
        pytest.param(OPEN, True, id="a file"),
        pytest.param('evt.type = open and fd.name glob "/proc/*/mem"', False, id="memory"),
        pytest.param("evt.type = open and proc.name = a", False, id="no file"),
        pytest.param("evt.type = unlink and fs.path.name = /mnt/a", False, id="no open"),
    ],
)
def test_a_moment_in_which_a_file_is_open_is_known(condition: str, is_open: bool) -> None:
    """A rule that guards files is told that denying is surer; what nobody can deny isn't."""
    _, plan = _planned(condition)
    assert plan is not None
    assert enforceable.leaves_files_open(plan) is is_open


@pytest.mark.parametrize(
    ("condition", "field"),
    [
        pytest.param("evt.arg.request = PTRACE_ATTACH", None, id="what it is called with"),
        pytest.param(
            "evt.type = openat or evt.arg.request = PTRACE_ATTACH", None, id="not of opens"
        ),
        pytest.param("evt.rawres >= 0", "evt.rawres", id="its result"),
        pytest.param("fd.num >= 0", "fd.num", id="a descriptor that there isn't"),
    ],
)
def test_what_reaches_in_is_told_what_it_is_called_with(condition: str, field: str | None) -> None:
    """Unlike an open, such a call is denied by its arguments, too."""
    calls = "evt.type in (ptrace, pidfd_getfd, openat)"
    found = _refusals(f"{calls} and proc.name = a and ({condition})", Means.DENY)
    assert _fields(found) == ([field] if field else [])
