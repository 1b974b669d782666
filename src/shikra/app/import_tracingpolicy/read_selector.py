"""
Read one hook of a policy with its selectors.

In: a cursor at it. Out: the hook. An operator that Tetragon doesn't have, a comparison without
values, or of an argument that the hook doesn't name, is noted as a mistake.
"""

from collections.abc import Collection, Iterator, Mapping

import msgspec

from shikra.app.import_tracingpolicy import operators, policy
from shikra.app.import_tracingpolicy.cursor import Cursor, number
from shikra.app.import_tracingpolicy.notes import Effect, Note, Place
from shikra.rules import diagnostics

_MATCH = ("operator", "values")
_HOOK = ("args", "selectors", "message", "tags", "return", "returnArg", "syscall")
_NAMED = {
    policy.Kind.KPROBE: ("call",),
    policy.Kind.FENTRY: ("call",),
    policy.Kind.TRACEPOINT: ("subsystem", "event"),
    policy.Kind.LSM: ("hook",),
}
_SELECTOR = (
    *("matchArgs", "matchReturnArgs", "matchBinaries", "matchParentBinaries", "matchPIDs"),
    *("matchNamespaces", "matchCapabilities", "matchActions"),
)
_ARGUMENT = ("index", "type", "label", "returnCopy", "maxData", "sizeArgIndex")
_SETS = ("Effective", "Inheritable", "Permitted")
_OTHER = "other"


def hook(cursor: Cursor, kind: policy.Kind) -> policy.Hook:
    """Read one hook."""
    positions = list(_arguments(cursor))
    arguments = dict(positions)
    names = _NAMED[kind]
    return policy.Hook(
        kind=kind,
        call="/".join(cursor.name(name) for name in names),
        arguments=arguments,
        selectors=tuple(
            _selector(each, arguments, [index for index, _ in positions])
            for each in cursor.each("selectors")
        ),
        message=cursor.text("message"),
        tags=cursor.texts("tags"),
        others=_others(cursor, names),
        at=cursor.at,
    )


def _others(cursor: Cursor, names: Collection[str]) -> tuple[Place, ...]:
    """Return further keys; to post what a call returns is what happens anyhow."""
    known = ("returnArgAction",) if cursor.text("returnArgAction") == "Post" else ()
    return cursor.others((*_HOOK, *names, *known))


def label(pairs: Cursor, key: str) -> policy.LabelMatch:
    """Read one pair of ``matchLabels``."""
    return policy.LabelMatch(
        operator=operators.Operator.IN,
        is_negated=False,
        values=(pairs.text(key),),
        key=key,
        at=(pairs.get(key) or pairs).at,
    )


def match(cursor: Cursor, known: Collection[str]) -> policy.Match | None:
    """Read operator and values; nothing if the operator is none."""
    name = cursor.name("operator")
    found = operators.KNOWN.get(name.lower())
    if found is None:
        if name:
            hint = diagnostics.nearest(name, operators.NAMES)
            cursor.must("operator").refuse(f'unknown operator "{name}"', hint)
        return None
    operator, is_negated = found
    values = cursor.texts("values")
    if not values and operator not in operators.WITHOUT_VALUES:
        cursor.refuse(f"{name} has no values")
    for other in cursor.others(known):
        cursor.notes.append(Note(Effect.MISTAKE, "unknown key", other))
    return policy.Match(operator=operator, is_negated=is_negated, values=values, at=cursor.at)


def _arguments(cursor: Cursor) -> Iterator[tuple[int, str]]:
    """Return the arguments that the hook names, and their types, in its order."""
    for each in cursor.each("args"):
        plain = not each.others(_ARGUMENT)  # one that is resolved further is something else
        yield each.number("index"), each.text("type") if plain else _OTHER


def _selector(
    cursor: Cursor, arguments: Mapping[int, str], positions: list[int]
) -> policy.Selector:
    return policy.Selector(
        arguments=tuple(_arguments_matched(cursor, arguments, positions)),
        results=tuple(
            found
            for each in cursor.each("matchReturnArgs")
            if (found := match(each, (*_MATCH, "index", "args")))
        ),
        programs=tuple(_programs(cursor, "matchBinaries")),
        parents=tuple(_programs(cursor, "matchParentBinaries")),
        processes=tuple(_processes(cursor)),
        namespaces=tuple(_namespaces(cursor)),
        capabilities=tuple(_capabilities(cursor)),
        actions=tuple(map(_action, cursor.each("matchActions"))),
        others=cursor.others(_SELECTOR),
        at=cursor.at,
    )


def _arguments_matched(
    cursor: Cursor, arguments: Mapping[int, str], positions: list[int]
) -> Iterator[policy.ArgumentMatch]:
    for each in cursor.each("matchArgs"):
        found = match(each, (*_MATCH, "index", "args"))
        index = each.number("index")
        by_position = [number(text) for text in each.texts("args")]
        if by_position:
            first = by_position[0]
            known = first is not None and 0 <= first < len(positions)
            index = positions[first] if known and first is not None else -1
        if index not in arguments:
            each.refuse("the hook names no such argument", "it must stand in its args")
        elif found:
            yield policy.ArgumentMatch(**msgspec.structs.asdict(found), index=index)


def _programs(cursor: Cursor, key: str) -> Iterator[policy.ProgramMatch]:
    for each in cursor.each(key):
        if found := match(each, (*_MATCH, "followChildren")):
            follows = each.flag("followChildren")
            yield policy.ProgramMatch(**msgspec.structs.asdict(found), follows_children=follows)


def _processes(cursor: Cursor) -> Iterator[policy.ProcessMatch]:
    for each in cursor.each("matchPIDs"):
        if found := match(each, (*_MATCH, "followForks", "isNamespacePID")):
            if any(number(value) is None for value in found.values):
                each.refuse("values must be process ids")
            yield policy.ProcessMatch(
                **msgspec.structs.asdict(found),
                is_in_namespace=each.flag("isNamespacePID"),
                follows_forks=each.flag("followForks"),
            )


def _namespaces(cursor: Cursor) -> Iterator[policy.NamespaceMatch]:
    for each in cursor.each("matchNamespaces"):
        if found := match(each, (*_MATCH, "namespace")):
            name = each.name("namespace")
            yield policy.NamespaceMatch(**msgspec.structs.asdict(found), namespace=name)


def _capabilities(cursor: Cursor) -> Iterator[policy.CapabilityMatch]:
    for each in cursor.each("matchCapabilities"):
        if found := match(each, (*_MATCH, "type", "isNamespaceCapability")):
            kind = each.text("type") or _SETS[0]
            if kind not in _SETS:
                each.refuse(f'unknown type "{kind}"', f"expected one of {', '.join(_SETS)}")
            yield policy.CapabilityMatch(
                **msgspec.structs.asdict(found),
                set=kind,
                is_of_namespace=each.flag("isNamespaceCapability"),
            )


def _action(cursor: Cursor) -> policy.Action:
    return policy.Action(
        name=cursor.name("action"),
        error=cursor.number("argError"),
        signal=cursor.number("argSig"),
        options=cursor.others(("action", "argError", "argSig")),
        at=cursor.at,
    )
