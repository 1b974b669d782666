"""
Translate a policy into rules.

In: a policy. Out: its rules, each with the notes that are about it, and notes on what became of
no rule. A hook's selectors that do the same are one rule: in Tetragon the first that matches
decides, so what an earlier one with another outcome matches is left out. A rule that would match
more than the policy only alerts, whatever the policy does.
"""

from collections.abc import Iterator

import msgspec

from shikra.app.import_tracingpolicy import actions, arguments, hooks, processes, scope, terms
from shikra.app.import_tracingpolicy.notes import Effect, Note, Place
from shikra.app.import_tracingpolicy.policy import Hook, Policy, Selector
from shikra.app.import_tracingpolicy.terms import Part, Term
from shikra.model.enforcement import Means

_NARROWS_NOTHING = frozenset(
    (
        *("uprobes", "usdts", "enforcers", "selectorsMacros", "loader"),  # of a policy
        *("returnArgAction", "data", "ignore"),  # of a hook
        "matchReturnActions",  # of a selector
    )
)
"""Keys that aren't translated, and without which a rule matches no more."""


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """A rule before it is written."""

    hook: Hook
    means: Means | None  # that it asks for
    wanted: Means | None  # that the policy asks for
    types: tuple[str, ...]
    conjuncts: tuple[str, ...]
    success: str  # what else holds where the call isn't denied
    notes: tuple[Note, ...]

    @property
    def condition(self) -> str:
        """When it fires; what is denied has no result yet."""
        success = (self.success,) if self.success and self.means is not Means.DENY else ()
        return " and ".join(dict.fromkeys((*self.conjuncts, *success)))


class Translation(msgspec.Struct, frozen=True):
    """What a policy became."""

    policy: Policy
    rules: tuple[Rule, ...]
    notes: tuple[Note, ...]  # on what is no rule


class _Branch(msgspec.Struct, frozen=True):
    """One selector."""

    selector: Selector
    part: Part
    outcome: actions.Outcome
    has_filters: bool


def translate(policy: Policy) -> Translation:
    """Translate one policy."""
    rules: list[Rule] = []
    others = [_left_out(other) for other in policy.others]
    notes = [note for note in others if note.effect is Effect.TOLD]
    scoped = terms.part(scope.translate(policy))
    unknown = (note for note in others if note.effect is not Effect.TOLD)
    scoped = Part(scoped.terms, (*scoped.notes, *unknown))
    for hook in policy.hooks:
        meaning = hooks.meaning(hook)
        if meaning is None:
            message = f"Shikra has no event like {hook.call}: there is no rule for it"
            notes.append(Note(Effect.TOLD, message, hook.at, hooks.instead(hook)))
            continue
        made, more = _hook(policy, hook, meaning, scoped)
        rules += made
        notes += more
    every = [*(note for rule in rules for note in rule.notes), *notes]
    if any(note.effect is Effect.MISTAKE for note in every):
        return Translation(policy, (), tuple(every))
    return Translation(policy, tuple(rules), tuple(notes))


def _hook(
    policy: Policy, hook: Hook, meaning: hooks.Meaning, scoped: Part
) -> tuple[list[Rule], list[Note]]:
    selectors = hook.selectors or (Selector(at=hook.at),)
    branches = [_branch(selector, meaning) for selector in selectors]
    rules: list[Rule] = []
    notes: list[Note] = []
    for outcome in dict.fromkeys(branch.outcome for branch in branches):
        parts: list[Part] = []
        for index, branch in enumerate(branches):
            if branch.outcome != outcome:
                continue
            found = _with_exclusions(branches, index)
            if isinstance(found, Part) and outcome.makes_rule:
                parts.append(found)
            else:
                notes += branch.part.notes
                notes += [found] if isinstance(found, Note) and outcome.makes_rule else []
        if parts:
            mixed = Part(scoped.terms, (*scoped.notes, *map(_left_out, hook.others)))
            rules.append(_rule(policy, hook, meaning, (mixed, parts, outcome.means)))
    return rules, notes


def _branch(selector: Selector, meaning: hooks.Meaning) -> _Branch:
    part = terms.part(_found(selector, meaning))
    filters = (
        *(selector.arguments, selector.results, selector.programs, selector.parents),
        *(selector.processes, selector.namespaces, selector.capabilities, selector.others),
    )
    return _Branch(selector, part, actions.outcome(selector, meaning), any(filters))


