"""What is asked over the control socket, and what is answered: one line of JSON each."""

import msgspec

from shikra.enforce.log import Entry
from shikra.enforce.modes import Limit, Scope
from shikra.model.enforcement import Means


class AskStatus(msgspec.Struct, frozen=True, tag="status"):
    """Which modes are in force."""


class SetMode(msgspec.Struct, frozen=True, tag="set"):
    """Put a mode in force, until another is said, here or by the configuration."""

    scope: Scope
    mode: str  # a name of ``Mode``, in lower case


class AskLog(msgspec.Struct, frozen=True, tag="log"):
    """What was done of late."""

    most: int = 50


Request = AskStatus | SetMode | AskLog


class RuleStatus(msgspec.Struct, frozen=True, kw_only=True):
    """One rule that asks for enforcement."""

    name: str
    revision: str
    means: Means  # what it does here, the first that can be had
    asked: tuple[Means, ...]  # what it would do, what it wants most first
    mode: str
    limit: Limit | None  # what keeps it from being enforced
    soak_left_seconds: float
    mechanism: str  # what enforces it
    counts: dict[str, int]  # of what was done, by action, as the kernel counts it


class SuspectStatus(msgspec.Struct, frozen=True, kw_only=True):
    """What a rule would act on, and looks like the kubelet's."""

    rule: str
    kind: str
    command_line: str
    count: int
    containers: int
    every_seconds: float | None
    exemption: str  # YAML to paste into a rule file


class Lineage(msgspec.Struct, frozen=True, kw_only=True):
    """Whether who created whom is known beyond one run; what is older is a guess otherwise."""

    is_continued: bool = False  # this start went on with what was kept before
    is_kept: bool = False  # the next can go on


class Status(msgspec.Struct, frozen=True, tag="modes", kw_only=True):
    """Everything that decides modes."""

    everywhere: str
    namespaces: dict[str, str]
    only_cgroup: str
    is_host_enforced: bool
    rules: tuple[RuleStatus, ...]
    suspects: tuple[SuspectStatus, ...]
    unguarded: tuple[str, ...] = ()  # places that rules deny, a phrase each
    lineage: Lineage
    held: int | None = None  # containers of no known namespace; None: that holds nothing


class Changed(msgspec.Struct, frozen=True, tag="changed"):
    """It was set; and which rules or namespaces are now in another mode, a sentence each."""

    changes: tuple[str, ...]


class Entries(msgspec.Struct, frozen=True, tag="entries"):
    """The latest of what was done, oldest first."""

    entries: tuple[Entry, ...]
    forgotten: int  # older ones


class Refused(msgspec.Struct, frozen=True, tag="refused"):
    """It can't be done, and why."""

    reason: str


Reply = Status | Changed | Entries | Refused
