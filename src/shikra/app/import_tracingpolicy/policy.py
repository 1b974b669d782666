"""What a policy says, as it stands in its file: names, operators and values with their places."""

import enum
from collections.abc import Mapping

import msgspec

from shikra.app.import_tracingpolicy.notes import Place
from shikra.app.import_tracingpolicy.operators import Operator


class Match(msgspec.Struct, frozen=True, kw_only=True):
    """A comparison with one of several values."""

    operator: Operator
    is_negated: bool
    values: tuple[str, ...]
    at: Place


class ArgumentMatch(Match, frozen=True, kw_only=True):
    """A comparison of an argument of the hook, told by its index in the kernel's function."""

    index: int


class ProgramMatch(Match, frozen=True, kw_only=True):
    """A comparison of the executable; of its creators' too, if they are followed."""

    follows_children: bool = False


class ProcessMatch(Match, frozen=True, kw_only=True):
    """A comparison of the process's id."""

    is_in_namespace: bool = False
    follows_forks: bool = False


class NamespaceMatch(Match, frozen=True, kw_only=True):
    """A comparison of one of the kernel's namespaces."""

    namespace: str


class CapabilityMatch(Match, frozen=True, kw_only=True):
    """A comparison of a set of capabilities."""

    set: str
    is_of_namespace: bool = False


class LabelMatch(Match, frozen=True, kw_only=True):
    """A comparison of a label of a pod, or of a field of a container."""

    key: str


class Action(msgspec.Struct, frozen=True, kw_only=True):
    """What is done at a match."""

    name: str
    error: int = 0  # that the call returns
    signal: int = 0
    options: tuple[Place, ...] = ()  # further keys
    at: Place


class Selector(msgspec.Struct, frozen=True, kw_only=True):
    """All of it must hold; then its actions are done."""

    arguments: tuple[ArgumentMatch, ...] = ()
    results: tuple[Match, ...] = ()
    programs: tuple[ProgramMatch, ...] = ()
    parents: tuple[ProgramMatch, ...] = ()
    processes: tuple[ProcessMatch, ...] = ()
    namespaces: tuple[NamespaceMatch, ...] = ()
    capabilities: tuple[CapabilityMatch, ...] = ()
    actions: tuple[Action, ...] = ()
    others: tuple[Place, ...] = ()  # keys that nobody here knows
    at: Place


class Kind(enum.Enum):
    """Where Tetragon looks."""

    KPROBE = "kprobes"
    FENTRY = "fentries"
    TRACEPOINT = "tracepoints"
    LSM = "lsmhooks"


class Hook(msgspec.Struct, frozen=True, kw_only=True):
    """A place in the kernel, and what is asked there."""

    kind: Kind
    call: str
    arguments: Mapping[int, str]  # types by index
    selectors: tuple[Selector, ...]
    message: str = ""
    tags: tuple[str, ...] = ()
    others: tuple[Place, ...] = ()
    at: Place


class Policy(msgspec.Struct, frozen=True, kw_only=True):
    """One object."""

    name: str
    kind: str
    namespace: Place | None  # where it should stand; for a policy of one namespace only
    namespace_name: str = ""
    pods: tuple[LabelMatch, ...] | None = None
    containers: tuple[LabelMatch, ...] | None = None
    has_hosts: bool = False
    hooks: tuple[Hook, ...]
    monitors_only: Place | None = None
    others: tuple[Place, ...] = ()
    at: Place

    @property
    def label(self) -> str:
        """As messages call it."""
        return f'{self.kind} "{self.name}"'
