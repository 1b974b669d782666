"""
Read an audit policy: YAML in, a policy or diagnostics out.

What the API server would refuse is refused here, each mistake with its place and what was
expected. Keys that it knows and that bear on nothing here (``omitManagedFields``) are passed over.
"""

import difflib
from collections.abc import Iterable, Iterator

import msgspec
import yaml

from shikra.app.audit_policy.policy import LEVELS, STAGES, Policy, PolicyRule, Resources
from shikra.model.diagnostic import Diagnostic, Severity, Span

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
    try:
        text = data.decode()
        root = yaml.compose(text, Loader=yaml.CSafeLoader)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        return Read(None, (_problem("not UTF-8", Span(file, line, 1)),))
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        at = Span(file, mark.line + 1, mark.column + 1) if mark else Span(file, 1, 1)
        message = f"not YAML: {getattr(error, 'problem', None) or error}"
        return Read(None, (_problem(message, at),))
    reader = _Reader(file, text.splitlines())
    policy = reader.policy(root)
    return Read(None, tuple(reader.problems)) if reader.problems else Read(policy)


class _Reader:
    """Takes nodes apart and notes what is wrong."""

    def __init__(self, file: str, lines: list[str]) -> None:
        self._file = file
        self._lines = lines
        self.problems: list[Diagnostic] = []

    def policy(self, root: yaml.Node | None) -> Policy:
        """Read all of it."""
        if root is None:
            message = f"empty: expected kind {_KIND} of {_GROUP}v1"
            self.problems.append(_problem(message, Span(self._file, 1, 1)))
            return Policy(())
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

    def _rule(self, node: yaml.Node, omitted: frozenset[str]) -> PolicyRule:
        parts = self._mapping(node, _RULE_KEYS, "a rule")
        level = self._text(parts.get("level"))
        if level not in LEVELS and isinstance(node, yaml.MappingNode):
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
            line=node.start_mark.line + 1,
            users=texts["users"],
            user_groups=texts["userGroups"],
            verbs=texts["verbs"],
            resources=resources,
            namespaces=texts["namespaces"],
            urls=texts["nonResourceURLs"],
            omitted=omitted | self._stages(parts.get("omitStages")),
        )

    def _resources(self, node: yaml.Node) -> Resources:
        parts = self._mapping(node, _RESOURCE_KEYS, "resources")
        group = self._text(parts.get("group"))
        if "/" in group:
            self._note(parts["group"], f"group: expected no version, found {group!r}")
        kinds = self._texts(parts.get("resources"), "resources")
        names = self._texts(parts.get("resourceNames"), "resourceNames")
        if names and not kinds:
            self._note(parts["resourceNames"], "resourceNames: expected resources beside them")
        return Resources(group, kinds, names)

    def _stages(self, node: yaml.Node | None) -> frozenset[str]:
        found = set()
        for item in self._items(node, "omitStages"):
            stage = self._text(item)
            if stage in STAGES:
                found.add(stage)
            else:
                self._note(item, f"omitStages: expected {_one_of(STAGES)}, found {stage!r}")
        return frozenset(found)

    def _mapping(self, node: yaml.Node, known: tuple[str, ...], what: str) -> dict[str, yaml.Node]:
        if not isinstance(node, yaml.MappingNode):
            self._note(node, f"{what}: expected keys with values")
            return {}
        found: dict[str, yaml.Node] = {}
        for key_node, value in node.value:
            key = str(key_node.value)
            if key not in known:
                near = difflib.get_close_matches(key, known, n=1)
                hint = f'did you mean "{near[0]}"?' if near else "known here: " + ", ".join(known)
                self._note(key_node, f'unknown key "{key}"', hint)
            elif key in found:
                self._note(key_node, f"{key} is set twice")
            else:
                found[key] = value
        return found

    def _items(self, node: yaml.Node | None, what: str) -> Iterator[yaml.Node]:
        if node is None or _is_null(node):
            return
        if isinstance(node, yaml.SequenceNode):
            yield from node.value
        else:
            self._note(node, f"{what}: expected a list")

    def _texts(self, node: yaml.Node | None, what: str) -> tuple[str, ...]:
        return tuple(self._text(item) for item in self._items(node, what))

    def _text(self, node: yaml.Node | None) -> str:
        if node is None or _is_null(node):
            return ""
        if isinstance(node, yaml.ScalarNode):
            return str(node.value)
        self._note(node, "expected a single value")
        return ""

    def _note(self, node: yaml.Node, message: str, hint: str = "") -> None:
        mark = node.start_mark
        excerpt = self._lines[mark.line] if mark.line < len(self._lines) else ""
        at = Span(self._file, mark.line + 1, mark.column + 1)
        self.problems.append(_problem(message, at, excerpt, hint))


def _is_null(node: yaml.Node) -> bool:
    return isinstance(node, yaml.ScalarNode) and not node.style and node.value in {"", "~", "null"}


def _one_of(words: Iterable[str]) -> str:
    *most, last = words
    return f"{', '.join(most)} or {last}"


def _problem(message: str, at: Span, excerpt: str = "", hint: str = "") -> Diagnostic:
    return Diagnostic(
        severity=Severity.ERROR, code=CODE, message=message, span=at, excerpt=excerpt, hint=hint
    )
