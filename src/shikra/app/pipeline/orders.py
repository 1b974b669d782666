"""
What the kernel is told to do about conditions, and what became of a match of a rule.

In: tables, the rules behind them and the mode of each; or a match with what the kernel says of it.
Out: orders by condition; or an action by which an alert says what was done. Pure.
"""

from collections.abc import Callable, Iterable

import msgspec

from shikra.model.enforcement import Action, Means, Mechanism, Mode
from shikra.model.kernel_tables import KernelTables
from shikra.model.rule import RuleInfo
from shikra.model.verdict import Outcome
from shikra.sources.kernel.enforcing import Orders

About = Callable[[RuleInfo], tuple[Means | None, Mode]]
"""What a rule does here, and how far it goes; ``None``: it only alerts."""


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
    tables: KernelTables,
    rules: tuple[RuleInfo, ...],
    about: About,
    *,
    container: Mode | None,
) -> Orders:
    """
    Return what to do about each condition; ``container``: the mode of one that isn't told of.

    A condition of several rules goes as far as the strongest of them. What a rule would deny is
    watched as what it would kill.
    """
    kill = {
        condition: _strongest(
            Means.KILL, (rules[number] for number in tables.rules[condition]), about
        )
        for condition in tables.kill
    }
    deny = {
        condition: _strongest(
            Means.DENY, (rules[number] for number in tables.rules[condition]), about
        )
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
        asks_lineage=tables.asks_lineage,
        default_mode=container,
    )


def deed(means: Means, mode: Mode | None, found: Found, mechanism: Mechanism | None) -> Deed | None:
    """
    Return what became of a match; ``None`` where nothing was to be. Without a mode all is held.

    What the kernel did counts, whatever the mode is by now: it may have changed since.
    """
    if found.outcome is not None:
        return Deed(_as_means(found.outcome.action, means), mechanism)
    if mode is Mode.OFF:
        return None
    is_observed = found.is_sure and mode is Mode.OBSERVE  # and another rule did more
    action = _as_means(Action.WOULD_KILL, means) if is_observed else Action.HELD
    return Deed(action, mechanism)


def name_of_mode(mode: Mode) -> str:
    """Return a mode as users write it."""
    return mode.name.lower()


def _as_means(action: Action, means: Means) -> Action:
    """Return what a rule would do: the kernel watches for those that deny as for others."""
    would = action is Action.WOULD_KILL and means is Means.DENY
    return Action.WOULD_DENY if would else action


def _strongest(means: Means, rules: Iterable[RuleInfo], about: About) -> Mode:
    """Return how far the furthest goes of the rules that act so."""
    standings = (about(rule) for rule in rules)
    return max((mode for acts, mode in standings if acts is means), default=Mode.OFF)
