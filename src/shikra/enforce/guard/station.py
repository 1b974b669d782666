"""
Answer every open, and every execution, in the volumes that are guarded.

In: orders, opens that wait. Out: answers, and reports of what was refused. What was decided is
remembered for a process as it is and a file by its names, so that an application that reads again
waits for a few system calls. An open is answered whatever happens: a mistake of ours allows it,
and is counted.

Limits. The kernel doesn't say when an open began: it is late if what waited before it took so
long. Nor does it say how a file is opened: every open is taken for one that reads.
"""

import os
import select
import socket
import time
from collections.abc import Callable, Hashable
from typing import Protocol, assert_never

import msgspec

from shikra.enforce.guard import fanotify, handles, messages, pace, programs
from shikra.enforce.guard.decide import (
    ALLOWED,
    Caller,
    Decision,
    Judge,
    Kind,
    Modes,
    decide,
    decide_execution,
)
from shikra.enforce.guard.names import Names, Part, TooLateError, part
from shikra.enforce.guard.telling import Telling

LATE_NS = 1_000_000_000
LAST_NS = 500_000_000
"""How long, at the end, whoever listens may take to make room for what is still to be told."""

_MAX_DECISIONS = 8192


class Tables(Judge, Protocol):
    """A judge that takes other tables while it is at work."""

    def use(self, generation: int, tables: bytes) -> None:
        """Know these tables as this generation's."""
        ...


MakeTables = Callable[[messages.Begin, list[int]], Tables]
"""From the first order and the maps beside it; the maps are its own from then on."""


class _Volume(msgspec.Struct, frozen=True):
    names: Names
    view: int  # of a part of it


