"""
Translate where a policy applies: namespace, pods, containers, the host.

In: a policy. Out: terms for all its rules, and notes.
"""

import re
from collections.abc import Callable, Iterator, Mapping

from shikra.app.import_tracingpolicy import terms
from shikra.app.import_tracingpolicy.notes import Effect, Note, Place
from shikra.app.import_tracingpolicy.operators import Operator
from shikra.app.import_tracingpolicy.policy import LabelMatch, Policy
from shikra.app.import_tracingpolicy.processes import IN_CONTAINER
from shikra.app.import_tracingpolicy.terms import Term

_NAMESPACE_LABEL = "io.kubernetes.pod.namespace"
_KEY = re.compile(r"[A-Za-z0-9./_-]+")
_CONTAINER_FIELDS: Mapping[str, str] = {
    "name": "container.name",
    "repo": "container.image.repository",
}


def translate(policy: Policy) -> Iterator[Term | Note]:
    """Translate a policy's scope."""
    asked: list[str] = []
    for found in _within(policy):
        if isinstance(found, Note):
            yield found
        else:
            asked.append(found)
    is_of_pods = policy.pods is not None or policy.containers is not None
    if policy.has_hosts and not is_of_pods:
        asked.insert(0, "container.id = host")  # a selector that stands alone selects no pods
    if not asked and is_of_pods and not policy.has_hosts:
        asked.append(IN_CONTAINER)
    if asked and policy.has_hosts and is_of_pods:
        yield Term(f"(container.id = host or ({' and '.join(asked)}))")
    else:
        yield from map(Term, asked)


def _within(policy: Policy) -> Iterator[str | Note]:
    if policy.namespace is not None:
        if policy.namespace_name:
            yield terms.one_of("k8s.ns.name", [policy.namespace_name])
        else:
            message = "namespace is missing, so the rule is about all of them"
            yield Note(Effect.WIDER, message, policy.namespace, "the policy's file doesn't say it")
    for match in policy.pods or ():
        yield from _label(match, _pod_field)
    for match in policy.containers or ():
        yield from _label(match, _CONTAINER_FIELDS.get)


def _pod_field(key: str) -> str | None:
    name = key.removeprefix("k8s:")
    if name == _NAMESPACE_LABEL:
        return "k8s.ns.name"
    return f"k8s.pod.label[{name}]" if _KEY.fullmatch(name) else None


def _hint(at: Place) -> str:
    is_container = at.path.startswith("spec.containerSelector")
    return f"expected {' or '.join(_CONTAINER_FIELDS)}" if is_container else ""


def _label(match: LabelMatch, field_of: Callable[[str], str | None]) -> Iterator[str | Note]:
    field = field_of(match.key)
    if field is None:
        yield Note(Effect.MISTAKE, f'"{match.key}" is no key', match.at, _hint(match.at))
    elif match.operator is Operator.EXISTS:
        yield terms.negated(f"{field} exists", is_negated=match.is_negated)
    elif match.operator is Operator.IN:
        text = terms.one_of(field, match.values)
        yield terms.negated(text, is_negated=match.is_negated)
    else:
        message = f"{match.operator.value} isn't an operator for labels"
        yield Note(Effect.MISTAKE, message, match.at, "expected In, NotIn, Exists, DoesNotExist")
