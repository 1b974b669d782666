"""
What this machine lacks for tests that need more than Python.

In: the machine. Out: a sentence that says what is missing, or ``None``: the reason of a skip.
"""

import ctypes
import functools
import os
import shutil
from pathlib import Path

KERNEL_BTF = Path("/sys/kernel/btf/vmlinux")
CONTAINER_PROGRAMS = ("containerd", "ctr", "runc", "busybox", "nsenter", "ip", "setpriv")
CNI_PLUGINS = Path("/usr/lib/cni")
MAP_TYPE_RINGBUF = 27  # uapi/linux/bpf.h


@functools.cache
def lacks_kernel() -> str | None:
    """Say why no BPF program can be loaded here."""
    if os.geteuid() != 0:
        return "needs root"
    if not KERNEL_BTF.exists():
        return f"the kernel has no BTF: {KERNEL_BTF} is absent"
    try:
        libbpf = ctypes.CDLL("libbpf.so.1")
    except OSError:
        return "libbpf.so.1 is not installed (make test installs it)"
    if libbpf.libbpf_probe_bpf_map_type(MAP_TYPE_RINGBUF, None) != 1:
        return "the kernel refuses BPF maps to this process"
    return None


@functools.cache
def lacks_containers() -> str | None:
    """Say why no container can be started here."""
    missing = [name for name in CONTAINER_PROGRAMS if shutil.which(name) is None]
    if not (CNI_PLUGINS / "bridge").exists():
        missing.append(f"{CNI_PLUGINS}/bridge")
    if missing:
        return f"not installed: {', '.join(missing)} (make test installs them)"
    return lacks_kernel()
