"""
The kernel as a source of events: everything from the loaded probe to ``Event``.

In: what to watch. Out: events, and containers as they start and end, in batches. What the kernel
or this program had to drop is counted by reason. Closing detaches everything; so does the end of
this process, however it comes, but for what keeps lineage,
where that is asked for.
"""

import os
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self, assert_never

import msgspec

from shikra.model import clock, enforcement, event, kernel_tables
from shikra.model.verdict import Outcome
from shikra.sources.kernel import (
    books,
    btf,
    canary,
    cgroups,
    classify,
    decode,
    denials,
    enforcing,
    events,
    features,
    file_names,
    first_mounts,
    followed,
    heartbeat,
    identify,
    image_bits,
    known_files,
    known_parts,
    libbpf,
    limits,
    pins,
    preflight,
    probe,
    procfs,
    records,
    refused,
    requests,
    rings,
    seed,
    slots,
    state,
    tracees,
    volumes,
    watching,
)
from shikra.sources.kernel.containers import ContainerComing, ContainerEnded, ContainerStarted
from shikra.sources.kernel.tables import pack as lay_out

OBJECT = Path(__file__).resolve().parents[4] / "build" / "shikra.bpf.o"
RUNTIMES = (b"runc", b"runc:[0:PARENT]", b"runc:[1:CHILD]", b"runc:[2:INIT]", b"crun", b"youki")
"""Short-lived helpers that make containers. What stays, the shim, is a parent as any other."""

_EVERYTHING = 1 << 62
_SETTLE_EVERY_NS = 1_000_000_000

Item = event.Event | books.News


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """How the probe is loaded."""

    probe_object: Path = OBJECT
    ring_bytes: int = 8 << 20  # a power of two, as all sizes of rings
    urgent_ring_bytes: int = 2 << 20
    process_ring_bytes: int = 4 << 20
    max_processes: int = 16384
    max_containers: int = 4096
    pin_dir: Path | None = None  # where lineage is kept; None: nowhere
    runtimes: tuple[bytes, ...] = RUNTIMES


