"""
Read the policies of a file.

In: a file, in which each document is a policy, or a list of them as ``kubectl get -o yaml``
prints it. Out: typed policies, and notes on what is wrong; a policy with a mistake in it is left
out, and so is all of a file in which a key occurs twice. Keys that nobody here knows are kept with
their places: they are told, never passed over.
"""

from collections.abc import Iterator

import msgspec

from shikra.app.import_tracingpolicy import policy, read_selector
from shikra.app.import_tracingpolicy.cursor import Cursor
from shikra.app.import_tracingpolicy.notes import Effect, Note, Place, diagnostic
from shikra.model.diagnostic import Diagnostic, Severity
from shikra.rules import diagnostics, nodes
from shikra.rules import text as texts
from shikra.rules.keys import is_null

KINDS = ("TracingPolicy", "TracingPolicyNamespaced")
_LISTS = ("List", *(f"{kind}List" for kind in KINDS))
_API = "cilium.io/"
_MONITOR = "monitor"
_SPEC = (
    *(kind.value for kind in policy.Kind),
    *("podSelector", "containerSelector", "hostSelector", "lists", "options"),
)
_LIST = "list:"
_NO_POLICY = "SHIKRA_WRONG_POLICY"


class Read(msgspec.Struct, frozen=True):
    """Policies, and what is wrong with others."""

    policies: tuple[policy.Policy, ...]
    diagnostics: tuple[Diagnostic, ...]


def read(name: str, raw: bytes) -> Read:
    """Read one file."""
    content = nodes.read(name, raw)
    found = list(map(_as_error, content.diagnostics))  # of a key that occurs twice: which counts?
    if found:
        return Read((), tuple(found))
    policies: list[policy.Policy] = []
    objects = [each for document in content.documents for each in _objects(document)]
    for cursor in objects:
        read_one = _policy(cursor)
        item = read_one.label if read_one else ""
        found += (diagnostic(note, item) for note in cursor.notes)
        if read_one and not any(note.effect is Effect.MISTAKE for note in cursor.notes):
            policies.append(read_one)
    if not objects:
        where = texts.written(texts.Source(name, "\n"), 0, 1)
        mistake = diagnostics.whole("there is no policy in it", where)
        found.append(diagnostics.error(_NO_POLICY, mistake, where, ""))
    return Read(tuple(policies), tuple(found))


def _as_error(diagnostic: Diagnostic) -> Diagnostic:
    return msgspec.structs.replace(diagnostic, severity=Severity.ERROR)


def _objects(document: nodes.Node) -> Iterator[Cursor]:
    """Return a document's objects; a list's are its items."""
    if is_null(document):
        return
    cursor = Cursor(document, "", [])
    if isinstance(document, nodes.Mapping) and cursor.text("kind") in _LISTS:
        for item in cursor.each("items"):
            yield Cursor(item.node, "", [])
    else:
        yield cursor


def _policy(cursor: Cursor) -> policy.Policy | None:
    kind = cursor.text("kind")
    if kind not in KINDS:
        hint = diagnostics.nearest(kind, KINDS) or f"expected {' or '.join(KINDS)}"
        cursor.refuse(f'kind "{kind}" is no policy' if kind else "this is no policy", hint)
        return None
    version = cursor.name("apiVersion")
    if version and not version.startswith(_API):
        cursor.must("apiVersion").refuse(f'expected {_API}v1alpha1, found "{version}"')
    metadata, spec = cursor.must("metadata"), cursor.must("spec")
    lists = {each.text("name"): each for each in spec.each("lists")}
    return policy.Policy(
        name=metadata.name("name"),
        kind=kind,
        namespace=metadata.at if kind == KINDS[1] else None,
        namespace_name=metadata.text("namespace") if kind == KINDS[1] else "",
        pods=_labels(spec.get("podSelector")),
        containers=_labels(spec.get("containerSelector")),
        has_hosts=spec.get("hostSelector") is not None,
        hooks=tuple(_hooks(spec, lists)),
        monitors_only=_monitors_only(spec),
        others=(*spec.others(_SPEC), *_options(spec)),
        at=cursor.at,
    )


def _monitors_only(spec: Cursor) -> Place | None:
    """Return the option that takes a policy's enforcement out of force."""
    options = (each for each in spec.each("options") if each.text("name") == "policy-mode")
    return next((each.at for each in options if each.text("value") == _MONITOR), None)


def _options(spec: Cursor) -> Iterator[Place]:
    return (each.at for each in spec.each("options") if each.text("name") != "policy-mode")


def _labels(selector: Cursor | None) -> tuple[policy.LabelMatch, ...] | None:
    """Return what a selector asks of labels; nothing if there is no selector."""
    if selector is None:
        return None
    found: list[policy.LabelMatch] = []
    pairs = selector.get("matchLabels")
    if pairs is not None:
        found += (read_selector.label(pairs, key) for key in pairs.names())
    for each in selector.each("matchExpressions"):
        matched = read_selector.match(each, ("key", "operator", "values"))
        if matched is not None:
            fields = msgspec.structs.asdict(matched)
            found.append(policy.LabelMatch(**fields, key=each.name("key")))
    for other in selector.others(("matchLabels", "matchExpressions")):
        selector.notes.append(Note(Effect.MISTAKE, "unknown key", other))
    return tuple(found)


def _hooks(spec: Cursor, lists: dict[str, Cursor]) -> Iterator[policy.Hook]:
    for kind in policy.Kind:
        for cursor in spec.each(kind.value):
            hook = read_selector.hook(cursor, kind)
            named = lists.get(hook.call.removeprefix(_LIST))
            calls = named.texts("values") if named and hook.call.startswith(_LIST) else ()
            for call in calls or (hook.call,):
                yield msgspec.structs.replace(hook, call=call)
