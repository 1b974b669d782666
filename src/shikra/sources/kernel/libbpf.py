"""
The system's libbpf, by ctypes: as much of it as the probe needs.

In: the library. Out: its functions with their types, and what it said lately. A call that fails
raises ``LibbpfError`` with the kernel's reason and libbpf's last lines.
"""

import ctypes
import errno
import os
from collections import deque
from typing import Any

_NAMES = ("libbpf.so.1", "libbpf.so.0")
_STRICT_ALL = 0xFFFFFFFF  # makes libbpf 0.x return errors as libbpf 1.x does
_PRINT_DEBUG = 2
_LOG_LINES = 200
_SHOWN_LINES = 12
_MESSAGE_BYTES = 1 << 16

_PRINTER = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_int, ctypes.c_char_p, ctypes.c_void_p)

_POINTER, _INT, _TEXT, _U32, _U64 = (
    ctypes.c_void_p,
    ctypes.c_int,
    ctypes.c_char_p,
    ctypes.c_uint32,
    ctypes.c_uint64,
)
_FUNCTIONS: dict[str, tuple[Any, list[Any]]] = {
    "bpf_object__open_mem": (_POINTER, [_TEXT, ctypes.c_size_t, _POINTER]),
    "bpf_object__load": (_INT, [_POINTER]),
    "bpf_object__close": (None, [_POINTER]),
    "bpf_object__find_map_by_name": (_POINTER, [_POINTER, _TEXT]),
    "bpf_object__find_program_by_name": (_POINTER, [_POINTER, _TEXT]),
    "bpf_program__name": (_TEXT, [_POINTER]),
    "bpf_program__section_name": (_TEXT, [_POINTER]),
    "bpf_program__attach": (_POINTER, [_POINTER]),
    "bpf_program__set_autoload": (_INT, [_POINTER, ctypes.c_bool]),
    "bpf_program__fd": (_INT, [_POINTER]),
    "bpf_map__set_max_entries": (_INT, [_POINTER, _U32]),
    "bpf_map__reuse_fd": (_INT, [_POINTER, _INT]),
    "bpf_map__max_entries": (_U32, [_POINTER]),
    "bpf_map__key_size": (_U32, [_POINTER]),
    "bpf_map__value_size": (_U32, [_POINTER]),
    "bpf_map__fd": (_INT, [_POINTER]),
    "bpf_link__fd": (_INT, [_POINTER]),
    "bpf_link__destroy": (_INT, [_POINTER]),
    "bpf_obj_pin": (_INT, [_INT, _TEXT]),
    "bpf_obj_get": (_INT, [_TEXT]),
    "bpf_obj_get_info_by_fd": (_INT, [_INT, _POINTER, _POINTER]),
    "bpf_prog_test_run_opts": (_INT, [_INT, _POINTER]),
    "bpf_iter_create": (_INT, [_INT]),
    "bpf_map_lookup_elem": (_INT, [_INT, _POINTER, _POINTER]),
    "bpf_map_update_elem": (_INT, [_INT, _POINTER, _POINTER, _U64]),
    "bpf_map_delete_elem": (_INT, [_INT, _POINTER]),
    "bpf_map_get_next_key": (_INT, [_INT, _POINTER, _POINTER]),
    "libbpf_num_possible_cpus": (_INT, []),
    "libbpf_probe_bpf_map_type": (_INT, [_INT, _POINTER]),
}


class LibbpfError(Exception):
    """libbpf is missing, or refused."""


class Libbpf:
    """The library. One a process: what it prints is global."""

    def __init__(self) -> None:
        """Load the library and take over its log."""
        self._library = _open()
        self._log: deque[str] = deque(maxlen=_LOG_LINES)
        self._c = ctypes.CDLL(None)
        self._c.vasprintf.argtypes = [ctypes.POINTER(_POINTER), _TEXT, _POINTER]
        self._c.free.argtypes = [_POINTER]
        self._printer = _PRINTER(self._print)  # kept: libbpf calls it as long as we live
        for name, (result, arguments) in _FUNCTIONS.items():
            function = getattr(self._library, name, None)
            if function is None:
                raise LibbpfError(f"{self._library._name} is too old: it has no {name}")  # noqa: SLF001  ctypes has no other way
            function.restype, function.argtypes = result, arguments
        self._next_program = _next_program(self._library)
        self._library.libbpf_set_print(self._printer)

    def __getattr__(self, name: str) -> Any:
        """Return one of the declared functions."""
        if name not in _FUNCTIONS:
            raise AttributeError(name)
        return getattr(self._library, name)

    def next_program(self, opened: int, after: int | None) -> int | None:
        """Return the object's program after this one."""
        found: int | None = self._next_program(opened, after)
        return found

    def check(self, result: int | None, doing: str) -> int:
        """Return a call's result; raise if it says that the call failed."""
        if result is None:
            raise self.failed(doing, ctypes.get_errno())
        if result < 0:
            raise self.failed(doing, -result if result != -1 else ctypes.get_errno())
        return result

    def failed(self, doing: str, number: int) -> LibbpfError:
        """Return the error for a failure with this errno."""
        reason = f"{os.strerror(number)} ({errno.errorcode.get(number, number)})"
        said = "".join(f"\n  {line}" for line in list(self._log)[-_SHOWN_LINES:])
        return LibbpfError(f"{doing}: {reason}{said}")

    def _print(self, level: int, template: bytes, values: int) -> int:
        if level >= _PRINT_DEBUG:
            return 0
        made = _POINTER()
        length = self._c.vasprintf(ctypes.byref(made), template, values)
        if length < 0:
            return 0
        kept = min(length, _MESSAGE_BYTES)  # a verifier's log may be megabytes: its end says why
        text = ctypes.string_at((made.value or 0) + length - kept, kept).decode(errors="replace")
        self._c.free(made)
        self._log.extend(line for line in text.splitlines() if line.strip())
        return 0


def _open() -> Any:
    for name in _NAMES:
        try:
            library = ctypes.CDLL(name, use_errno=True)
        except OSError:
            continue
        if name.endswith(".0"):
            library.libbpf_set_strict_mode(ctypes.c_uint32(_STRICT_ALL))
        return library
    raise LibbpfError(
        f"{_NAMES[0]} is not installed; it is in the package libbpf1 (Debian, Ubuntu),"
        " libbpf (Fedora, RHEL, Alpine)"
    )


def _next_program(library: Any) -> Any:
    """``bpf_object__next_program``, under its older name and order where there is no other."""
    function = getattr(library, "bpf_object__next_program", None)
    if function is not None:
        function.restype, function.argtypes = _POINTER, [_POINTER, _POINTER]
        return function
    older = library.bpf_program__next
    older.restype, older.argtypes = _POINTER, [_POINTER, _POINTER]
    return lambda opened, after: older(after, opened)
