"""
Try whether a rule may fire for a request, by as much as a level writes of it.

In: a rule; then requests. Out: whether it may. The rule is the one that is evaluated, on an event
that is made of the request; what a request doesn't say may be anything, and a body that isn't
written is not there.
"""

from shikra.app.audit_policy.parts import Part, part
from shikra.app.audit_policy.policy import Level, Request
from shikra.app.pipeline.weaken import weaken
from shikra.backends.live.compile import Evaluator, compile_rules
from shikra.model.event import Event
from shikra.rules.ir import Read, Rule, RuleSet
from shikra.sources.audit.events import SOURCE, TYPE, Audited
from shikra.sources.audit.readers import READERS

_KINDS = frozenset({Part.VERB, Part.STAGE, Part.RESOURCE, Part.SUBRESOURCE})
_SAID = _KINDS | {Part.NAMESPACE, Part.NAME, Part.USER}
_ABSENT = {
    Level.METADATA: frozenset({Part.REQUEST_BODY, Part.RESPONSE_BODY}),
    Level.REQUEST: frozenset({Part.RESPONSE_BODY}),
    Level.REQUEST_RESPONSE: frozenset[Part](),
}


class Tries:
    """Tries one rule."""

    def __init__(self, ruleset: RuleSet, rule: Rule) -> None:
        """Compile it as often as there are things that may not be known."""
        self._alone = RuleSet(ruleset.nodes, (rule,))
        self._of_kind = self._knowing(_KINDS)
        self._at = {level: self._knowing(_SAID | absent) for level, absent in _ABSENT.items()}

    def of_kind(self, request: Request, stage: str) -> bool:
        """Whether it may fire for such a request by somebody, of some object."""
        return bool(self._of_kind.matches(self._event(request, stage)))

    def of_all(self, request: Request, stage: str) -> bool:
        """Whether it may fire where everything is written."""
        return self.at(Level.REQUEST_RESPONSE, request, stage)

    def at(self, level: Level, request: Request, stage: str) -> bool:
        """Whether it may fire for a request that is written at a level."""
        evaluator = self._at.get(level)
        return evaluator is not None and bool(evaluator.matches(self._event(request, stage)))

    def _knowing(self, parts: frozenset[Part]) -> Evaluator:
        def is_unknown(read: Read) -> bool:
            return part(read) not in parts

        return compile_rules(weaken(self._alone, is_unknown))

    @staticmethod
    def _event(request: Request, stage: str) -> Event:
        target = {
            "resource": request.resource,
            "subresource": request.subresource,
            "namespace": request.namespace,
            "name": request.name,
        }
        event = Event(SOURCE, TYPE, 0, READERS)
        document = {
            "stage": stage,
            "verb": request.verb,
            "user": {"username": request.user},
            "objectRef": {key: value for key, value in target.items() if value} or None,
        }
        event.data = Audited(document, 1, 0)
        return event
