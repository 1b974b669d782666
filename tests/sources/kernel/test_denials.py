"""Whether the kernel lets BPF refuse an open."""

from pathlib import Path

import pytest

from shikra.backends.kernel.compile import compile_tables
from shikra.sources.kernel import denials, features
from support.rulesets import load, rule_text

HOOKS = {"file_open", "ptrace_access_check", "bprm_creds_from_file"}
_NAMES = b"".join(b"\0bpf_lsm_" + name.encode() for name in sorted(HOOKS))
HAS = features.Features(_NAMES + b"\0BPF_FUNC_check_mtu\0BPF_FUNC_task_pt_regs\0")
OLD = features.Features(_NAMES + b"\0BPF_FUNC_task_pt_regs\0")
BLIND = features.Features(b"\0bpf_lsm_file_open\0bpf_lsm_ptrace_access_check\0BPF_FUNC_check_mtu\0")
PART = features.Features(b"\0bpf_lsm_file_open\0BPF_FUNC_check_mtu\0BPF_FUNC_task_pt_regs\0")
LACKS = features.Features(b"\0another\0")


@pytest.mark.parametrize(
    ("kernel", "modules", "hooks"),
    [
        pytest.param(HAS, "lockdown,yama,bpf", HOOKS, id="asked"),
        pytest.param(PART, "bpf", {"file_open"}, id="asked of one"),
        pytest.param(BLIND, "bpf", {"file_open"}, id="too old to know the call"),
        pytest.param(HAS, "lockdown,yama", set(), id="not asked"),
        pytest.param(HAS, "lockdown,bpfilter", set(), id="another's name"),
        pytest.param(OLD, "lockdown,bpf", set(), id="too old for what runs there"),
        pytest.param(LACKS, "lockdown,bpf", set(), id="without the hooks"),
        pytest.param(HAS, None, set(), id="a list that can't be read"),
    ],
)
def test_bpf_is_asked_where_it_is_among_the_modules(
    tmp_path: Path, kernel: features.Features, modules: str | None, hooks: set[str]
) -> None:
    """A kernel that has the hook asks BPF only where it was told to when it booted."""
    listed = tmp_path / "lsm"
    if modules is not None:
        listed.write_text(modules)
    assert denials.hooks(kernel, listed) == hooks


@pytest.mark.parametrize(
    ("condition", "hooks"),
    [
        pytest.param("evt.type in (open, openat) and fd.name = /a", {"file_open"}, id="opens"),
        pytest.param("evt.type in (execve, execveat)", {"bprm_creds_from_file"}, id="executions"),
        pytest.param("evt.type = ptrace", {"ptrace_access_check"}, id="what reaches in"),
        pytest.param("evt.type = connect", set(), id="what is asked nowhere"),
    ],
)
def test_only_what_is_denied_is_asked_about(condition: str, hooks: set[str]) -> None:
    """What nothing is denied of isn't made slower."""
    tables = compile_tables(load(rule_text(condition)).ruleset).tables
    assert denials.needed(tables, frozenset({0})) == hooks
    assert not denials.needed(tables, frozenset())
