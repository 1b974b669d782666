"""
Translate what a selector does.

In: its actions, and what the hook is. Out: the means that a rule asks for, whether Tetragon would
post an event, and notes on what isn't done.
"""

from collections.abc import Iterator

import msgspec

from shikra.app.import_tracingpolicy.hooks import Meaning
from shikra.app.import_tracingpolicy.notes import Effect, Note
from shikra.app.import_tracingpolicy.policy import Action, Selector
from shikra.model.enforcement import Means

_KILL = 9
_NOT_PERMITTED = -1
_TABLES = frozenset(("FollowFD", "UnfollowFD", "CopyFD", "TrackSock", "UntrackSock"))
_KNOWN = frozenset(
    (
        *("Post", "NoPost", "Sigkill", "Signal", "Override", "GetUrl", "DnsLookup"),
        *("NotifyEnforcer", "CleanupEnforcerNotification", "Set", *_TABLES),
    )
)


class Outcome(msgspec.Struct, frozen=True):
    """What becomes of a match."""

    means: Means | None
    is_told: bool = True  # an event is posted

    @property
    def makes_rule(self) -> bool:
        """Whether there is anything to do."""
        return self.is_told or self.means is not None


def outcome(selector: Selector, meaning: Meaning) -> Outcome:
    """Return what a selector's actions come to."""
    names = {action.name for action in selector.actions}
    killed = any(_kills(action) for action in selector.actions)
    denied = meaning.can_be_denied and any(
        action.name == "Override" and action.error < 0 for action in selector.actions
    )
    if killed and meaning.is_start:  # nothing of it has run then, on every kernel
        denied = False
    means = Means.DENY if denied else Means.KILL if killed else None
    only_tables = bool(names) and names <= _TABLES
    return Outcome(means, is_told="NoPost" not in names and not only_tables)


def notes(selector: Selector, meaning: Meaning) -> Iterator[Note]:
    """Return what of the actions isn't done, or otherwise."""
    found = outcome(selector, meaning)
    for action in selector.actions:
        yield from _notes(action, meaning)
        if found.means is Means.DENY and _kills(action):
            message = "the call is denied; that its process is ended as well isn't translated"
            yield Note(Effect.TOLD, message, action.at)
        if action.name == "NoPost" and found.means is not None:
            message = "Shikra tells of everything that it enforces"
            yield Note(Effect.TOLD, message, action.at)


def _notes(action: Action, meaning: Meaning) -> Iterator[Note]:
    match action.name:
        case "Post" | "NoPost" | "Sigkill":
            pass
        case "Signal" if action.signal == _KILL:
            pass
        case "Signal":
            message = f"signal {action.signal} isn't sent, only SIGKILL is: the rule only alerts"
            yield Note(Effect.TOLD, message, action.at)
        case "Override" if action.error >= 0:
            message = f"a call can't be made to return {action.error}: the rule only alerts"
            yield Note(Effect.TOLD, message, action.at)
        case "Override" if not meaning.can_be_denied:
            hint = "to end its process instead, which is more: enforce: kill"
            yield Note(Effect.TOLD, "only opens and executions can be denied", action.at, hint)
        case "Override" if action.error != _NOT_PERMITTED:
            message = f"the call fails with EPERM, not with error {-action.error}"
            yield Note(Effect.TOLD, message, action.at)
        case "Override":
            pass
        case name if name in _KNOWN:
            yield Note(Effect.TOLD, f"{name} isn't translated", action.at)
        case name:
            yield Note(Effect.MISTAKE, f'unknown action "{name}"', action.at)
    for option in action.options:
        key = option.path.rpartition(".")[2]
        yield Note(Effect.TOLD, f"{key} isn't translated", option)


def _kills(action: Action) -> bool:
    return action.name == "Sigkill" or (action.name == "Signal" and action.signal == _KILL)