def _found(selector: Selector, meaning: hooks.Meaning) -> Iterator[Term | Note]:
    for argument in selector.arguments:
        yield from arguments.translate(argument, meaning)
    for result in selector.results:
        yield from arguments.result(result, meaning)
    for program in selector.programs:
        yield from processes.programs(program, meaning)
    for parent in selector.parents:
        yield from processes.parents(parent, meaning)
    for process in selector.processes:
        yield from processes.ids(process)
    for namespace in selector.namespaces:
        yield from processes.namespaces(namespace)
    for capability in selector.capabilities:
        yield from processes.capability(capability, meaning)
    yield from map(_left_out, selector.others)
    yield from actions.notes(selector, meaning)


def _left_out(other: Place) -> Note:
    """Tell of a key that isn't translated; one that may narrow the policy, or that nobody knows."""
    key = other.path.rpartition(".")[2]
    if key in _NARROWS_NOTHING or key.startswith("options["):
        return Note(Effect.TOLD, "isn't translated", other)
    return Note(Effect.WIDER, "isn't translated, so it is left out", other)


def _with_exclusions(branches: list[_Branch], index: int) -> Part | Note:
    """Return one selector without what earlier ones of another outcome match; or why not."""
    branch = branches[index]
    if branch.has_filters and not branch.part.terms:
        message = "nothing but the call itself would be left to match: there is no rule for it"
        return Note(Effect.TOLD, message, branch.selector.at)
    found = list(branch.part.terms)
    notes = list(branch.part.notes)
    for earlier in branches[:index]:
        if earlier.outcome == branch.outcome:
            continue
        if not earlier.part.is_exact:
            message = "comes first in Tetragon; it isn't translated exactly, so it isn't left out"
            notes.append(Note(Effect.WIDER, message, earlier.selector.at))
        elif not earlier.part.terms:
            message = "is never reached: one before it matches everything"
            return Note(Effect.TOLD, message, branch.selector.at)
        else:
            several = len(earlier.part.terms) > 1
            text = f"({earlier.part.text})" if several else earlier.part.text
            found.append(Term(terms.negated(text)))
            if any(term.is_as_written for term in earlier.part.terms):
                message = (
                    "comes first in Tetragon, and goes by what the caller wrote; the rule leaves"
                )
                message += " out by the file's real path"
                notes.append(Note(Effect.WIDER, message, earlier.selector.at))
    return Part(tuple(found), tuple(notes))


def _rule(
    policy: Policy,
    hook: Hook,
    meaning: hooks.Meaning,
    made_of: tuple[Part, list[Part], Means | None],
) -> Rule:
    """Put a rule together: what it is about, where, and what its selectors ask."""
    scoped, parts, wanted = made_of
    notes = list(dict.fromkeys((*scoped.notes, *(note for part in parts for note in part.notes))))
    means = None if any(note.effect is Effect.WIDER for note in notes) else wanted
    if wanted is not None and policy.monitors_only is not None:
        means = None
        message = "the policy only monitors, so the rule only alerts"
        notes.append(Note(Effect.TOLD, message, policy.monitors_only))
    elif wanted is not None and meaning.why_alert:
        means = None
        notes.append(Note(Effect.WIDER, meaning.why_alert, hook.at))
    conjuncts = [terms.one_of("evt.type", meaning.types), *meaning.terms]
    conjuncts += (term.text for term in scoped.terms)
    conjuncts += _asked(parts)
    return Rule(
        hook=hook,
        means=means,
        wanted=wanted,
        types=meaning.types,
        conjuncts=tuple(conjuncts),
        success=meaning.success,
        notes=tuple(notes),
    )


def _asked(parts: list[Part]) -> Iterator[str]:
    """Return what selectors ask: all that one does, or that any of several does."""
    if len(parts) == 1:
        yield from (term.text for term in parts[0].terms)
    elif all(part.terms for part in parts):  # else one of them matches everything
        texts = (part.text if len(part.terms) == 1 else f"({part.text})" for part in parts)
        yield terms.either(texts)
