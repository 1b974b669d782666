"""The probe's programs fit on the stack of every kernel."""

import ctypes

import pytest

from shikra.sources.kernel import probe
from support import stacks
from support.judging import Judge

pytestmark = pytest.mark.kernel

MOST = 512  # bytes of all functions of a chain of calls together: MAX_BPF_STACK
INSTRUCTION_BYTES = 8


def codes(loaded: probe.Probe) -> dict[str, bytes]:
    """Return each program's code, that of its functions behind it."""
    library = ctypes.CDLL("libbpf.so.1")
    library.bpf_program__name.restype = ctypes.c_char_p
    library.bpf_program__insns.restype = ctypes.c_void_p
    library.bpf_program__insn_cnt.restype = ctypes.c_size_t
    found = {}
    for handle in map(ctypes.c_void_p, loaded.programs()):
        if library.bpf_program__fd(handle) < 0:  # left out here
            continue
        length = INSTRUCTION_BYTES * library.bpf_program__insn_cnt(handle)
        code = ctypes.string_at(library.bpf_program__insns(handle), length)
        found[library.bpf_program__name(handle).decode()] = code
    return found


def test_chains_of_calls_have_little_on_the_stack(attached: Judge) -> None:
    """No chain of functions takes more than kernels give, which old ones count less kindly."""
    loaded = attached.kernel._probe  # noqa: SLF001  loading another takes long in an emulator
    depths = {name: stacks.deepest(code) for name, code in codes(loaded).items()}
    assert "call_returned" in depths
    assert ("file_opened" in depths) == attached.kernel.can_deny
    assert {name: depth for name, depth in depths.items() if depth > MOST} == {}
