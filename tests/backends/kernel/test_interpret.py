"""The reference of the kernel's stages, on tables written by hand."""

import pytest

from shikra.backends.kernel import automaton
from shikra.backends.kernel.interpret import Facts, ImageBits, Name, judge
from shikra.backends.kernel.patterns import patterns
from shikra.model.kernel_tables import (
    Atom,
    Compare,
    ContainerBits,
    EventClass,
    Gate,
    ImageField,
    KernelTables,
    OfContainer,
    OfFlags,
    OfImage,
    OfName,
    OfNetwork,
    OfNumber,
    Program,
    Relation,
    Test,
    View,
)
from shikra.rules.ir import Op

NOTHING = Program()


def _requiring(test: Test, *, negated: bool = False) -> Program:
    return Program(atoms=(Atom(1, test),), requirements=((2 + negated, 0),))


def _tables(
    *,
    process: Program = NOTHING,
    numbers: Program = NOTHING,
    full: Program = NOTHING,
    named: frozenset[int] = frozenset(),
    opened_only: frozenset[int] = frozenset(),
) -> KernelTables:
    """Return the tables of one condition, which a path below /etc keeps."""
    keeps = {0: patterns(Op.STARTSWITH, None, (b"/etc/",)) or ()}
    of_class = EventClass(
        event_type="open",
        conditions=frozenset({0}),
        numbers=numbers,
        named=named,
        opened_only=opened_only,
        full=full,
    )
    return KernelTables(
        rules=(frozenset({0}),),
        urgent=frozenset(),
        process=process,
        images={},
        views={View.PATH: automaton.build(keeps, {0: frozenset({0})}).automaton},
        classes=(of_class,),
    )


def _facts(**changes: object) -> Facts:
    given: dict[str, object] = {
        "event_type": "open",
        "related": {relation: ImageBits() for relation in Relation},
        "process_flags": frozenset(),
        "container": ContainerBits(0),
        "members": {"result": 3},
        "has": frozenset(),
        "flags": frozenset(),
    }
    return Facts(**given | changes)  # type: ignore[arg-type]


def _judged(tables: KernelTables, **changes: object) -> tuple[bool, bool]:
    """Return whether the condition may hold, and whether it surely does."""
    found = judge(tables, _facts(**changes))
    return 0 in found.may, 0 in found.surely


TRUE, UNKNOWN, FALSE = (True, True), (True, False), (False, False)
IMAGE = OfImage(Relation.SELF, ImageField.NAME, 5)
NUMBER = OfNumber(member="result", compare=Compare.EQ, values=(3,), needs=("N",), unknown=("U",))
NETWORK = OfNetwork(member="a", networks=((bytes(15) + b"\4", 126),))


@pytest.mark.parametrize(
    ("test", "changes", "value"),
    [
        pytest.param(
            IMAGE, {"related": {Relation.SELF: ImageBits(frozenset({5}))}}, TRUE, id="bit"
        ),
        pytest.param(IMAGE, {}, FALSE, id="no bit"),
        pytest.param(
            IMAGE,
            {"related": {Relation.SELF: ImageBits(unknown=frozenset({ImageField.NAME}))}},
            UNKNOWN,
            id="a text was cut",
        ),
        pytest.param(
            OfImage(Relation.SELF, ImageField.NAME, 5, is_exact=False),
            {"related": {Relation.SELF: ImageBits(frozenset({5}))}},
            UNKNOWN,
            id="a weaker predicate",
        ),
        pytest.param(OfFlags("F"), {"process_flags": frozenset({"F"})}, TRUE, id="a flag"),
        pytest.param(OfFlags("F"), {}, FALSE, id="no flag"),
        pytest.param(OfFlags("F"), {"process_flags": None}, UNKNOWN, id="unknown flags"),
        pytest.param(OfContainer(2), {"container": ContainerBits(4)}, TRUE, id="a container"),
        pytest.param(OfContainer(1), {"container": ContainerBits(4)}, FALSE, id="another"),
        pytest.param(OfContainer(2), {"container": ContainerBits(4, 4)}, UNKNOWN, id="late"),
        pytest.param(NUMBER, {"has": frozenset({"N"})}, TRUE, id="a number"),
        pytest.param(NUMBER, {}, FALSE, id="a number that isn't there"),
        pytest.param(
            NUMBER, {"has": frozenset({"N"}), "flags": frozenset({"U"})}, UNKNOWN, id="or may be"
        ),
        pytest.param(NETWORK, {"members": {"a": bytes(15) + b"\7"}}, TRUE, id="in a network"),
        pytest.param(NETWORK, {"members": {"a": bytes(15) + b"\10"}}, FALSE, id="beside it"),
    ],
)
def test_values_of_tests(test: Test, changes: dict[str, object], value: tuple[bool, bool]) -> None:
    """What isn't known may hold, and so may its negation; what isn't there doesn't hold."""
    assert _judged(_tables(full=_requiring(test)), **changes) == value
    negated = {TRUE: FALSE, FALSE: TRUE, UNKNOWN: UNKNOWN}[value]
    assert _judged(_tables(full=_requiring(test, negated=True)), **changes) == negated


