"""
One loaded BPF object: opened, sized, loaded, attached, and gone when closed.

In: the bytes of the object. Out: its maps, what its iterators tell, its types. The kernel
drops everything when this process ends, however it ends, but what ``pins`` keeps.
"""

import contextlib
import ctypes
import io
import struct
from collections.abc import Iterator, Mapping
from types import TracebackType
from typing import Self

from shikra.sources.kernel import btf, libbpf, maps

_UNATTACHED_SECTIONS = (b"iter", b"raw_tp")  # run, or attached, when they are asked for
RINGS, DENIALS = b"tp_btf/io_uring_", b"lsm/"
"""Beginnings of sections whose programs are attached only while they are needed."""
_ON_DEMAND = (RINGS, DENIALS)
_READ_BYTES = 1 << 16
_INFO_BYTES = 216  # of struct bpf_prog_info, up to and with recursion_misses
_RECURSION_MISSES = struct.Struct("<208xQ")


class _TestRun(ctypes.Structure):
    """``struct bpf_test_run_opts`` of libbpf."""

    _fields_ = (
        ("size", ctypes.c_size_t),
        ("data", ctypes.c_void_p),
        ("data_out", ctypes.c_void_p),
        ("data_size", ctypes.c_uint32),
        ("data_size_out", ctypes.c_uint32),
        ("context", ctypes.c_void_p),
        ("context_out", ctypes.c_void_p),
        ("context_size", ctypes.c_uint32),
        ("context_size_out", ctypes.c_uint32),
        ("result", ctypes.c_uint32),
        ("repeat", ctypes.c_int),
        ("duration", ctypes.c_uint32),
        ("flags", ctypes.c_uint32),
        ("cpu", ctypes.c_uint32),
        ("batch_size", ctypes.c_uint32),
    )


