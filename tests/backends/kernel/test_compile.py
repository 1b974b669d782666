"""What the tables hold for given rules."""

import pytest

from shikra.backends.kernel import bounds
from shikra.backends.kernel.compile import Compiled, compile_tables
from shikra.model.kernel_tables import (
    Compare,
    EventClass,
    OfContainer,
    OfImage,
    OfName,
    OfNumber,
    Relation,
    Test,
    View,
)
from shikra.rules.ir import RuleSet
from support.rulesets import load


def _compiled(*conditions: str, **keys: str) -> Compiled:
    more = "".join(f"  {key}: {value}\n" for key, value in keys.items())
    text = "".join(
        f"- rule: R{number}\n  desc: d\n  condition: {condition}\n  output: o\n"
        f"  priority: {'INFO' if number else 'ERROR'}\n{more}"
        for number, condition in enumerate(conditions)
    )
    loaded = load(text)
    assert loaded.ok, list(map(str, loaded.diagnostics))
    return compile_tables(loaded.ruleset)


def _class(compiled: Compiled, kind: str) -> EventClass:
    (found,) = (one for one in compiled.tables.classes if one.event_type == kind)
    return found


def _kept(compiled: Compiled, path: bytes) -> frozenset[int]:
    """Return the rules that a path keeps."""
    conditions = compiled.tables.views[View.PATH].read(path).conditions
    return frozenset().union(*(compiled.tables.rules[condition] for condition in conditions))


def _tests(atoms: tuple[object, ...]) -> set[type[Test]]:
    return {type(atom.test) for atom in atoms}  # type: ignore[attr-defined]


WATCHED = (
    "evt.type in (open, openat) and container.id != host and proc.pname = sh"
    " and evt.is_open_write = true and fd.name startswith /etc/"
)


def test_each_test_stands_at_the_stage_that_decides_it() -> None:
    """Container and process decide first, then numbers, then names."""
    compiled = _compiled(WATCHED)
    assert _tests(compiled.tables.process.atoms) == {OfContainer, OfImage}
    of_class = _class(compiled, "openat")
    assert _tests(of_class.numbers.atoms) == {OfNumber}
    assert _tests(of_class.full.atoms) == {OfContainer, OfImage, OfNumber, OfName}
    assert of_class.named == of_class.conditions == {0}
    assert len(compiled.container_atoms) == 1


def test_types_that_are_asked_the_same_share_a_condition() -> None:
    """A rule has one condition for all types of event at which it requires the same."""
    compiled = _compiled(WATCHED, WATCHED.replace("/etc/", "/etc"))
    assert [one.event_type for one in compiled.tables.classes] == ["open", "openat"]
    assert compiled.tables.rules == (frozenset({0}), frozenset({1}))
    assert compiled.tables.urgent == {0}


def test_rules_that_require_the_same_share_a_condition() -> None:
    """Equal conditions are evaluated once, whatever the rules are called."""
    compiled = _compiled(*[WATCHED] * 20)
    assert compiled.tables.rules == (frozenset(range(20)),)


def test_a_name_keeps_the_conditions_that_ask_for_it() -> None:
    """Automata output the conditions for which a path may matter, and no others."""
    compiled = _compiled(WATCHED, "evt.type = open and fd.name in (/etc/shadow, /etc/passwd)")
    assert _kept(compiled, b"/etc/hosts") == {0}
    assert _kept(compiled, b"/etc/shadow") == {0, 1}
    assert _kept(compiled, b"/usr/bin/sh") == frozenset()


@pytest.mark.parametrize(
    "condition",
    [
        pytest.param("evt.type = open and not fd.name startswith /etc", id="negated"),
        pytest.param("evt.type = open and (fd.name = /a or proc.name = a)", id="or a process"),
        pytest.param("evt.type = open and (fd.name = /a or fd.name regex b)", id="or unknown"),
        pytest.param("evt.type = open", id="no name"),
    ],
)
def test_a_condition_that_needs_no_name_isnt_held_to_one(condition: str) -> None:
    """Only what can't hold without a certain name waits for one."""
    assert not _class(_compiled(condition), "open").named


def test_the_most_telling_part_keeps_a_condition() -> None:
    """Of several parts that ask for names, the one that fewest names pass is chosen."""
    compiled = _compiled("evt.type = open and fd.name endswith d and fd.name startswith /etc/ssh/")
    assert _kept(compiled, b"/usr/lib/d") == frozenset()
    assert _kept(compiled, b"/etc/ssh/x") == {0}


def test_a_rule_that_can_not_match_a_type_costs_it_nothing() -> None:
    """What has no value at a type of event makes no condition there."""
    compiled = _compiled("evt.type in (open, connect) and fd.sport = 53")
    assert [one.event_type for one in compiled.tables.classes] == ["connect"]


