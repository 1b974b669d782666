"""
Translate what a selector asks of the process: executables, ids, namespaces, capabilities.

In: comparisons, and what the hook is. Out: terms, and notes on those that can't be said.
"""

from collections.abc import Iterator

from shikra.app.import_tracingpolicy import terms
from shikra.app.import_tracingpolicy.hooks import Meaning
from shikra.app.import_tracingpolicy.notes import Effect, Note
from shikra.app.import_tracingpolicy.operators import Operator
from shikra.app.import_tracingpolicy.policy import (
    CapabilityMatch,
    Match,
    NamespaceMatch,
    ProcessMatch,
    ProgramMatch,
)
from shikra.app.import_tracingpolicy.terms import Term
from shikra.model import capabilities

IN_CONTAINER = "container.id != host"
_LEFT_OUT = "the comparison is left out, so the rule matches more than the policy"
_OPERATORS = {Operator.PREFIX: "startswith", Operator.POSTFIX: "endswith"}
_HOST = "host_ns"
_NOBODY, _FIRST = "0", "1"


def programs(match: ProgramMatch, meaning: Meaning) -> Iterator[Term | Note]:
    """Translate ``matchBinaries``."""
    if meaning.is_start:
        yield Note(
            Effect.WIDER,
            "Tetragon asks it of the program that starts another; in Shikra's event that is the"
            " new one's creator, which is another one if a program replaces itself",
            match.at,
        )
    fields = ("proc.pexepath" if meaning.is_start else "proc.exepath", "proc.aexepath")
    yield from _paths(match, fields)


def parents(match: ProgramMatch, meaning: Meaning) -> Iterator[Term | Note]:
    """Translate ``matchParentBinaries``."""
    if meaning.is_start:
        yield Note(
            Effect.WIDER,
            "Tetragon asks it of the creator of the program that starts another, which may be any"
            " of the new one's creators",
            match.at,
        )
    yield from _paths(match, ("proc.aexepath" if meaning.is_start else "proc.pexepath",) * 2)


def _paths(match: ProgramMatch, fields: tuple[str, str]) -> Iterator[Term | Note]:
    own, creators = fields
    asked = dict.fromkeys((own, creators) if match.follows_children else (own,))
    if match.operator is Operator.IN:
        text = terms.either(terms.one_of(field, match.values) for field in asked)
    elif match.operator in _OPERATORS:
        operator = _OPERATORS[match.operator]
        text = terms.either(terms.any_of(field, operator, match.values) for field in asked)
    else:
        yield _left_out(match, f"{match.operator.value} isn't an operator for executables")
        return
    yield Term(terms.negated(text, is_negated=match.is_negated))


def ids(match: ProcessMatch) -> Iterator[Term | Note]:
    """Translate ``matchPIDs``."""
    if match.operator is not Operator.IN:
        yield _left_out(match, f"{match.operator.value} isn't an operator for process ids")
    elif not match.is_in_namespace:
        fields = ("proc.pid", "proc.apid") if match.follows_forks else ("proc.pid",)
        text = terms.either(terms.one_of(field, match.values) for field in fields)
        yield Term(terms.negated(text, is_negated=match.is_negated))
    elif match.follows_forks:
        yield from _descendants(match)
    else:
        yield from _in_namespace(match)


def _descendants(match: ProcessMatch) -> Iterator[Term | Note]:
    """Say of a container's first process, and of what it created, that they are it."""
    values = set(match.values) - {_NOBODY}
    if values != {_FIRST}:
        why = "descendants of another process than a container's first aren't known by such an id"
        yield _left_out(match, why)
        return
    if _NOBODY in match.values:
        message = "0 is nobody's id in a container; processes of the host never match here"
        yield Note(Effect.TOLD, message, match.at)
    yield Term(IN_CONTAINER)
    yield Term(terms.negated("proc.in_init_tree = true", is_negated=match.is_negated))


def _in_namespace(match: ProcessMatch) -> Iterator[Term | Note]:
    """Compare the id in the container; on the host Tetragon takes it for 0."""
    values = [value for value in match.values if value != _NOBODY]
    inside = terms.one_of("proc.vpid", values) if values else ""
    if _NOBODY not in match.values:
        text = f"({IN_CONTAINER} and {inside})"
    else:
        text = terms.either(filter(None, ("container.id = host", inside)))
    if match.is_negated and _NOBODY in match.values:
        yield Term(IN_CONTAINER)
        text = inside
    if text:
        yield Term(terms.negated(text, is_negated=match.is_negated))


def namespaces(match: NamespaceMatch) -> Iterator[Term | Note]:
    """Translate ``matchNamespaces``: a container has mounts of its own, and often more."""
    if match.operator is not Operator.IN or match.values != (_HOST,):
        yield _left_out(match, "a namespace's number means nothing to another machine, nor later")
        return
    is_host = not match.is_negated
    if match.namespace == "Mnt" and not is_host:
        message = "processes outside containers with mounts of their own aren't matched"
        yield Note(Effect.NARROWER, message, match.at)
    elif match.namespace in ("Mnt", "Pid"):
        yield Note(
            Effect.WIDER,
            "Shikra knows containers, not namespaces: those that share the host's, and what has"
            " its own outside a container, are told apart by the policy alone",
            match.at,
        )
    else:
        yield _left_out(match, f"whether the {match.namespace} namespace is the host's isn't known")
        return
    yield Term("container.id = host" if is_host else IN_CONTAINER)


def capability(match: CapabilityMatch, meaning: Meaning) -> Iterator[Term | Note]:
    """Translate ``matchCapabilities``."""
    unknown = [value for value in match.values if value not in capabilities.NAMES]
    if unknown or match.operator is not Operator.IN:
        why = f'"{unknown[0]}" isn\'t a capability' if unknown else "only In and NotIn can be said"
        yield Note(Effect.MISTAKE, why, match.at)
        return
    if meaning.is_start:
        message = "Tetragon asks for what was before the start, Shikra for what is after it"
        yield Note(Effect.WIDER, message, match.at)
    if match.is_of_namespace:
        yield Note(
            Effect.WIDER,
            "Shikra doesn't know user namespaces: processes in the host's aren't left out",
            match.at,
        )
    text = terms.any_of(f"thread.cap_{match.set.lower()}", "contains", match.values)
    yield Term(terms.negated(text, is_negated=match.is_negated))


def _left_out(match: Match, why: str) -> Note:
    return Note(Effect.WIDER, f"{why}; {_LEFT_OUT}", match.at)