@pytest.mark.parametrize(
    ("compare", "values", "holds"),
    [
        pytest.param(Compare.EQ, (-1,), True, id="the same"),
        pytest.param(Compare.NE, (-1,), False, id="not the same"),
        pytest.param(Compare.IN, (5, -1), True, id="one of them"),
        pytest.param(Compare.LT, (0,), True, id="less"),
        pytest.param(Compare.GE, (-1,), True, id="not less"),
        pytest.param(Compare.GT, (-1,), False, id="greater"),
        pytest.param(Compare.LE, (-2,), False, id="not greater"),
        pytest.param(Compare.EXISTS, (), True, id="there"),
    ],
)
def test_signed_numbers(compare: Compare, values: tuple[int, ...], *, holds: bool) -> None:
    """Negative results compare as they are written."""
    test = OfNumber(member="result", compare=compare, values=values, is_signed=True)
    members = {"result": -1}
    assert _judged(_tables(numbers=_requiring(test)), members=members)[0] is holds


def test_gates_are_over_three_values() -> None:
    """A gate with something unknown in it is unknown unless a part of it is false."""
    tests = (Atom(1, OfFlags("A")), Atom(2, OfContainer(0)))
    both = Program(atoms=tests, gates=(Gate(3, (2, 4)),), requirements=((6, 0),))
    late = ContainerBits(0, 1)
    assert _judged(_tables(full=both), container=late) == FALSE
    assert _judged(_tables(full=both), container=late, process_flags=frozenset({"A"})) == UNKNOWN
    nobody_knows = Program(gates=(Gate(1, (0,)),), requirements=((2, 0), (3, 0)))
    assert _judged(_tables(full=nobody_knows)) == UNKNOWN
    assert _judged(_tables(full=Program(gates=(Gate(1, ()),), requirements=((2, 0),)))) == TRUE


@pytest.mark.parametrize("stage", ["process", "numbers", "full"])
def test_every_stage_can_end_it(stage: str) -> None:
    """A condition whose requirement can't hold is dropped wherever that is found out."""
    assert _judged(_tables(**{stage: _requiring(OfFlags("F"))})) == FALSE  # type: ignore[arg-type]


ELSEWHERE, BELOW = Name({View.PATH: b"/tmp/x"}), Name({View.PATH: b"/etc/x"})
CUT = Name({}, frozenset({View.PATH}))
BY_PATH = _requiring(OfName(View.PATH, 0))
NAMED = frozenset({0})


@pytest.mark.parametrize(
    ("opened", "real", "value"),
    [
        pytest.param(BELOW, None, TRUE, id="one name"),
        pytest.param(ELSEWHERE, None, FALSE, id="another"),
        pytest.param(CUT, None, UNKNOWN, id="a name that was cut"),
        pytest.param(ELSEWHERE, BELOW, TRUE, id="the real name"),
        pytest.param(BELOW, ELSEWHERE, UNKNOWN, id="the opened name alone"),
        pytest.param(ELSEWHERE, CUT, UNKNOWN, id="a real name that isn't known"),
    ],
)
def test_a_condition_may_hold_by_either_name(
    opened: Name, real: Name | None, value: tuple[bool, bool]
) -> None:
    """Either name will do to let an event through; to be sure it takes the real one."""
    tables = _tables(full=BY_PATH, named=NAMED)
    assert _judged(tables, opened=opened, real=real) == value


def test_a_rule_on_the_opened_name_alone_is_sure_by_it() -> None:
    """The real name adds nothing to such a rule, and takes nothing away."""
    tables = _tables(full=BY_PATH, named=NAMED, opened_only=NAMED)
    assert _judged(tables, opened=BELOW, real=ELSEWHERE) == TRUE
    assert _judged(tables, opened=ELSEWHERE, real=BELOW) == FALSE


def test_other_types_of_event_are_nobodys() -> None:
    """A call that no class is about holds nothing."""
    assert _judged(_tables(), event_type="close") == FALSE