class Station:
    """The guard at work; ``close`` must follow."""

    def __init__(self, group: fanotify.Group, end: socket.socket, make_tables: MakeTables) -> None:
        """Guard nothing yet."""
        self._group = group
        self._end = end
        self._make_tables = make_tables
        self._tables: Tables | None = None
        self._modes: dict[int, Modes] = {}
        self._volumes: dict[tuple[int, int], _Volume] = {}  # by device and container
        self._decisions: dict[Hashable, Decision] = {}
        self._since_ns = 0  # nothing waits that began before
        self._telling = Telling(self._report)
        self._pace = pace.Watch()
        self._counts = dict.fromkeys(messages.Counts.__struct_fields__, 0)

    @property
    def has_rest(self) -> bool:
        """Whether something waits to be told."""
        return self._telling.has_rest

    def tell_rest(self) -> None:
        """Tell what was only counted so far, now and then."""
        self._telling.tell_rest(time.monotonic_ns())

    def answer(self) -> None:
        """Answer what waits."""
        began_ns = time.monotonic_ns()
        waiting = self._group.waiting()
        if len(waiting) < fanotify.BATCH:
            self._since_ns = began_ns
        for opening in waiting:
            denied = False
            try:
                denied = self._is_denied(opening)
            except Exception:  # noqa: BLE001  the fence: who opens must not wait for ever
                self._counts["failures"] += 1
            finally:
                self._group.answer(opening, denied=denied)
                self._pace.answered(time.monotonic_ns() - self._since_ns)

    def obey(self) -> None:
        """Take the orders that have come; raise ``ClosedError`` if none will come any more."""
        while (taken := messages.take_order(self._end)) is not None:
            order, beside = taken
            match order:
                case messages.Begin():
                    self._tables = self._make_tables(order, beside)
                case messages.UseRules():
                    self._use(order.generation, messages.from_memory(beside[0]))
                case messages.UseModes():
                    self._use_modes(order)
                case messages.GuardVolume():
                    self._report(self._guard(order, beside))
                case messages.Release():
                    self._release(order)
                case messages.Ask():
                    self._report(self._pace.figures())
                    self._report(messages.Counts(**self._counts))
                case messages.Finish():
                    raise messages.ClosedError
                case _:
                    assert_never(order)

    def close(self) -> None:
        """Let every open go on, then tell what was only counted so far."""
        self._group.close()
        self._tell_last()
        self._pace.close()
        for volume in self._volumes.values():
            volume.names.close()

    def _tell_last(self) -> None:
        room = select.poll()
        room.register(self._end, select.POLLOUT)
        end_ns = time.monotonic_ns() + LAST_NS
        while self._telling.has_rest and (left_ns := end_ns - time.monotonic_ns()) > 0:
            if room.poll(left_ns // 1_000_000) != [(self._end.fileno(), select.POLLOUT)]:
                return  # nobody listens, or not in time
            self._telling.tell_all()
        self._report(messages.Counts(**self._counts))

    def _is_denied(self, opening: fanotify.Opening) -> bool:
        status = os.fstat(opening.file)
        caller = self._caller(opening.pid)
        if caller is not None and caller.generation not in self._modes:
            self.obey()  # the tables are on their way
            caller = self._caller(opening.pid)
        if caller is None:
            self._counts["unknown"] += 1
            return False
        volume = self._volumes.get((status.st_dev, caller.container))
        if volume is None:
            self._counts["allowed"] += 1
            return False
        try:
            decision = self._decide(opening, caller, status, volume)
        except TooLateError:
            return self._deny_late(opening, caller)
        self._counts[decision.kind.value] += 1
        if decision.kind is not Kind.DENIED:
            return False
        self._tell(opening, caller, decision)
        return True

    def _caller(self, pid: int) -> Caller | None:
        return None if self._tables is None else self._tables.caller(pid)

    def _decide(
        self, opening: fanotify.Opening, caller: Caller, status: os.stat_result, volume: _Volume
    ) -> Decision:
        file, is_execution = opening.file, opening.is_execution
        if is_execution:
            names = programs.readings(file, status)
        else:
            names = volume.names.of(file, status, self._is_late)
        key = (caller.known, names, status.st_mode, is_execution)
        decision = self._decisions.get(key)
        if decision is None:
            if self._is_late():
                raise TooLateError
            tables, modes = self._tables, self._modes.get(caller.generation)
            decision = ALLOWED
            if tables is None or modes is None:
                pass
            elif is_execution:
                decision = decide_execution(caller, names, tables, modes)
            else:
                decision = decide(caller, names, status.st_mode, tables, modes)
            if len(self._decisions) >= _MAX_DECISIONS:
                self._decisions.clear()
            self._decisions[key] = decision
        return decision

    def _is_late(self) -> bool:
        return time.monotonic_ns() - self._since_ns > LATE_NS

    def _deny_late(self, opening: fanotify.Opening, caller: Caller) -> bool:
        """Do as the rules say for this case; who is spared is spared."""
        self._counts["late"] += 1
        modes = self._modes.get(caller.generation, Modes())
        reached = modes.denied_late & (modes.includes_init if caller.is_first else modes.enforced)
        if opening.is_execution:
            reached &= modes.executions
        else:
            reached -= modes.executions
        if not reached or caller.is_spared:
            return False
        self._counts["denied"] += 1
        self._tell(opening, caller, Decision(Kind.DENIED, reached), is_late=True)
        return True

    def _tell(
        self,
        opening: fanotify.Opening,
        caller: Caller,
        decision: Decision,
        *,
        is_late: bool = False,
    ) -> None:
        """Tell of an open before it returns, so that who sees it fail knows why."""
        told = messages.Denied(
            time_ns=time.clock_gettime_ns(time.CLOCK_BOOTTIME),
            pid=opening.pid,
            process=caller.process,
            container=caller.container,
            generation=caller.generation,
            conditions=decision.conditions,
            name=decision.name,
            is_execution=opening.is_execution,
            is_late=is_late,
        )
        self._telling.tell(told, time.monotonic_ns())

    def _report(self, report: messages.Report) -> bool:
        try:
            is_told = messages.send(self._end, report)
        except messages.ClosedError:  # the next order says so
            is_told = False
        if not is_told:
            self._counts["untold"] += 1
        return is_told

    def _use(self, generation: int, tables: bytes) -> None:
        if self._tables is None:
            return
        self._tables.use(generation, tables)
        for old in [known for known in self._modes if known < generation - 1]:
            del self._modes[old]
        self._decisions.clear()

    def _use_modes(self, order: messages.UseModes) -> None:
        before = self._asked()
        self._modes[order.generation] = Modes(
            order.enforced, order.includes_init, order.denied_late, order.executions
        )
        self._decisions.clear()
        if self._asked() != before:
            for view in {device: one.view for (device, _), one in self._volumes.items()}.values():
                self._group.mark(view, self._asked())

    def _asked(self) -> fanotify.Asked:
        """Return what to be asked about: of opens and of executions only what some rule is on."""
        is_on_executions = any(modes.executions for modes in self._modes.values())
        is_on_opens = any(modes.enforced - modes.executions for modes in self._modes.values())
        return fanotify.Asked(is_on_opens or not is_on_executions, is_on_executions)

    def _guard(self, order: messages.GuardVolume, beside: list[int]) -> messages.Guarded:
        namespace, *directories = beside
        parts: list[Part] = []
        trouble = ""
        try:
            with handles.within(namespace):
                for directory, places in zip(directories, order.places, strict=True):
                    parts.append(part(handles.view(directory), places))
            if any(os.fstat(one.view).st_dev != order.device for one in parts):
                raise OSError("something else is mounted there")  # noqa: TRY301  as the kernel's
            self._group.mark(parts[0].view, self._asked())
        except OSError as error:
            trouble = str(error)
            Names(tuple(parts)).close()
        else:
            self._forget((order.device, order.container))
            names = Names(tuple(parts))
            self._volumes[order.device, order.container] = _Volume(names, parts[0].view)
        finally:
            for descriptor in beside:
                os.close(descriptor)
        return messages.Guarded(order.container, order.device, trouble)

    def _release(self, order: messages.Release) -> None:
        own = [key for key in self._volumes if key[1] == order.container]
        for key in [key for key in own if order.device in (0, key[0])]:
            view = self._volumes[key].view
            if sum(device == key[0] for device, _ in self._volumes) == 1:
                self._group.unmark(view)
            self._forget(key)

    def _forget(self, key: tuple[int, int]) -> None:
        volume = self._volumes.pop(key, None)
        if volume is not None:
            volume.names.close()
