"""
What the kernel is told to do about conditions, and what became of a match of a rule.

In: tables, the rules behind them and the mode of each; or a match with what the kernel says of it.
Out: orders by condition; or an action by which an alert says what was done. Pure.
"""

from collections.abc import Callable, Iterable

import msgspec

from shikra.model.enforcement import Action, Enforcement, Means, Mechanism, Mode
from shikra.model.kernel_tables import KernelTables
from shikra.model.rule import RuleInfo
from shikra.model.verdict import Outcome
from shikra.sources.kernel.enforcing import Orders

ModeOf = Callable[[str], Mode]
"""The mode of a rule, by its name."""


class Found(msgspec.Struct, frozen=True):
    """What the kernel says of one rule's match."""

    outcome: Outcome | None  # of what was ordered about it; None: it did nothing
    is_sure: bool


NOT_SURE = Found(None, is_sure=False)


class Deed(msgspec.Struct, frozen=True):
    """What was done about one match."""

    action: Action
    mechanism: Mechanism | None


def orders(
    tables: KernelTables, rules: tuple[RuleInfo, ...], mode_of: ModeOf, *, container: Mode
) -> Orders:
    """
    Return what to do about each condition; ``container``: the mode of one that isn't told.

    A condition of several rules goes as far as the strongest of them. What a rule would deny is
    watched as what it would kill.
    """
    kill = {
        condition: _strongest(_of(Means.KILL, tables.rules[condition], rules), mode_of)
        for condition in tables.kill
    }
    deny = {
        condition: _strongest(_of(Means.DENY, tables.rules[condition], rules), mode_of)
        for condition in tables.deny
    }
    enforced = frozenset(one for one, mode in kill.items() if mode is Mode.ENFORCE)
    denied = frozenset(one for one, mode in deny.items() if mode is Mode.ENFORCE)
    watched = {one for one, mode in kill.items() if mode > Mode.OFF}
    watched |= {one for one, mode in deny.items() if mode is Mode.OBSERVE}
    return Orders(
        kill=enforced,
        deny=denied,
        observed=frozenset(watched) - enforced,
        includes_init=tables.includes_init,
        default_mode=container,
    )


def deed(asked: Enforcement, mode: Mode, found: Found, mechanism: Mechanism | None) -> Deed | None:
    """
    Return what became of a match; ``None`` where nothing was to be.

    What the kernel did counts, whatever the mode is by now: it may have changed since.
    """
    if found.outcome is not None:
        return Deed(_as_means(found.outcome.action, asked.means), mechanism)
    if mode is Mode.OFF:
        return None
    is_observed = found.is_sure and mode is Mode.OBSERVE  # and another rule did more
    action = _as_means(Action.WOULD_KILL, asked.means) if is_observed else Action.HELD
    return Deed(action, mechanism)


def name_of_mode(mode: Mode) -> str:
    """Return a mode as users write it."""
    return mode.name.lower()


def _as_means(action: Action, means: Means) -> Action:
    """Return what a rule would do: the kernel watches for those that deny as for others."""
    would = action is Action.WOULD_KILL and means is Means.DENY
    return Action.WOULD_DENY if would else action


def _strongest(rules: Iterable[str], mode_of: ModeOf) -> Mode:
    return max(map(mode_of, rules), default=Mode.OFF)


def _of(means: Means, numbers: frozenset[int], rules: tuple[RuleInfo, ...]) -> Iterable[str]:
    for rule in (rules[number] for number in numbers):
        if rule.enforcement is not None and rule.enforcement.means is means:
            yield rule.name
