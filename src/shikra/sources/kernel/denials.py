"""
Whether the running kernel lets BPF refuse an open.

In: the kernel's features and the list of its security modules. Out: the hooks for it, or none. A
kernel has the hooks by its configuration, but asks BPF only where ``bpf`` is among its modules,
which is decided when it boots. What runs there needs instructions that came with 5.12.
"""

from pathlib import Path

from shikra.sources.kernel import features

HOOKS = ("file_open",)
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
    return frozenset(name for name in HOOKS if of_kernel.has(f"bpf_lsm_{name}"))
