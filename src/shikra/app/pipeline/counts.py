"""
What the pipeline counts, and a picture of it for those who show it.

The counters only grow. Nothing is counted under a name that an attacker can choose.
"""

import collections
import enum
from collections.abc import Collection, Mapping

import msgspec

from shikra.alerts.outbox import Deliveries
from shikra.app.pipeline.audit_figures import AuditFigures
from shikra.app.pipeline.enforcing import By, RuleStanding
from shikra.app.pipeline.tally import Count
from shikra.backends.kernel.rule_plan import Verdict
from shikra.enforce.guard import messages
from shikra.enforce.messages import Lineage
from shikra.model.container import Knowledge
from shikra.model.enforcement import Mode
from shikra.model.rule import RuleInfo
from shikra.sources.kernel.rings import Use


class Reload(enum.Enum):
    """How an attempt to load rules and configuration ended."""

    TAKEN = "success"
    REFUSED = "failure"


class Late(enum.Enum):
    """Why an event was evaluated without its container's metadata."""

    EXPIRED = "expired"  # it had waited long enough
    FULL = "full"  # too many events waited already
    UNKNOWN = "unknown"  # nobody is asked about its container any more


class Counts:
    """Counters of the running pipeline."""

    def __init__(self) -> None:
        """Begin at zero."""
        self.events: collections.Counter[str] = collections.Counter()  # by evt.type
        self.matches: collections.Counter[RuleInfo] = collections.Counter()
        self.limited: collections.Counter[RuleInfo] = collections.Counter()  # of those matches
        self.reloads: collections.Counter[Reload] = collections.Counter()
        self.late: collections.Counter[Late] = collections.Counter()
        self.overtaken = 0  # events by rules that were replaced twice since they happened
        self.failures = 0  # events whose evaluation failed: a mistake of ours
        self.alerts = 0


class Picture(msgspec.Struct, frozen=True, kw_only=True):
    """All figures of one moment; where there is no kernel, none of it."""

    version: str
    events: Mapping[str, int]
    kernel_drops: Mapping[tuple[str, int], int] = {}  # by reason and CPU
    recursion_misses: Mapping[str, int] = {}  # by program; empty where the kernel doesn't tell
    unseen: Collection[str] = ()  # what this kernel has no hook for
    heartbeat_ages_ns: Mapping[int, int] = {}  # by CPU
    skipped: Mapping[str, int] = {}  # by reason: what our side made no event of
    rings: Mapping[str, Use] = {}
    matches: Mapping[RuleInfo, int]
    limited: Mapping[RuleInfo, int]  # of those matches, told as a count
    deliveries: Mapping[str, Deliveries]  # by output
    containers: Mapping[Knowledge, int] = {}
    runtimes: Mapping[str, bool] = {}  # by socket: whether it answers
    not_enriched: Mapping[tuple[str, str], int] = {}  # by what it was about and why
    rules: int
    audit: AuditFigures | None = None
    verdicts: Mapping[Verdict, int] = {}  # of these, how many the kernel decides how far
    enforced: Mapping[Count, int] = {}  # what rules did, or would have done
    standings: Mapping[RuleStanding, Mode] = {}  # of rules that ask for enforcement
    mode_changes: Mapping[By, int] = {}
    lineage: Lineage = Lineage()
    guarded_opens: Mapping[str, int] = {}  # that the guard was asked about, by what became of them
    denied_untold: int = 0  # refused, and of whom is forgotten: a count tells of them
    guarded_volumes: int = 0
    unguarded: Mapping[str, int] = {}  # places that can't be guarded, by why
    guard_pace: messages.Pace = messages.Pace()  # how long those opens waited
    waiting: int = 0
    late: Mapping[Late, int]
    failures: int
    reloads: Mapping[Reload, int]
    is_last_reload_taken: bool
    last_reload_seconds: float  # since the epoch: when rules were last taken
