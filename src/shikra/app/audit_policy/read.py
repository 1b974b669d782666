"""
Read an audit policy: YAML in, a policy or diagnostics out.

What the API server would refuse is refused here, each mistake with its place and what was
expected. Keys that it knows and that bear on nothing here (``omitManagedFields``) are passed over.
"""

from collections.abc import Iterable, Iterator

import msgspec

from shikra.app.audit_policy.policy import LEVELS, STAGES, Policy, PolicyRule, Resources
from shikra.model.diagnostic import Diagnostic, Severity
from shikra.rules import diagnostics, nodes
from shikra.rules import text as texts
from shikra.rules.keys import is_null

CODE = "SHIKRA_WRONG_AUDIT_POLICY"

_KIND = "Policy"
_GROUP = "audit.k8s.io/"
_FILE_KEYS = ("apiVersion", "kind", "metadata", "omitStages", "omitManagedFields", "rules")
_RULE_KEYS = (
    *("level", "users", "userGroups", "verbs", "resources", "namespaces"),
    *("nonResourceURLs", "omitStages", "omitManagedFields"),
)
_RESOURCE_KEYS = ("group", "resources", "resourceNames")


class Read(msgspec.Struct, frozen=True):
    """A policy, or what is wrong with it."""

    policy: Policy | None
    diagnostics: tuple[Diagnostic, ...] = ()


def read(file: str, data: bytes) -> Read:
    """Read the text of a policy."""
    content = nodes.read(file, data)
    if content.diagnostics:  # of a key that occurs twice: which counts?
        return Read(None, tuple(map(_as_error, content.diagnostics)))
    documents = [node for node in content.documents if not is_null(node)]
    if len(documents) != 1:
        found = f"{len(documents)} documents" if documents else "nothing"
        message = f"expected one policy, kind {_KIND} of {_GROUP}v1, found {found}"
        at = nodes.where(documents[1]) if documents else _beginning(file)
        return Read(None, (_problem(message, at),))
    reader = _Reader()
    policy = reader.policy(documents[0])
    return Read(None, tuple(reader.problems)) if reader.problems else Read(policy)


class _Reader:
    """Takes nodes apart and notes what is wrong."""

    def __init__(self) -> None:
        self.problems: list[Diagnostic] = []

    def policy(self, root: nodes.Node) -> Policy:
        """Read all of it."""
        parts = self._mapping(root, _FILE_KEYS, "a policy")
        kind, version = (self._text(parts.get(key)) for key in ("kind", "apiVersion"))
        if not self.problems and (kind != _KIND or not version.startswith(_GROUP)):
            at = parts.get("kind") or parts.get("apiVersion") or root
            found = f"{kind or 'nothing'} of {version or 'nothing'}"
            self._note(at, f"expected kind {_KIND} of {_GROUP}v1, found {found}")
        omitted = self._stages(parts.get("omitStages"))
        rules = [self._rule(node, omitted) for node in self._items(parts.get("rules"), "rules")]
        if not rules and not self.problems:
            self._note(parts.get("rules") or root, "rules: expected one at least")
        return Policy(tuple(rules))

    def _rule(self, node: nodes.Node, omitted: frozenset[str]) -> PolicyRule:
        parts = self._mapping(node, _RULE_KEYS, "a rule")
        level = self._text(parts.get("level"))
        if level not in LEVELS and isinstance(node, nodes.Mapping):
            told = f", found {level!r}" if level else ""
            self._note(parts.get("level") or node, f"level: expected {_one_of(LEVELS)}{told}")
        texts = {
            key: self._texts(parts.get(key), key)
            for key in ("users", "userGroups", "verbs", "namespaces", "nonResourceURLs")
        }
        resources = tuple(
            self._resources(each) for each in self._items(parts.get("resources"), "resources")
        )
        urls = parts.get("nonResourceURLs")
        if urls is not None and texts["nonResourceURLs"] and (resources or texts["namespaces"]):
            self._note(urls, "nonResourceURLs: expected either them or resources and namespaces")
        return PolicyRule(
            level=LEVELS.get(level, LEVELS["None"]),
            line=nodes.where(node).span(0, 1).line,
            users=texts["users"],
            user_groups=texts["userGroups"],
            verbs=texts["verbs"],
            resources=resources,
            namespaces=texts["namespaces"],
            urls=texts["nonResourceURLs"],
            omitted=omitted | self._stages(parts.get("omitStages")),
        )

    def _resources(self, node: nodes.Node) -> Resources:
        parts = self._mapping(node, _RESOURCE_KEYS, "resources")
        group = self._text(parts.get("group"))
        if "/" in group:
            self._note(parts["group"], f"group: expected no version, found {group!r}")
        kinds = self._texts(parts.get("resources"), "resources")
        names = self._texts(parts.get("resourceNames"), "resourceNames")
        if names and not kinds:
            self._note(parts["resourceNames"], "resourceNames: expected resources beside them")
        return Resources(group, kinds, names)

    def _stages(self, node: nodes.Node | None) -> frozenset[str]:
        found = set()
        for item in self._items(node, "omitStages"):
            stage = self._text(item)
            if stage in STAGES:
                found.add(stage)
            else:
                self._note(item, f"omitStages: expected {_one_of(STAGES)}, found {stage!r}")
        return frozenset(found)

    def _mapping(
        self, node: nodes.Node, known: tuple[str, ...], what: str
    ) -> dict[str, nodes.Node]:
        if not isinstance(node, nodes.Mapping):
            self._note(node, f"{what}: expected keys with values")
            return {}
        found: dict[str, nodes.Node] = {}
        for key, value in node.entries:
            if key.value in known:
                found[key.value] = value
                continue
            hint = diagnostics.nearest(key.value, known) or "known here: " + ", ".join(known)
            self._note(key, f'unknown key "{key.value}"', hint)
        return found

    def _items(self, node: nodes.Node | None, what: str) -> Iterator[nodes.Node]:
        if node is None or is_null(node):
            return
        if isinstance(node, nodes.Sequence):
            yield from node.items
        else:
            self._note(node, f"{what}: expected a list")

    def _texts(self, node: nodes.Node | None, what: str) -> tuple[str, ...]:
        return tuple(self._text(item) for item in self._items(node, what))

    def _text(self, node: nodes.Node | None) -> str:
        if node is None or is_null(node):
            return ""
        if isinstance(node, nodes.Scalar):
            return node.value
        self._note(node, "expected a single value")
        return ""

    def _note(self, node: nodes.Node, message: str, hint: str = "") -> None:
        self.problems.append(_problem(message, nodes.where(node), hint))


def _one_of(words: Iterable[str]) -> str:
    *most, last = words
    return f"{', '.join(most)} or {last}"


def _beginning(file: str) -> texts.Text:
    return texts.written(texts.Source(file, "\n"), 0, 1)


def _problem(message: str, at: texts.Text, hint: str = "") -> Diagnostic:
    return diagnostics.error(CODE, diagnostics.whole(message, at, hint), at, "")


def _as_error(one: Diagnostic) -> Diagnostic:
    return msgspec.structs.replace(one, severity=Severity.ERROR)
