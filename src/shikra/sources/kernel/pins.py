"""
Keep lineage up to date while no Shikra runs, and go on with it.

In: a folder on the BPF file system, a loaded probe. Out: the hooks of processes and the maps that
they fill, pinned there; at the next start, those maps, if they are laid out as the probe has them.
The hooks that kept them go on until the probe's own are attached, so no process is missed: one
that both see has the record that the later one made. Whatever isn't there as a whole is no
knowledge, and is removed. Only one Shikra may have the folder at a time; that is for others to see
to.
"""

import contextlib
import ctypes
import hashlib
import logging
import os
from collections.abc import Iterator, Mapping
from pathlib import Path

import msgspec

from shikra.sources.kernel import btf, libbpf, probe

LOG = logging.getLogger(__name__)

HOOKS = ("process_created", "process_executed", "process_ended")
SHARED = ("processes", "containers", "mount_namespaces", "last_ids")
"""Maps that the next probe goes on with."""
_ACTIVE = "active"
"""The tables that were in force: their generations are taken."""
_MEANING = 1
"""To be raised when hooks write the same members with another meaning."""
_NEW = "-new"
_FILE_SYSTEM = "bpf"


class Found(msgspec.Struct, frozen=True):
    """What the Shikra before this one left to go on with."""

    maps: Mapping[str, int]  # descriptors
    generation: int  # of its tables


class Pins:
    """The folder. Without one nothing is kept."""

    def __init__(
        self, library: libbpf.Libbpf, folder: Path | None, version: str, trouble: str = ""
    ) -> None:
        """Look at nothing yet; trouble is why there is no folder."""
        self._trouble = trouble
        self._by: probe.Probe | None = None
        self._has_told = False
        self._lib = library
        self._folder = folder
        self._place = folder / f"lineage-{version}" if folder else None
        self.is_kept = False
        self.has_other = False
        """Whether there was something that can't be gone on with."""

    def find(self, types: btf.Btf, stack: contextlib.ExitStack) -> Found | None:
        """Open what is there, for as long as the stack lasts; remove what is of no use."""
        found: Found | None = None
        if self._place is not None and all((self._place / name).exists() for name in _all()):
            with contextlib.suppress(libbpf.LibbpfError):
                found = self._open(self._place, types, stack)
        self.is_kept = found is not None
        useless = [each for each in self._places() if found is None or each != self._place]
        self.has_other = bool(useless)
        for each in useless:
            _remove(each)
        return found

    def want(self, loaded: probe.Probe | None) -> None:
        """Keep lineage by this probe's hooks from now on, or (``None``) not at all."""
        if loaded is self._by:
            return
        try:
            if loaded is None:
                self.drop()
            else:
                self._keep(loaded)
        except (libbpf.LibbpfError, OSError) as error:
            if not self._has_told:
                LOG.warning(
                    "lineage isn't kept while Shikra doesn't run; after its next start whoever is"
                    " older is inferred, and isn't killed or denied: %s",
                    error,
                )
            self._has_told = True

    def drop(self) -> None:
        """Keep nothing any more."""
        self.is_kept, self._by = False, None
        for old in self._places():
            _remove(old)

    def _keep(self, loaded: probe.Probe) -> None:
        """Take the place of whatever was kept before."""
        if self._place is None:
            raise OSError(self._trouble)
        new = self._place.with_name(self._place.name + _NEW)
        try:
            _remove(new)
            new.mkdir(mode=0o700, parents=True)
            for name in (*SHARED, _ACTIVE):
                loaded.pin(bytes(new / name), map_name=name)
            for name in HOOKS:
                loaded.pin(bytes(new / name), hook=name)
            for old in self._places():
                if old != new:
                    _remove(old)
            new.rename(self._place)
        except BaseException:
            self.drop()
            raise
        self.is_kept, self._by = True, loaded

    def _places(self) -> list[Path]:
        return places(self._folder) if self._folder else []

    def _open(self, place: Path, types: btf.Btf, stack: contextlib.ExitStack) -> Found:
        opened = {}
        for name in (*SHARED, _ACTIVE):
            fd = self._lib.bpf_obj_get(bytes(place / name))
            opened[name] = self._lib.check(fd, f"open {place / name}")
            stack.callback(os.close, fd)
        leaf = types.leaves("active")["generation"]
        value = self._value(opened.pop(_ACTIVE), types.size("active"))
        generation = int.from_bytes(value[leaf.offset : leaf.offset + leaf.size], "little")
        return Found(opened, generation)

    def _value(self, fd: int, size: int) -> bytes:
        only, value = ctypes.create_string_buffer(4), ctypes.create_string_buffer(size)
        result = self._lib.bpf_map_lookup_elem(fd, only, value)
        self._lib.check(result, "read what was in force")
        return value.raw


class Kept(msgspec.Struct, frozen=True):
    """What there is, and the folder."""

    pins: Pins
    found: Found | None


@contextlib.contextmanager
def kept(
    library: libbpf.Libbpf, folder: Path | None, elf: bytes, sizes: Mapping[str, int]
) -> Iterator[Kept]:
    """Open what a probe may go on with, for as long as the block lasts."""
    if folder is None or not can_be_at(folder):
        trouble = f"{folder} is on no BPF file system" if folder else "pin_dir is empty"
        yield Kept(Pins(library, None, "", trouble), None)
        return
    types = btf.Btf.of_object(elf)
    of_maps = {name: sizes[name] for name in SHARED if name in sizes}
    pinned = Pins(library, folder, version_of(types, of_maps))
    with contextlib.ExitStack() as stack:
        yield Kept(pinned, pinned.find(types, stack))


def places(folder: Path) -> list[Path]:
    """Return whatever is kept in a folder, of any version."""
    return sorted(folder.glob("lineage-*")) if folder.is_dir() else []


def remove(folder: Path) -> int:
    """Keep nothing in a folder any more; return whether anything was."""
    found = places(folder)
    for place in found:
        _remove(place)
    return len(found)


def can_be_at(folder: Path, mounts: Path = Path("/proc/self/mounts")) -> bool:
    """Whether a folder is, or would be, on a BPF file system."""
    points = {
        Path(point): kind
        for _, point, kind, *_ in (line.split() for line in mounts.read_text().splitlines())
    }
    above = next((each for each in (folder, *folder.parents) if each in points), None)
    return above is not None and points[above] == _FILE_SYSTEM


def version_of(types: btf.Btf, sizes: Mapping[str, int]) -> str:
    """Return what must be the same for one probe to go on with the maps of another."""
    names = ("process_state", "container_state", "active")
    layouts = [
        (types.size(name), sorted((at, leaf.offset, leaf.size) for at, leaf in found.items()))
        for name, found in ((name, types.leaves(name)) for name in names)
    ]
    flags = sorted(types.enum("process_flag").items())
    told = repr((_MEANING, layouts, flags, sorted(sizes.items())))
    return hashlib.sha256(told.encode()).hexdigest()[:16]


def _all() -> tuple[str, ...]:
    return (*SHARED, _ACTIVE, *HOOKS)


def _remove(place: Path) -> None:
    if place.is_dir():
        for each in sorted(place.iterdir(), key=lambda one: one.name not in HOOKS):
            each.unlink()
        place.rmdir()