def test_rules_by_the_opened_name_alone_arent_evaluated_again() -> None:
    """The second name of a file is of no use to a rule that reads the first alone."""
    of_class = _class(_compiled(WATCHED, names="opened"), "openat")
    assert of_class.opened_only == {0}


def test_rules_past_the_bound_may_always_hold() -> None:
    """User space evaluates the last rules alone; the others keep their conditions."""
    many = bounds.RULES + 3
    compiled = _compiled(*(f"evt.type = open and fd.name = /f/{n}" for n in range(many)))
    of_class = _class(compiled, "open")
    (left,) = of_class.conditions - of_class.named
    assert compiled.tables.rules[left] == frozenset(range(bounds.RULES, many))
    assert (0, left) in of_class.full.requirements
    assert left not in {condition for _, condition in of_class.numbers.requirements}


def test_what_the_tables_have_no_room_for_is_left_to_user_space() -> None:
    """Rules that take more than there is lose what they are last in, not what comes first."""
    ports = [", ".join(str(n * 100 + k) for k in range(100)) for n in range(60)]
    compiled = _compiled(*(f"evt.type = connect and fd.sport in ({each})" for each in ports))
    assert bounds.fits(compiled.tables)
    kept = {rule for rules in compiled.tables.rules for rule in rules if len(rules) == 1}
    assert kept == set(range(len(kept)))
    assert 0 < len(kept) < len(ports)


def test_rules_of_other_sources_are_left_out() -> None:
    """The kernel has no part in what the API server tells."""
    text = (
        "- rule: R\n  desc: d\n  condition: ka.verb = create\n  output: o\n  priority: INFO\n"
        "  source: k8s_audit\n"
    )
    assert not compile_tables(load(text).ruleset).tables.classes


def test_creators_share_the_predicates_of_the_process_itself() -> None:
    """A name is looked for once, whoever's it is."""
    compiled = _compiled("evt.type = open and proc.name = sh and proc.aname = sh")
    tests = [atom.test for atom in compiled.tables.process.atoms]
    relations = {test.relation for test in tests if isinstance(test, OfImage)}
    assert relations == {Relation.SELF, Relation.ANY}
    assert len({test.bit for test in tests if isinstance(test, OfImage)}) == 1


def test_flags_of_an_open_are_compared_under_a_mask() -> None:
    """Reading and writing are told by the two lowest flags."""
    compiled = _compiled("evt.type = openat and evt.is_open_write = true")
    (atom,) = _class(compiled, "openat").numbers.atoms
    assert isinstance(atom.test, OfNumber)
    assert (atom.test.member, atom.test.mask, atom.test.values) == ("open_flags", 3, (1, 2))
    assert atom.test.compare is Compare.IN


def test_no_rules_make_no_classes() -> None:
    """Nothing is wanted where nothing is asked."""
    assert compile_tables(RuleSet((), ())).tables.classes == ()


def test_conditions_ask_for_what_some_rule_of_them_asks_for() -> None:
    """Rules that share a condition match together, so one that enforces does it for all."""
    one, other = "evt.type = open and fd.name = /a", "evt.type = open and fd.name = /b"
    written = (
        (one, ""),
        (one, "  enforce: kill\n  include_init: true\n"),
        (other, "  enforce: deny\n"),
        ("evt.type = execve", ""),
    )
    text = "".join(
        f"- rule: R{number}\n  desc: d\n  condition: {condition}\n  output: o\n"
        f"  priority: INFO\n{keys}"
        for number, (condition, keys) in enumerate(written)
    )
    tables = compile_tables(load(text).ruleset).tables
    assert [tables.rules[number] for number in tables.kill] == [{0, 1}]
    assert [tables.rules[number] for number in tables.deny] == [{2}]
    assert tables.includes_init == tables.kill


@pytest.mark.parametrize(
    ("condition", "asks"),
    [
        pytest.param("proc.name = nc and user.uid = 0", False, id="the process itself"),
        pytest.param("not proc.in_init_tree = true", True, id="how it came there"),
        pytest.param("proc.aname[2] = sshd", True, id="a far creator"),
        pytest.param("proc.pexepath startswith /tmp", True, id="its creator"),
    ],
)
def test_lineage_is_known_to_be_asked_for(condition: str, *, asks: bool) -> None:
    """A condition on creators is one that a guess about them may make wrong."""
    text = f"- rule: R\n  desc: d\n  condition: evt.type = open and {condition}\n"
    text += "  output: o\n  priority: INFO\n"
    assert compile_tables(load(text).ruleset).tables.asks_lineage == ({0} if asks else set())
