"""
Whether the running kernel lets BPF refuse a call, and where it has to be asked for it.

In: the kernel's features and the list of its security modules; tables and what of them denies.
Out: the hooks for it, or none. A
kernel has the hooks by its configuration, but asks BPF only where ``bpf`` is among its modules,
which is decided when it boots. What runs there needs instructions that came with 5.12; what is
asked about other processes needs a helper that came with 5.15.
"""

from collections.abc import Mapping
from pathlib import Path

from shikra.model.kernel_tables import KernelTables
from shikra.sources.kernel import features

OPEN, EXEC, REACH = "file_open", "bprm_creds_from_file", "ptrace_access_check"
HOOKS: Mapping[str, frozenset[str]] = {
    OPEN: frozenset({"openat"}),
    EXEC: frozenset({"execve"}),
    REACH: frozenset({"ptrace", "process_vm_readv", "process_vm_writev", "pidfd_getfd"}),
}
"""By hook: as which calls what is asked for there is judged; one may stand for all of its kind."""
MODULES = Path("/sys/kernel/security/lsm")
_MODULE = "bpf"


def hooks(of_kernel: features.Features, modules: Path = MODULES) -> frozenset[str]:
    """Return the hooks that the kernel has and asks; none where its modules can't be read."""
    try:
        active = modules.read_text().strip().split(",")
    except OSError:
        return frozenset()
    if _MODULE not in active or not of_kernel.has(features.EXCHANGE):
        return frozenset()
    found = (name for name in HOOKS if of_kernel.has(f"bpf_lsm_{name}"))
    return frozenset(name for name in found if name != REACH or of_kernel.has(features.REGISTERS))


def needed(tables: KernelTables, denied: frozenset[int]) -> frozenset[str]:
    """Return the hooks at which these conditions of the tables are refused."""
    calls = {one.event_type for one in tables.classes if one.conditions & denied}
    return frozenset(hook for hook, judged in HOOKS.items() if not judged.isdisjoint(calls))