class KernelSource:
    """The probe at work. Made by ``open``; a context manager."""

    def __init__(
        self,
        loaded: probe.Probe,
        settings: Settings,
        now: clock.Clock,
        readers: event.Readers,
        kept: pins.Kept,
    ) -> None:
        """Attach a loaded probe and bring in what is there already."""
        self._probe = loaded
        self._pins = kept.pins
        self._is_continued = kept.found is not None
        self._clock = now
        self._settled_ns = 0
        self._rings = rings.Rings(loaded)
        self._losses = loaded.map("losses")
        self._limits = limits.Limits(loaded)
        self._decoder = decode.Decoder(loaded.types)
        self._told = state.ProbeState(loaded)
        self._slots = slots.Slots(loaded, kept.found.generation if kept.found else 0)
        self._enforcing = enforcing.Enforcing(loaded)
        identified = identify.Identifier(loaded)
        self._mounts = first_mounts.FirstMounts(self._told, identified)
        stayed = self._mounts.are_where_they_were
        self._known = known_files.KnownFiles(loaded, self._told, identified, stayed)
        self._parts = known_parts.KnownParts(loaded)
        self._volumes = volumes.Volumes(loaded)
        unsure = followed.Followed(loaded.types.enum("call_flag")["CALL_REAL_UNSURE"])
        names = file_names.FileNames(self._mounts, self._known, unsure)
        self._told.plan_calls()
        self._told.name_runtimes(settings.runtimes)
        place = seed.Surroundings(
            host=classify.Host(procfs.host_mount_namespace(), preflight.HOST_PID_NAMESPACE),
            hierarchy=cgroups.chosen(),
            runtimes=frozenset(settings.runtimes),
        )
        self._told.configure(place.hierarchy, place.host, os.getpid())
        self._books = books.Books(loaded.types, self._told, place.hierarchy)
        find = self._books.table.by_pid
        self._maker = events.EventMaker(loaded.types, now, readers, find, names.of)
        self._refusals = refused.Recorder(loaded.types)
        self._heart = heartbeat.Heart(loaded.types, now)
        self._seeder = seed.Seeder(loaded, self._told, self._books.table, place)
        self._images = image_bits.ImageTeller(loaded)
        self._requests = requests.Requests(loaded)
        self._unseen = requests.unseen(features.Features.of_running())
        self.load(self.pack(watching.NOTHING))
        loaded.attach()
        if self._pins.is_kept:  # the hooks that kept it so far go
            self._pins.want(loaded)
        self._books.add(*self._seeder.settle(self._drain_books))
        self._settled_ns = now.boot_ns()
        self._heart.start()
        self._known.start()

    @classmethod
    def open(cls, settings: Settings, now: clock.Clock, readers: event.Readers) -> Self:
        """
        Load the probe and attach it; nothing is watched yet.

        Raises ``CannotStartError`` with everything that is missing, or ``LibbpfError``.
        """
        library = libbpf.Libbpf()
        lacking = preflight.refusals(preflight.gather(settings.probe_object))
        if lacking:
            raise preflight.CannotStartError(lacking)
        sizes = {
            "ring": settings.ring_bytes,
            "urgent_ring": settings.urgent_ring_bytes,
            "process_ring": settings.process_ring_bytes,
            "processes": settings.max_processes,
            "containers": settings.max_containers,
            "mount_namespaces": settings.max_containers,
        }
        of_kernel = features.Features.of_running()
        hooks = requests.hooks(of_kernel) | denials.hooks(of_kernel)
        elf = settings.probe_object.read_bytes()
        with pins.kept(library, settings.pin_dir, elf, sizes) as kept:
            reused = kept.found.maps if kept.found else {}
            loaded = probe.Probe(library, elf, sizes, hooks, reused)
            try:
                return cls(loaded, settings, now, readers, kept)
            except BaseException:
                loaded.close()
                raise

    def keep_lineage(self, *, is_kept: bool) -> None:
        """Let lineage be kept after this process ends, or not; trouble is logged once."""
        self._pins.want(self._probe if is_kept else None)

    @property
    def keeps_lineage(self) -> bool:
        """Whether lineage will go on being kept when this process ends."""
        return self._pins.is_kept

    @property
    def is_continued(self) -> bool:
        """Whether lineage was kept before this process."""
        return self._is_continued

    @property
    def has_other_lineage(self) -> bool:
        """Whether lineage was kept that this probe can't go on with."""
        return self._pins.has_other

    def watch(self, event_types: frozenset[str]) -> None:
        """Watch these events, all of them, and no others; may be called again at any time."""
        self._maker.unjudged = self.load(self.pack(watching.tables(event_types)))

    def pack(self, tables: kernel_tables.KernelTables) -> kernel_tables.Packed:
        """
        Lay out tables for ``load``; slow, and changes nothing.

        Raises ``LayoutError`` for what the probe doesn't know, ``TooLargeError`` beyond its bounds.
        """
        return kernel_tables.Packed(tables, lay_out(self._probe.types, tables))

    def load(
        self, packed: kernel_tables.Packed, orders: enforcing.Orders = enforcing.NO_ORDERS
    ) -> int:
        """
        Let these tables decide from the next event on, and return their generation.

        What was told of containers is unknown to them until it is told again. What surely matches
        by them is ended as ordered, from the first event on.
        """
        self._requests.watch(packed.tables)
        coming = self._slots.generation + 1
        self._tables = packed.tables
        hooks = denials.needed(packed.tables, orders.deny)
        self._images.use(packed.tables, coming, self._books.table.living())
        return self._slots.load(
            packed.data, lambda generation: self._enforcing.order(generation, orders, hooks)
        )

    def enforce(self, orders: enforcing.Orders) -> None:
        """Order this of the tables loaded last, from the next event on."""
        hooks = denials.needed(self._tables, orders.deny)
        self._enforcing.order(self._slots.generation, orders, hooks)

    @property
    def can_deny(self) -> bool:
        """Whether the kernel lets calls be refused by BPF."""
        return self._enforcing.can_deny

    def tell_mode(self, container: int, mode: enforcement.Mode | None) -> None:
        """Let a container (0: the host) have a mode of its own for what is ordered."""
        self._enforcing.tell_mode(container, mode)

    def forget_mode(self, container: int) -> None:
        """Let a container have the default mode again."""
        self._enforcing.forget_mode(container)

    def can_kill(self) -> bool:
        """Whether this kernel ends a process in time; tried on one of ours, and takes a moment."""
        return canary.dies(self._probe)

    def enforced(self) -> Mapping[enforcing.Enforced, int]:
        """Return what became of all orders so far, as the probe itself counted it."""
        return self._enforcing.counts()

    @property
    def generation(self) -> int:
        """The generation of the tables loaded last."""
        return self._slots.generation

    def tell_container(self, key: int, bits: kernel_tables.ContainerBits) -> None:
        """Tell of a container what the tables loaded last ask of it."""
        self._slots.tell_container(key, bits)

    def forget_container(self, key: int) -> None:
        """Know nothing of a container any more."""
        self._slots.forget_container(key)

    @property
    def types(self) -> btf.Btf:
        """What the values of the probe's maps look like."""
        return self._probe.types

    def lend(self, names: Sequence[str]) -> tuple[int, ...]:
        """Return descriptors of the probe's maps, for another process to read them."""
        return tuple(self._probe.map(name).fd for name in names)

    def refused(self, told: refused.Refused) -> event.Event | None:
        """Return the event of an open that was refused; ``None`` if its process is forgotten."""
        caller = self._books.table.by_id(told.process)
        if caller is None:
            return None
        record = self._refusals.record(told, caller)
        made = self._maker.make(record, self._refusals.caller(record, caller))
        return made if made is None or told.is_execution else refused.but_for_us(made)

    def know_files(self, paths: frozenset[bytes]) -> None:
        """Know the files at these paths by their inodes, too, in every container."""
        self._parts.add(paths)
        self._known.name(paths)

    def limit(self, burst: int, rate: float) -> None:
        """Tell so many calls that surely match one by one, for each condition and process."""
        self._limits.configure(burst, rate)

    def held(self) -> Collection[limits.Held]:
        """Return what the limit has held back since the last time."""
        return self._limits.take()

    def fileno(self) -> int:
        """Return a descriptor that is readable when there is something to drain."""
        return self._rings.fileno()

    def drain(self, limit: int) -> Iterator[Item]:
        """Yield what happened, oldest first, from at most this many calls."""
        self._maker.read_clock()
        yield from self._news()
        for record in self._decoder.decode(self._rings.drain(limit)):
            made = self._take(record)
            yield from self._news()
            if made is not None:
                yield made
        self._books.forget(self._rings.passed())
        self._books.leave(self._rings.mark)
        yield from self._news()

    def heartbeat_ages_ns(self) -> Mapping[int, int]:
        """Return how old the last sign of life is that came the whole way from each CPU."""
        return self._heart.ages_ns()

    @property
    def is_empty(self) -> bool:
        """Whether nothing waits to be drained."""
        return self._rings.is_empty

    def rings(self) -> Mapping[str, rings.Use]:
        """Return how full each ring is."""
        return self._rings.use()

    def losses(self) -> Mapping[str, tuple[int, ...]]:
        """Return what the kernel side dropped or cut, by reason, a number a CPU."""
        return {
            name.removeprefix("LOSS_").lower(): self._loss(number)
            for name, number in self._probe.types.enum("loss").items()
            if name != "LOSS_COUNT"
        }

    def recursion_misses(self) -> Mapping[str, int]:
        """Return how often the kernel left a program out; nothing where it doesn't tell."""
        return self._probe.recursion_misses()

    def unseen(self) -> tuple[str, ...]:
        """Return the ways past the probe that are open, since this kernel has no hook there."""
        return self._unseen

    def counters(self) -> Mapping[str, int]:
        """Return what this side skipped, evicted or had to look up, by reason."""
        return {
            "record_short": self._decoder.skipped_short,
            "record_unknown": self._decoder.skipped_unknown,
            "call_unknown": self._maker.skipped_unknown,
            "mounts_unknown": self._mounts.unknown,
            "files_unknown": self._known.unknown + self._parts.unknown,
            "volumes_unknown": self._volumes.unknown,
            "process_evicted": self._books.table.evicted,
            "limited_forgotten": self._limits.forgotten,
            "process_looked_up": self._books.table.looked_up,
        }

    def close(self) -> None:
        """Detach and unload. Harmless when repeated."""
        self._known.close()
        self._heart.close()
        self._rings.close()
        self._slots.close()
        self._probe.close()

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

    def _take(self, record: records.Record) -> event.Event | None:
        match record:
            case records.CallRecord():
                return self._event(record)
            case records.HeartbeatRecord():
                self._heart.arrived(record)
            case _:
                self._books.keep(record)
                self._tell_images(record)
        return None

    def _tell_images(self, record: records.Change) -> None:
        """Tell the bits of a process that the probe couldn't find out."""
        match record:
            case records.ForkRecord() | records.ExecRecord():
                if record.bits_generation != self._slots.generation:
                    self._tell_image(record.process)
                if isinstance(record, records.ExecRecord):
                    self._images.forget(record.previous)
            case records.ExitRecord():
                self._images.forget(record.process)
            case records.MoveRecord() | records.ContainerRecord():
                pass
            case _:
                assert_never(record)

    def _tell_image(self, record: int) -> None:
        of = self._books.table.by_id(record)
        if of is not None:
            self._images.tell(of)
            self._slots.moved_on()

    def _news(self) -> Iterator[books.News]:
        """Pass on what the books tell of containers; read the mounts of those that start."""
        for news in self._books.take():
            match news:
                case ContainerStarted():
                    self._parts.add(self._mounts.began(news.key, news.first_pid))
                    self._volumes.began(news.key, self._mounts.whole(news.key))
                    self._known.began(news.key, news.first_pid)
                case ContainerEnded():
                    self._mounts.ended(news.key)
                    self._volumes.ended(news.key)
                    self._known.ended(news.key)
                case ContainerComing():
                    pass
                case _:
                    assert_never(news)
            yield news

    def _event(self, call: records.CallRecord) -> event.Event | None:
        tracees.let_go_on(call)
        if call.process_flags & self._books.table.flags.unclassified:
            self._settle_again()
        made = self._maker.make(call, self._refusals.caller(call, self._books.caller(call)))
        if made is not None and made.verdict and made.verdict.outcome is Outcome.DENIED:
            return refused.but_for_us(made)
        return made

    def _settle_again(self) -> None:
        """Bring in a process that was missed, not more often than it is worth."""
        if self._clock.boot_ns() - self._settled_ns >= _SETTLE_EVERY_NS:
            self._settled_ns = self._clock.boot_ns()
            self._books.add(*self._seeder.once(_nothing)[1])
            self._images.again(self._books.table.living())
            self._slots.moved_on()

    def _drain_books(self) -> None:
        for record in self._decoder.decode(self._rings.drain(_EVERYTHING)):
            if not isinstance(record, records.CallRecord | records.HeartbeatRecord):
                self._books.keep(record)

    def _loss(self, number: int) -> tuple[int, ...]:
        values = self._losses.get_per_cpu(number.to_bytes(4, "little"))
        return tuple(int.from_bytes(value, "little") for value in values)


def _nothing() -> None:
    """Leave the ring to whoever is draining it."""