class Probe:
    """The object. Attached only where ``attach`` was called."""

    def __init__(
        self,
        library: libbpf.Libbpf,
        elf: bytes,
        max_entries: Mapping[str, int],
        on_demand: frozenset[str] = frozenset(),
        reused: Mapping[str, int] | None = None,
    ) -> None:
        """
        Load the object into the kernel, with these sizes of maps, and maps that are there already.

        Of the hooks that are attached on demand, only those are loaded that are named.
        """
        self.types = btf.Btf.of_object(elf)
        self._lib = library
        self._links: dict[str, int] = {}
        self._demanded: dict[bytes, list[int]] = {}
        self._loadable = on_demand
        self._elf = elf  # libbpf keeps pointing into it
        self._object = library.bpf_object__open_mem(elf, len(elf), None)
        library.check(self._object, "open the probe")
        try:
            for name, entries in max_entries.items():
                result = library.bpf_map__set_max_entries(self._handle(name), entries)
                library.check(result, f"size map {name}")
            for name, fd in (reused or {}).items():
                result = library.bpf_map__reuse_fd(self._handle(name), fd)
                library.check(result, f"go on with map {name}")
            self._leave_out()
            library.check(library.bpf_object__load(self._object), "load the probe")
        except BaseException:
            self.close()
            raise

    def programs(self) -> list[int]:
        """Return the handles of all programs, also of those that were left out."""
        found: list[int] = []
        program = self._lib.next_program(self._object, None)
        while program is not None:
            found.append(program)
            program = self._lib.next_program(self._object, program)
        return found

    def map(self, name: str) -> maps.Map:
        """Return a map of the object."""
        return maps.Map(self._lib, name, self._handle(name))

    def attach(self) -> None:
        """Attach every program that runs at a hook, but those that are attached on demand."""
        self._links |= {name: self._attach(name, program) for name, program in self._hooks()}

    def pin(self, path: bytes, *, map_name: str = "", hook: str = "") -> None:
        """Keep a map, or what runs at a hook, for as long as it has this name."""
        fd = self.map(map_name).fd if map_name else self._lib.bpf_link__fd(self._links[hook])
        self._lib.check(self._lib.bpf_obj_pin(fd, path), f"keep {map_name or hook}")

    @contextlib.contextmanager
    def attached(self, name: str) -> Iterator[None]:
        """Attach one program that runs at a hook, for as long as the block lasts."""
        link = self._attach(name, self._program(name))
        try:
            yield
        finally:
            self._lib.bpf_link__destroy(link)

    def attach_on_demand(self, section: bytes) -> None:
        """Attach the hooks of such sections, too. Harmless when repeated."""
        if not self._demanded.get(section):
            self._demanded[section] = [self._attach(*each) for each in self._hooks(section)]

    def detach_on_demand(self, section: bytes) -> None:
        """Detach those again. Harmless when repeated."""
        for link in self._demanded.pop(section, ()):
            self._lib.bpf_link__destroy(link)

    def has(self, section: bytes) -> bool:
        """Whether any program of such sections was loaded."""
        return any(self._hooks(section))

    def run(self, name: str, *arguments: int) -> int:
        """
        Run a program once, in this thread; return what it returned.

        Kernels can since 5.10 (1b4d60ec162f).
        """
        context = (ctypes.c_uint64 * len(arguments))(*arguments)
        options = _TestRun(
            size=ctypes.sizeof(_TestRun),
            context=ctypes.addressof(context),
            context_size=ctypes.sizeof(context),
        )
        fd = self._lib.bpf_program__fd(self._program(name))
        result = self._lib.bpf_prog_test_run_opts(fd, ctypes.byref(options))
        self._lib.check(result, f"run {name}")
        return ctypes.c_int32(options.result).value

    def iterate(self, name: str) -> bytes:
        """Run an iterator and return all that it wrote."""
        program = self._program(name)
        link = self._lib.check(self._lib.bpf_program__attach(program), f"attach {name}")
        try:
            fd = self._lib.bpf_iter_create(self._lib.bpf_link__fd(link))
            with io.FileIO(self._lib.check(fd, f"run {name}")) as stream:
                return b"".join(iter(lambda: stream.read(_READ_BYTES), b""))
        finally:
            self._lib.bpf_link__destroy(link)

    def recursion_misses(self) -> dict[str, int]:
        """
        Return how often the kernel left out each program that runs at a hook.

        A run within a run of the same program is left out. Empty before Linux 5.12
        (9ed9e9ba2337), which doesn't count them.
        """
        programs = (
            *self._hooks(),
            *(each for section in _ON_DEMAND for each in self._hooks(section)),
        )
        counted = {name: self._recursion_misses(program) for name, program in programs}
        return {name: count for name, count in counted.items() if count is not None}

    def detach(self) -> None:
        """Let no program run any more; what the maps hold stays. Harmless when repeated."""
        for section in tuple(self._demanded):
            self.detach_on_demand(section)
        while self._links:
            self._lib.bpf_link__destroy(self._links.popitem()[1])

    def close(self) -> None:
        """Detach and unload. Harmless when repeated."""
        self.detach()
        if self._object is not None:
            self._lib.bpf_object__close(self._object)
            self._object = None

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Detach and unload."""
        self.close()

    def _program(self, name: str) -> int:
        program: int | None = self._lib.bpf_object__find_program_by_name(
            self._object, name.encode()
        )
        if program is None:
            raise btf.LayoutError(f"the object has no program {name}")
        return program

    def _handle(self, name: str) -> int:
        handle: int | None = self._lib.bpf_object__find_map_by_name(self._object, name.encode())
        if handle is None:
            raise btf.LayoutError(f"the object has no map {name}")
        return handle

    def _recursion_misses(self, program: int) -> int | None:
        info = ctypes.create_string_buffer(_INFO_BYTES)
        length = ctypes.c_uint32(_INFO_BYTES)  # the kernel says how much it knows
        fd = self._lib.bpf_program__fd(program)
        result = self._lib.bpf_obj_get_info_by_fd(fd, info, ctypes.byref(length))
        self._lib.check(result, "ask about a program")
        if length.value < _INFO_BYTES:
            return None
        count: int = _RECURSION_MISSES.unpack(info.raw)[0]
        return count

    def _attach(self, name: str, program: int) -> int:
        return self._lib.check(self._lib.bpf_program__attach(program), f"attach {name}")

    def _leave_out(self) -> None:
        """Don't load what this kernel has no hook for."""
        for section, program in self._sections():
            hook = section.decode().partition("/")[2]
            if section.startswith(_ON_DEMAND) and hook not in self._loadable:
                result = self._lib.bpf_program__set_autoload(program, False)  # noqa: FBT003  C's order
                self._lib.check(result, f"leave out {hook}")

    def _hooks(self, demanded: bytes | None = None) -> Iterator[tuple[str, int]]:
        """Yield every program that runs at a hook, always or on demand, and was loaded."""
        for section, program in self._sections():
            is_loaded = self._lib.bpf_program__fd(program) >= 0
            if (
                is_loaded
                and not section.startswith(_UNATTACHED_SECTIONS)
                and _is_demanded(section, demanded)
            ):
                yield self._lib.bpf_program__name(program).decode(), program

    def _sections(self) -> Iterator[tuple[bytes, int]]:
        for program in self.programs():
            yield self._lib.bpf_program__section_name(program), program


def _is_demanded(section: bytes, demanded: bytes | None) -> bool:
    if demanded is None:
        return not section.startswith(_ON_DEMAND)
    return section.startswith(demanded)
