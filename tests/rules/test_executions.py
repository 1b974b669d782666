"""Which rules on executions may be refused by who hears of volumes alone."""

import pytest

from support import rulesets

ON = "evt.type in (execve, execveat)"
IN = "proc.exepath startswith /mnt/tools/"


@pytest.mark.parametrize(
    "condition",
    [
        pytest.param(IN, id="below a folder"),
        pytest.param("proc.exepath = /mnt/tools/nmap", id="one program"),
        pytest.param("proc.exepath in (/mnt/a, /mnt/b)", id="several"),
        pytest.param("proc.exepath pmatch (/mnt/tools)", id="a folder and below"),
        pytest.param(f"({IN} or proc.exepath = /mnt/a)", id="either of two places"),
        pytest.param(f"not (not {IN} or proc.entered = false)", id="turned round"),
        pytest.param(f"{IN} and not proc.exepath = /mnt/tools/own", id="but for one"),
        pytest.param(f"{IN} and not proc.in_init_tree = true", id="and where it comes from"),
        pytest.param(f"{IN} and proc.pname = sh and proc.aname[2] = sshd", id="and creators"),
        pytest.param(f"{IN} and k8s.ns.name = prod and container.id != host", id="and container"),
    ],
)
def test_a_named_place_is_enough(condition: str) -> None:
    """Every match executes something there, and nothing else is asked than can be known."""
    assert not needs_module(f"{ON} and {condition}")


@pytest.mark.parametrize(
    "condition",
    [
        pytest.param("proc.entered = true", id="anywhere"),
        pytest.param(f"not {IN}", id="anywhere else"),
        pytest.param(f"({IN} or proc.entered = true)", id="there, or for another reason"),
        pytest.param(f"not ({IN} and proc.entered = true)", id="not both"),
        pytest.param("proc.exepath startswith /", id="the whole tree"),
        pytest.param("proc.exepath startswith /mnt/to", id="the beginning of a name"),
        pytest.param("proc.exepath endswith /nmap", id="an end"),
        pytest.param(f"proc.pexepath startswith /mnt/ and {ON}", id="its parent's place"),
        pytest.param(f"{IN} and proc.name = nmap", id="as it was called"),
        pytest.param(f"{IN} and proc.aname[0] = nmap", id="as it was called, by number"),
        pytest.param(f"{IN} and not proc.exe_is_init = true", id="which file the first one runs"),
        pytest.param(f"{IN} and proc.is_exe_writable = true", id="what the file is"),
        pytest.param(f"{IN} and user.uid = 0", id="by whom"),
        pytest.param(f"{IN} and proc.pexepath = val(proc.exepath)", id="compared with a field"),
    ],
)
def test_anything_else_needs_the_kernel(condition: str) -> None:
    """What isn't bound to a place, or asks for what nobody tells, isn't heard of or isn't sure."""
    assert needs_module(f"{ON} and {condition}")


def test_other_calls_are_no_executions() -> None:
    """A rule that is on more than executions has matches that are none."""
    assert needs_module(f"evt.type in (execve, execveat, openat) and {IN}")


def test_what_may_kill_is_killed_rather() -> None:
    """It ends as early, and wherever the program lies; of an open that isn't so."""
    assert needs_module(f"{ON} and {IN}", "[deny, kill]")
    assert not needs_module("evt.type = openat and fd.name = /mnt/a", "[deny, kill]")


def needs_module(condition: str, enforce: str = "deny") -> bool:
    """Return what is known of a rule that denies."""
    asked = rulesets.only_rule(rulesets.rule_text(condition, enforce=enforce)).info.enforcement
    assert asked is not None
    return asked.needs_module
