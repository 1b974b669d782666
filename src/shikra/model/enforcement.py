"""
What a rule may do beside telling, what was done, and by what.

A rule asks for a means; a mode says whether it is used; an action is what became of one match.
Of several modes that apply the weakest is in force: ``min``.
"""

import enum
from collections.abc import Mapping

import msgspec


class Means(enum.Enum):
    """What a rule asks for."""

    KILL = "kill"  # end the process before it runs another instruction
    DENY = "deny"  # refuse the call


class OnTimeout(enum.Enum):
    """What becomes of an open about which the guard doesn't decide in time."""

    ALLOW = "allow"
    DENY = "deny"


class Mode(enum.IntEnum):
    """How far enforcement goes."""

    OFF = 0  # rules only alert
    OBSERVE = 1  # all is decided and told as if, nothing is done
    ENFORCE = 2


class Action(enum.Enum):
    """What was done about one match, as an alert says it."""

    KILLED = "killed"
    DENIED = "denied"
    WOULD_KILL = "would_kill"
    WOULD_DENY = "would_deny"
    HELD = "held"  # not done: something of it wasn't sure, or the process is one that is spared
    KILL_FAILED = "kill_failed"


class Mechanism(enum.Enum):
    """What it was done by."""

    SIGNAL = "signal"
    FANOTIFY = "fanotify"
    LSM = "bpf_lsm"


class Enforcement(msgspec.Struct, frozen=True, kw_only=True):
    """What one rule asks for."""

    means: Means
    otherwise: Means | None = None  # where the first can't be had; None: nothing
    on_timeout: OnTimeout = OnTimeout.ALLOW
    includes_init: bool = False  # a container's first process, too
    needs_module: bool = False  # the guard is never asked about it, so only the kernel can deny it

    @property
    def choices(self) -> tuple[Means, ...]:
        """All that it asks for, what it wants most first."""
        return (self.means,) if self.otherwise is None else (self.means, self.otherwise)

    @property
    def written(self) -> str:
        """The same as a rule says it."""
        words = ", ".join(means.value for means in self.choices)
        return words if self.otherwise is None else f"[{words}]"

    def done_by(self, mechanisms: Mapping[Means, Mechanism]) -> tuple[Means, Mechanism | None]:
        """Return the first of it that these can do, and which of them; ``None``: none can."""
        for means in self.choices:
            mechanism = mechanisms.get(means)
            is_asked = mechanism is not Mechanism.FANOTIFY or not self.needs_module
            if mechanism is not None and is_asked:
                return means, mechanism
        return self.means, None
