"""
Rules as tables for the kernel.

In: a rule set. Out: the tables, what user space computes for them, and how each rule is evaluated.
What the tables say may hold wherever ``backends.live`` says that it holds; what they say surely
holds, it says too. Rules that the tables have no room for are left to user space, the last first.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping

import msgspec

from shikra.backends.kernel import (
    automaton,
    bounds,
    conditions,
    gates,
    keepers,
    plans,
    process_words,
)
from shikra.backends.kernel.conditions import Condition, Roots
from shikra.backends.kernel.event_class import ClassBuilder
from shikra.backends.kernel.patterns import Patterns
from shikra.backends.kernel.rule_plan import RulePlan
from shikra.backends.kernel.spellings import Spellings
from shikra.backends.kernel.stages import AllBits, Stage, Translator
from shikra.backends.kernel.texts import Texts
from shikra.backends.kernel.vocabulary import Vocabulary, read_by
from shikra.backends.live import fold
from shikra.model import event_types, fields
from shikra.model.enforcement import Enforcement, Means
from shikra.model.field import Catalogue
from shikra.model.kernel_tables import (
    Automaton,
    ImageField,
    KernelTables,
    OfImage,
    OfName,
    Relation,
    Test,
    View,
)
from shikra.model.rule import Priority
from shikra.rules.ir import Atom, RuleSet

_URGENT = Priority.ERROR
"""Rules as severe as this use the reserved ring."""


class Compiled(msgspec.Struct, frozen=True, kw_only=True):
    """Tables, and what goes with them."""

    tables: KernelTables
    container_atoms: tuple[Atom, ...]  # by bit: what user space decides once a container
    rules: tuple[RulePlan | None, ...]  # how each is evaluated; None: isn't on system calls


def compile_tables(
    ruleset: RuleSet,
    catalogue: Catalogue = fields.CATALOGUE,
    kinds: Collection[str] = frozenset(event_types.PRODUCED),
) -> Compiled:
    """Compile the rules on system calls, for these types of event."""
    texts = Texts()
    vocabulary = Vocabulary(catalogue, texts)
    circuit = fold.Circuit()
    found = conditions.roots(ruleset, vocabulary, circuit, sorted(kinds))
    in_kernel = bounds.RULES
    while True:
        numbered = conditions.conditions(ruleset, found, in_kernel)
        if in_kernel == 0 or conditions.fits(numbered, found):
            compiled = _Compiler(ruleset, circuit, vocabulary, texts).compile(numbered, found)
            if in_kernel == 0 or bounds.fits(compiled.tables):
                return compiled
        in_kernel = min(in_kernel, len(ruleset.rules)) * 3 // 4


class _Compiler:
    """Compiles conditions, once."""

    def __init__(
        self, ruleset: RuleSet, circuit: fold.Circuit, vocabulary: Vocabulary, texts: Texts
    ) -> None:
        self._ruleset = ruleset
        self._circuit = circuit
        self._vocabulary = vocabulary
        self._texts = texts
        self._spellings = Spellings(texts)
        self._bits = AllBits(bounds.IMAGE_BITS, bounds.NAME_BITS, bounds.CONTAINER_BITS)

    def compile(self, numbered: tuple[Condition, ...], found: Roots) -> Compiled:
        between = self._translator(None)
        process = _of_process(between, numbered)
        classes = self._classes(numbered, found)
        names, views = self._views([one.kept for one in classes.values()])
        texts, images = self._images()
        weaker = {**names, **texts}
        rules = tuple(condition.rules for condition in numbered)
        every = range(len(rules))
        enforced = [list(self._enforcements(of)) for of in rules]
        tables = KernelTables(
            rules=rules,
            urgent=frozenset(at for at in every if any(map(self._is_urgent, rules[at]))),
            limited=frozenset(every),
            kill=_asking(enforced, lambda one: Means.KILL in one.choices),
            deny=_asking(enforced, lambda one: Means.DENY in one.choices),
            includes_init=_asking(enforced, lambda one: one.includes_init),
            asks_lineage=frozenset(filter(lambda at: self._asks_lineage(numbered[at]), every)),
            process=between.gates.program(process, weaker),
            images=images,
            views=views,
            classes=tuple(one.build(kind, weaker) for kind, one in classes.items()),
        )
        explainer = plans.Explainer(self._ruleset, self._vocabulary, self._bits, weaker)
        return Compiled(
            tables=tables,
            container_atoms=self._bits.containers.keys,
            rules=plans.plans(self._ruleset, numbered, classes, explainer),
        )

    def _classes(self, numbered: tuple[Condition, ...], found: Roots) -> dict[str, ClassBuilder]:
        """Translate the conditions for each type of event; for those that are alike, once."""
        made: dict[tuple[object, ...], ClassBuilder] = {}
        classes: dict[str, ClassBuilder] = {}
        for kind in found:
            of_kind = _of_kind(numbered, kind)
            meanings = (self._vocabulary.meaning(atom, kind) for atom in self._atoms(of_kind))
            key = (*of_kind, *map(id, meanings))
            if key not in made:
                made[key] = ClassBuilder(self._translator(kind), of_kind, self._patterns)
            classes[kind] = made[key]
        return classes

    def _atoms(self, of_kind: Mapping[int, Condition]) -> list[Atom]:
        """Return the comparisons that conditions are made of, in order."""
        literals = (one.literal for one in of_kind.values() if one.literal is not None)
        nodes = (self._circuit[index] for index in sorted(self._circuit.below(literals)))
        return [node for node in nodes if isinstance(node, Atom)]

    def _translator(self, kind: str | None) -> Translator:
        return Translator(self._circuit, self._vocabulary, self._bits, self._spellings, kind)

    def _patterns(self, view: View, bit: int) -> Patterns:
        return self._texts[self._bits.names[view].keys[bit]]

    def _is_urgent(self, rule: int) -> bool:
        return self._ruleset.rules[rule].info.priority <= _URGENT

    def _asks_lineage(self, condition: Condition) -> bool:
        atoms = self._atoms({0: condition})
        return any(read.field in process_words.LINEAGE for read in read_by(atoms))

    def _enforcements(self, rules: Iterable[int]) -> Iterator[Enforcement]:
        infos = (self._ruleset.rules[rule].info for rule in rules)
        return (info.enforcement for info in infos if info.enforcement is not None)

    def _views(
        self, chosen: Iterable[Mapping[int, keepers.Keepers]]
    ) -> tuple[dict[Test, Test], dict[View, Automaton]]:
        """Return the automata of names, and the tests that are weaker than they were asked for."""
        weaker: dict[Test, Test] = {}
        made: dict[View, Automaton] = {}
        chosen = list(chosen)
        for view, bits in self._bits.names.items():
            if not bits.keys:
                continue
            predicates = {bit: self._texts[number] for bit, number in enumerate(bits.keys)}
            kept = keepers.kept(chosen, view)
            built = automaton.build(predicates, kept, bounds.OF_VIEWS[view])
            made[view] = built.automaton
            weaker |= {
                OfName(view, bit): OfName(view, bit, is_exact=False) for bit in built.inexact
            }
        return weaker, made

    def _images(self) -> tuple[dict[Test, Test], dict[ImageField, Automaton]]:
        weaker: dict[Test, Test] = {}
        made: dict[ImageField, Automaton] = {}
        keys = tuple(enumerate(self._bits.images.keys))
        for field in ImageField:
            predicates = {bit: self._texts[number] for bit, (of, number) in keys if of is field}
            if not predicates:
                continue
            built = automaton.build(predicates, bound=bounds.OF_IMAGES[field])
            made[field] = built.automaton
            weaker |= {
                OfImage(relation, field, bit): OfImage(relation, field, bit, is_exact=False)
                for bit in built.inexact
                for relation in Relation
            }
        return weaker, made


def _asking(
    enforced: Iterable[Iterable[Enforcement]], asks: Callable[[Enforcement], bool]
) -> frozenset[int]:
    """Return the conditions of which some rule asks for this: all its rules match, or none."""
    return frozenset(number for number, of in enumerate(enforced) if any(map(asks, of)))


def _of_kind(numbered: tuple[Condition, ...], kind: str) -> dict[int, Condition]:
    return {number: one for number, one in enumerate(numbered) if kind in one.kinds}


def _of_process(
    translator: Translator, numbered: tuple[Condition, ...]
) -> list[tuple[gates.Literal, int]]:
    """Return what the container and the process must be for each condition to hold."""
    return [
        (literal, number)
        for number, one in enumerate(numbered)
        if one.literal is not None
        for literal in translator.gates.conjuncts(translator.may(one.literal, Stage.PROCESS))
    ]
