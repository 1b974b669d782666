"""
Find the requests for which a rule may fire.

In: a rule. Out: requests, and for each the stages at which it may fire for it. They are made of
what the rule compares with, and of words that nobody has in mind: a rule that asks for secrets
gives requests about secrets, a rule that asks for no kind one about a kind that is nobody's. Each
is tried: what isn't known of it may be anything, so too much may be found, never too little of
what the rule names.
"""

import itertools
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from shikra.app.audit_policy import kinds
from shikra.app.audit_policy.parts import Part, part
from shikra.app.audit_policy.policy import STAGES, STARTED, Request
from shikra.app.audit_policy.tries import Tries
from shikra.rules.ir import Atom, Both, Either, Negate, Op, Read, Rule, RuleSet

UNNAMED = "unnamed"
"""A user, a namespace, an object or a kind that no policy names."""

SOMEBODY = ("system:authenticated",)
"""The groups of who is nobody in particular."""

_VERBS = ("get", "list", "watch", "create", "update", "patch", "delete", "deletecollection")
_VERBS_OF_PARTS = ("get", "create", "update", "patch", "delete")
_LASTING = frozenset({"exec", "attach", "portforward", "proxy", "log"})
_MOST_NAMED = 8
_COMBINED = frozenset({Part.USER, Part.NAMESPACE, Part.NAME})
"""Of these a rule may list hundreds, and each is tried with each: only so many are."""
_ANONYMOUS = "system:anonymous"
_NODE = "system:node:"
_ACCOUNT = "system:serviceaccount:"


def requests(
    ruleset: RuleSet, rule: Rule, tries: Tries
) -> Iterator[tuple[Request, frozenset[str]]]:
    """Yield requests, those without a named user, namespace and object first."""
    samples = _samples(ruleset, rule)
    for request in _about(samples):
        stages = frozenset(stage for stage in _stages(request) if tries.of_kind(request, stage))
        for special in _specialised(request, samples) if stages else ():
            found = frozenset(stage for stage in stages if tries.of_all(special, stage))
            if found:
                yield special, found


def _about(samples: Mapping[Part, Sequence[str]]) -> Iterator[Request]:
    """Yield what may be asked about which kinds."""
    resources = (*samples[Part.RESOURCE], UNNAMED)
    for resource, subresource in itertools.product(resources, ("", *samples[Part.SUBRESOURCE])):
        for verb in samples[Part.VERB] or (_VERBS_OF_PARTS if subresource else _VERBS):
            yield Request(verb, resource, subresource, kinds.group(resource))
    yield Request("get", url=f"/{UNNAMED}")


def _stages(request: Request) -> Iterator[str]:
    """Yield the stages that there are: of what is answered at once, none but its answer."""
    lasts = request.verb == "watch" or request.subresource in _LASTING
    yield from (stage for stage in STAGES if lasts or stage != STARTED)


def _specialised(request: Request, samples: Mapping[Part, Sequence[str]]) -> Iterator[Request]:
    """Yield a request by nobody in particular, and by those that the rule names."""
    is_object = bool(request.resource)
    in_namespace = is_object and kinds.is_namespaced(request.resource)
    namespaces = (UNNAMED, *samples[Part.NAMESPACE]) if in_namespace else ("",)
    names = (UNNAMED, *samples[Part.NAME]) if is_object else ("",)
    users = (UNNAMED, *samples[Part.USER])
    for user, namespace, name in itertools.product(users, namespaces, names):
        yield Request(
            request.verb,
            request.resource,
            request.subresource,
            request.group,
            namespace,
            name,
            user,
            _groups(user),
            request.url,
        )


def _groups(user: str) -> tuple[str, ...]:
    """Return the groups that the server itself puts a user into."""
    if user == _ANONYMOUS:
        return ("system:unauthenticated",)
    if user.startswith(_NODE):
        return ("system:nodes", *SOMEBODY)
    if user.startswith(_ACCOUNT):
        namespace = user.removeprefix(_ACCOUNT).partition(":")[0]
        return ("system:serviceaccounts", f"system:serviceaccounts:{namespace}", *SOMEBODY)
    return SOMEBODY


def _samples(ruleset: RuleSet, rule: Rule) -> Mapping[Part, Sequence[str]]:
    """Return, for each part, texts that the rule's comparisons of it may hold for."""
    found: defaultdict[Part, dict[str, None]] = defaultdict(dict)
    for atom in _atoms(ruleset, rule.root):
        if not isinstance(atom.left, Read) or not isinstance(atom.right, tuple):
            continue
        of = part(atom.left)
        for value in atom.right:
            is_room = of not in _COMBINED or len(found[of]) < _MOST_NAMED
            if isinstance(value, bytes) and is_room:
                found[of][_sample(atom.op, value.decode(errors="replace"))] = None
    return defaultdict(tuple, {of: tuple(texts) for of, texts in found.items()})


def _sample(op: Op, text: str) -> str:
    match op:
        case Op.GLOB | Op.IGLOB:
            return text.replace("*", UNNAMED).replace("?", "x")
        case Op.STARTSWITH:
            return text + UNNAMED
        case Op.ENDSWITH:
            return UNNAMED + text
        case _:
            return text


def _atoms(ruleset: RuleSet, root: int) -> Iterator[Atom]:
    """Yield the comparisons that must hold; of those that mustn't, any other text will do."""
    waiting, seen = [(root, True)], set()
    while waiting:
        index, is_wanted = waiting.pop()
        if (index, is_wanted) in seen:
            continue
        seen.add((index, is_wanted))
        match ruleset.nodes[index]:
            case Atom() as atom:
                if is_wanted:
                    yield atom
            case Both(parts=parts) | Either(parts=parts):
                waiting += ((part, is_wanted) for part in reversed(parts))
            case Negate(part=negated):
                waiting.append((negated, not is_wanted))
            case _:
                pass
