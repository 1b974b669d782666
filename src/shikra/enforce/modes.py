"""
Which mode a rule and a namespace are in, and what keeps a rule from more.

In: modes as the configuration has them and as they were set over it, and whether a rule soaks or
was braked. Out: the mode in force. The weakest wins; what isn't named doesn't limit. Pure.
"""

import enum
from collections.abc import Iterator, Mapping
from typing import assert_never

import msgspec

from shikra.model.enforcement import Mode

EVERY_OTHER = "*"
"""Stands for each rule, or each namespace, that isn't named itself."""


class Everywhere(msgspec.Struct, frozen=True, tag="everywhere"):
    """All rules in all namespaces."""


class OfNamespace(msgspec.Struct, frozen=True, tag="namespace"):
    """All rules in one namespace."""

    name: str


class OfRule(msgspec.Struct, frozen=True, tag="rule"):
    """One rule in all namespaces."""

    name: str


Scope = Everywhere | OfNamespace | OfRule


class Modes(msgspec.Struct, frozen=True, kw_only=True):
    """What was said of modes, at one place."""

    everywhere: Mode | None = None  # None: nothing was said
    namespaces: Mapping[str, Mode] = {}
    rules: Mapping[str, Mode] = {}

    def with_mode(self, scope: Scope, mode: Mode) -> "Modes":
        """Return these with one more said."""
        match scope:
            case Everywhere():
                return msgspec.structs.replace(self, everywhere=mode)
            case OfNamespace(name=name):
                namespaces = {**self.namespaces, name: mode}
                return msgspec.structs.replace(self, namespaces=namespaces)
            case OfRule(name=name):
                return msgspec.structs.replace(self, rules={**self.rules, name: mode})
            case _:
                assert_never(scope)

    def without_idle(self, scope: Scope, below: "Modes") -> "Modes":
        """Return these without a namespace's mode that weakens nothing: it enforces anyway."""
        if not isinstance(scope, OfNamespace) or scope.name == EVERY_OTHER:
            return self
        left = {name: mode for name, mode in self.namespaces.items() if name != scope.name}
        without = msgspec.structs.replace(self, namespaces=left)
        said = self.namespaces.get(scope.name)
        would_be = of_namespace(scope.name, below.under(without))
        return without if said is would_be is Mode.ENFORCE else self

    def under(self, later: "Modes") -> "Modes":
        """Return both, where what was said later takes the place of what was said before."""
        return Modes(
            everywhere=self.everywhere if later.everywhere is None else later.everywhere,
            namespaces={**self.namespaces, **later.namespaces},
            rules={**self.rules, **later.rules},
        )

    def unless_changed(self, before: "Modes", now: "Modes") -> "Modes":
        """Return these without what the configuration says otherwise now: that is later."""
        return Modes(
            everywhere=self.everywhere if before.everywhere == now.everywhere else None,
            namespaces=_unchanged(self.namespaces, before.namespaces, now.namespaces),
            rules=_unchanged(self.rules, before.rules, now.rules),
        )


class Limit(enum.Enum):
    """What keeps a rule from being enforced."""

    EVERYWHERE = "everywhere"  # the mode of all
    RULE = "rule"  # its own mode
    SOAK = "soak"  # it is new
    BRAKE = "brake"  # it did more than a rule should


class Standing(msgspec.Struct, frozen=True):
    """The mode that a rule is in, where no namespace weakens it."""

    mode: Mode
    limit: Limit | None = None  # None: nothing limits it


def standing(rule: str, said: Modes, *, is_soaking: bool, is_braked: bool) -> Standing:
    """Return the mode of a rule, and the first of what makes it so weak."""
    limits = _limits(rule, said, is_soaking=is_soaking, is_braked=is_braked)
    return min(limits, key=lambda each: each.mode, default=Standing(Mode.ENFORCE))


def of_namespace(namespace: str, said: Modes) -> Mode:
    """Return the mode of a namespace; empty: of what is in none."""
    return _named(namespace, said.namespaces)


def of_unknown_namespace(said: Modes) -> Mode | None:
    """Return the weakest that it may be; ``None`` where one that enforces may be, or a weaker."""
    possible = {of_namespace("", said), *said.namespaces.values()}
    return None if Mode.ENFORCE in possible and len(possible) > 1 else min(possible)


def _limits(rule: str, said: Modes, *, is_soaking: bool, is_braked: bool) -> Iterator[Standing]:
    everywhere = Mode.OBSERVE if said.everywhere is None else said.everywhere
    modes = {
        Limit.EVERYWHERE: everywhere,
        Limit.RULE: _named(rule, said.rules),
        Limit.BRAKE: Mode.OBSERVE if is_braked else Mode.ENFORCE,
        Limit.SOAK: Mode.OBSERVE if is_soaking else Mode.ENFORCE,
    }
    return (Standing(mode, limit) for limit, mode in modes.items() if mode is not Mode.ENFORCE)


def _unchanged(
    said: Mapping[str, Mode], before: Mapping[str, Mode], now: Mapping[str, Mode]
) -> Mapping[str, Mode]:
    return {name: mode for name, mode in said.items() if before.get(name) == now.get(name)}


def _named(name: str, modes: Mapping[str, Mode]) -> Mode:
    return modes.get(name, modes.get(EVERY_OTHER, Mode.ENFORCE))
