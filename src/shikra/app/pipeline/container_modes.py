"""
Tell the kernel how far rules may act in each container.

In: modes of namespaces, and containers as they become known. Out: a mode a container, told where
it changed. One whose namespace isn't known has none (``None``) where that could allow a rule to
act, or not: all that rules would do is held there. One that no runtime has is known to be in no
namespace. Rules may be held to containers below one cgroup, as tests do: nothing else on the
machine is ever touched, then.
"""

from collections.abc import Callable, Iterable
from typing import Protocol, assert_never

import msgspec

from shikra.enforce import modes
from shikra.model.container import HOST, Container, Knowledge
from shikra.model.enforcement import Mode

LiesBelow = Callable[[int, str], bool]
"""Whether a container's cgroup is the one at this path, or below it."""


class Sink(Protocol):
    """Who is told."""

    def tell_mode(self, container: int, mode: Mode | None) -> None:
        """Let a container (0: the host) have a mode of its own; ``None``: all is held there."""
        ...

    def forget_mode(self, container: int) -> None:
        """Let a container have the default mode again."""
        ...


class Lookup(Protocol):
    """Where containers are found."""

    def get(self, key: int) -> Container:
        """Return what is known now."""
        ...

    def knows(self, key: int) -> bool:
        """Whether there is such a container, as far as anybody knows."""
        ...

    def keys(self) -> Iterable[int]:
        """Return the keys of all containers that run, the host's among them."""
        ...


class OfContainers(msgspec.Struct, frozen=True, kw_only=True):
    """What decides the mode of a container."""

    said: modes.Modes
    only_cgroup: str = ""
    is_host_enforced: bool = False

    @property
    def unknown(self) -> Mode | None:
        """The mode of a container that nobody told of; ``None``: it might be any."""
        return Mode.OFF if self.only_cgroup else modes.of_unknown_namespace(self.said)


class ModeTeller:
    """Keeps the kernel's modes of containers right."""

    def __init__(self, sink: Sink, containers: Lookup, lies_below: LiesBelow) -> None:
        """Tell nothing yet."""
        self._sink = sink
        self._containers = containers
        self._lies_below = lies_below
        self._by: OfContainers | None = None
        self._told: dict[int, Mode | None] = {}

    def use(self, by: OfContainers) -> None:
        """Tell of every container what this makes of it."""
        self._by = by
        for key in self._containers.keys():  # noqa: SIM118  not a dictionary's
            self.changed(key)

    def changed(self, key: int) -> None:
        """Tell of a container that started, or of which more is known."""
        if self._by is None or not self._containers.knows(key):
            return
        mode = self._mode(key, self._by)
        if key not in self._told or self._told[key] is not mode:
            self._told[key] = mode
            self._sink.tell_mode(key, mode)

    def ended(self, key: int) -> None:
        """Forget a container."""
        if key in self._told:
            del self._told[key]
            self._sink.forget_mode(key)

    @property
    def held(self) -> int | None:
        """Count containers where all is held; ``None``: modes of namespaces hold nothing."""
        if self._by is None or modes.of_unknown_namespace(self._by.said) is not None:
            return None
        return sum(mode is None for mode in self._told.values())

    def mode_of(self, key: int) -> Mode | None:
        """Return the mode that a container is in; ``None``: it isn't known, so all is held."""
        default = self._by.unknown if self._by else Mode.OFF
        return self._told.get(key, default)

    def _mode(self, key: int, by: OfContainers) -> Mode | None:
        if by.only_cgroup and not (key and self._lies_below(key, by.only_cgroup)):
            return Mode.OFF
        container = self._containers.get(key)
        match container.knowledge:
            case Knowledge.HOST:  # a runtime's helper, too, has a cgroup of its own
                is_enforced = key == HOST.key and by.is_host_enforced
                return Mode.ENFORCE if is_enforced else Mode.OFF
            case Knowledge.KNOWN:
                return modes.of_namespace(container.namespace, by.said)
            case Knowledge.PENDING | Knowledge.UNKNOWN:
                if container.is_nobodys:
                    return modes.of_namespace("", by.said)
                return modes.of_unknown_namespace(by.said)
            case _:
                assert_never(container.knowledge)
