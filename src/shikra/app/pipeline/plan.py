"""
What is evaluated for each event: a rule set, ready to be run.

In: a rule set and the settings that bear on it. Out: functions from an event to the rules that
fire. A plan never changes; a reload makes another and swaps it in between two events.
"""

from collections.abc import Iterable, Iterator

import msgspec

from shikra.app.pipeline import append, fields_read, named_files, static, weaken
from shikra.app.settings import RuleMatching, Settings
from shikra.backends.kernel.compile import Compiled
from shikra.backends.live.compile import Evaluator, compile_rules
from shikra.model.diagnostic import Diagnostic
from shikra.model.field import Catalogue
from shikra.rules.ir import Placeholder, Read, Rule, RuleSet, Template

REAL_PATH = "fd.realpath"


class Evaluators(msgspec.Struct, frozen=True):
    """Rules by index, for a file's name as opened and for its real path."""

    opened: Evaluator
    real: Evaluator  # rules that have something to gain from it

    def failures(self) -> int:
        """Count how often a rule could not be evaluated."""
        return self.opened.failures.total() + self.real.failures.total()

    def unusable(self) -> dict[str, str]:
        """Name the rules that could not be compiled, and why."""
        return self.opened.unusable | self.real.unusable


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """Rules that are loaded, and how they are evaluated."""

    ruleset: RuleSet  # of rules that are enabled, with the configuration's values in them
    outputs: tuple[Template, ...]  # of each rule, with what is appended
    outputs_of_real: tuple[Template, ...]  # where the real path matched: it is told, too
    appended: tuple[append.Appended, ...]  # what the configuration adds to each rule's alerts
    diagnostics: tuple[Diagnostic, ...]  # what is wrong with that
    event_types: frozenset[str]
    exact: Evaluators
    possible: Evaluators  # what may fire, whatever the container's metadata turns out to be
    nameless: Evaluators  # what may fire, whatever the file's name is
    nameless_possible: Evaluators  # what may fire, whatever both are
    files: frozenset[bytes]  # that conditions name
    reads: frozenset[str]  # fields that are compared or printed
    waiting: frozenset[int]  # rules that read or print the container's metadata
    is_first_only: bool
    tables: Compiled | None = None  # made already, where something had to be known of them

    @property
    def rules(self) -> tuple[Rule, ...]:
        """The rules, by index."""
        return self.ruleset.rules

    def failures(self) -> int:
        """Count how often a rule could not be evaluated: a mistake of ours."""
        return sum(evaluators.failures() for evaluators in self._evaluators())

    def unusable(self) -> dict[str, str]:
        """Name the rules that could not be compiled, and why: the same."""
        return self.exact.unusable() | self.possible.unusable()

    def _evaluators(self) -> tuple[Evaluators, ...]:
        return self.exact, self.possible, self.nameless, self.nameless_possible


def plan(ruleset: RuleSet, settings: Settings, catalogue: Catalogue) -> Plan:
    """Make everything ready for a rule set; its disabled rules are left out."""
    rules = tuple(rule for rule in ruleset.rules if rule.is_enabled)
    filler = static.Filler(settings.static_fields)
    ruleset = filler.rules(RuleSet(ruleset.nodes, rules))
    rules = ruleset.rules
    printed = [(rule.info, rule.output) for rule in rules]
    added = append.append(settings.append_output, printed, catalogue)
    outputs = tuple(
        (*rule.output, *filler.template(one.suffix))
        for rule, one in zip(rules, added.rules, strict=True)
    )

    def is_late(read: Read) -> bool:
        return catalogue[read.field].is_metadata

    def is_name(read: Read) -> bool:
        return catalogue[read.field].is_path or read.field == REAL_PATH

    possible = weaken.weaken(ruleset, is_late)
    return Plan(
        ruleset=ruleset,
        outputs=outputs,
        outputs_of_real=tuple(
            (*output, *append.named((REAL_PATH,), catalogue, output)) for output in outputs
        ),
        appended=tuple(one.filled(filler) for one in added.rules),
        diagnostics=added.diagnostics,
        event_types=frozenset[str]().union(*(rule.event_types for rule in rules)),
        exact=_evaluators(ruleset),
        possible=_evaluators(possible),
        nameless=_nameless(weaken.weaken(ruleset, is_name)),
        nameless_possible=_nameless(weaken.weaken(possible, is_name)),
        files=named_files.named_files(ruleset, catalogue),
        reads=fields_read.fields_read(ruleset, (*outputs, *_extras(added.rules))),
        waiting=frozenset(
            index
            for index, rule in enumerate(rules)
            if rule.needs_metadata or added.rules[index].needs_metadata
        ),
        is_first_only=settings.rule_matching is RuleMatching.FIRST,
    )


def _extras(appended: Iterable[append.Appended]) -> Iterator[Template]:
    for extra in (extra for one in appended for extra in one.extras):
        yield (extra.value,) if isinstance(extra.value, Placeholder) else extra.value


def _evaluators(ruleset: RuleSet) -> Evaluators:
    return Evaluators(compile_rules(ruleset), compile_rules(ruleset, keep=_reads_real_path))


def _nameless(ruleset: RuleSet) -> Evaluators:
    """Compile rules that know no name: the others match without, so they are found already."""
    return Evaluators(
        compile_rules(ruleset),
        compile_rules(ruleset, keep=lambda rule: not rule.opened_names_only),
    )


def _reads_real_path(rule: Rule) -> bool:
    return rule.uses_path and not rule.opened_names_only
