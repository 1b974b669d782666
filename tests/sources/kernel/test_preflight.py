"""Where the probe can't run, it is said what is missing and what to do."""

import errno
import platform
import re
from pathlib import Path
from typing import Any

import msgspec
import pytest

from shikra.sources.kernel import preflight
from shikra.sources.kernel.preflight import Capability

NEEDED = (Capability.CAP_BPF, Capability.CAP_PERFMON, Capability.CAP_SYS_PTRACE)


def bits(*capabilities: Capability) -> int:
    """Return a capability set."""
    return sum(1 << each for each in capabilities)


GOOD = preflight.Facts(
    machine="x86_64",
    kernel="6.1.0-56-amd64",
    is_root=True,
    capabilities=bits(*NEEDED),
    has_btf=True,
    lockdown="none",
    locked_bytes_limit=None,
    bpf_errno=0,
    has_object=True,
    in_host_pid_namespace=True,
)
WITH_RESOURCE = bits(*NEEDED, Capability.CAP_SYS_RESOURCE)


@pytest.mark.parametrize(
    ("changes", "missing", "remedy"),
    [
        pytest.param(
            {"is_root": False, "capabilities": 0}, "not root.*CAP_BPF", "run as root", id="no root"
        ),
        pytest.param(
            {"capabilities": bits(*NEEDED[1:])}, "root has lost CAP_BPF", "give", id="no CAP_BPF"
        ),
        pytest.param(
            {"is_root": False, "capabilities": bits(*NEEDED[::2])},
            "CAP_PERFMON",
            "give",
            id="no CAP_PERFMON",
        ),
        pytest.param(
            {"is_root": False, "capabilities": bits(Capability.CAP_SYS_ADMIN)},
            "CAP_SYS_PTRACE",
            "give",
            id="no CAP_SYS_PTRACE",
        ),
        pytest.param(
            {"locked_bytes_limit": 8 << 20}, "CAP_SYS_RESOURCE", "give", id="a limit to be raised"
        ),
        pytest.param(
            {"locked_bytes_limit": 8 << 20, "capabilities": WITH_RESOURCE},
            "8192 KiB",
            "ulimit -l",
            id="limit can't be raised",
        ),
        pytest.param(
            {"kernel": "5.4.0", "kernel_lacks": ("BPF ring buffers",)},
            r"5\.4\.0 lacks BPF ring buffers",
            r"5\.10",
            id="old kernel",
        ),
        pytest.param({"has_btf": False}, "/sys/kernel/btf/vmlinux", "DEBUG_INFO_BTF", id="no BTF"),
        pytest.param(
            {"bpf_errno": errno.ENOSYS}, "switched off", "CONFIG_BPF_SYSCALL", id="no BPF"
        ),
        pytest.param({"bpf_errno": errno.EPERM}, "refuses BPF", "seccomp", id="BPF refused"),
        pytest.param({"lockdown": "confidentiality"}, "locked down", "lockdown=", id="lockdown"),
        pytest.param({"machine": "aarch64"}, "aarch64", "x86_64", id="machine"),
        pytest.param({"has_object": False}, "isn't built", "make bpf", id="object not built"),
        pytest.param(
            {"in_host_pid_namespace": False}, "pid namespace", "hostPID", id="pid namespace"
        ),
    ],
)
def test_each_lack_is_named_with_its_remedy(
    changes: dict[str, Any], missing: str, remedy: str
) -> None:
    """One thing that is missing gives a refusal that names it and says what to do."""
    found = preflight.refusals(msgspec.structs.replace(GOOD, **changes))
    assert any(re.search(missing, each.missing) for each in found)
    assert any(re.search(remedy, each.remedy) for each in found)


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({}, id="capabilities alone"),
        pytest.param({"lockdown": "integrity"}, id="integrity lockdown"),
        pytest.param(
            {"capabilities": WITH_RESOURCE, "locked_bytes_limit": 256 << 20}, id="a limit that does"
        ),
        pytest.param(
            {"capabilities": bits(Capability.CAP_SYS_ADMIN, Capability.CAP_SYS_PTRACE)},
            id="CAP_SYS_ADMIN includes those for BPF",
        ),
    ],
)
def test_what_suffices_is_not_refused(changes: dict[str, Any]) -> None:
    """Nothing is asked for that isn't needed."""
    assert preflight.refusals(msgspec.structs.replace(GOOD, **changes)) == []


def test_all_lacks_are_told_at_once() -> None:
    """Several lacks give several lines."""
    facts = msgspec.structs.replace(GOOD, has_btf=False, has_object=False, capabilities=0)
    assert len(str(preflight.CannotStartError(preflight.refusals(facts))).splitlines()) == 3


def test_the_facts_of_this_machine_can_be_gathered(tmp_path: Path) -> None:
    """Gathering works without rights and finds an object that isn't there missing."""
    facts = preflight.gather(tmp_path / "absent.o")
    assert facts.kernel == platform.release()
    assert not facts.has_object
