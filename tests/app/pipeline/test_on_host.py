"""Which events of the host some rule may match."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shikra.app import packs
from shikra.app.pipeline import on_host
from shikra.backends.live.compile import compile_rules
from shikra.model.event import Event
from shikra.rules.ir import Both, Either, Node, Op
from support import circuits, generated, rulesets

OPENS = "evt.type in (open, openat)"


def told_of_the_host(*texts: str | bytes) -> frozenset[str]:
    """Return the types of events that rule files want of the host."""
    loaded = rulesets.load(*texts)
    assert loaded.ok
    return on_host.types_on_host(loaded.ruleset)


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        pytest.param(OPENS, {"open", "openat"}, id="anywhere"),
        pytest.param(f"{OPENS} and container.id != host", set(), id="in containers"),
        pytest.param(f"{OPENS} and not container.id = host", set(), id="not on the host"),
        pytest.param(f"{OPENS} and container.id = host", {"open", "openat"}, id="on the host"),
        pytest.param(
            "(evt.type = open and container.id != host) or evt.type = connect",
            {"connect"},
            id="each type by itself",
        ),
        pytest.param(
            f"{OPENS} and (container.id != host or proc.name = cat)",
            {"open", "openat"},
            id="either may hold",
        ),
        pytest.param(f"{OPENS} and not k8s.ns.name exists", {"open", "openat"}, id="metadata"),
        pytest.param(f"{OPENS} and container.id in (host, a)", {"open", "openat"}, id="in a list"),
        pytest.param(f"{OPENS} and container.id startswith h", {"open", "openat"}, id="a prefix"),
    ],
)
def test_a_type_is_told_of_the_host_if_some_rule_may_match(
    condition: str, expected: set[str]
) -> None:
    """Only what surely matches nowhere on the host stays in the kernel."""
    assert told_of_the_host(rulesets.rule_text(condition)) == expected


def test_one_rule_that_may_match_is_enough() -> None:
    """The rules of a type are asked together."""
    inside = rulesets.rule_text(f"{OPENS} and container.id != host")
    anywhere = rulesets.rule_text("evt.type = openat").replace("rule: R", "rule: Anywhere")
    assert told_of_the_host(inside, anywhere) == {"openat"}


@pytest.mark.parametrize("name", packs.names())
def test_the_packs_leave_the_host_alone(name: str) -> None:
    """Nothing that only the host does crosses to user space for the packs' sake."""
    texts = [path.read_bytes() for path in packs.files(packs.find(name))]
    assert told_of_the_host(*texts) == frozenset()


@given(generated.circuits(), generated.EVENTS, st.sampled_from((Both, Either)))
def test_no_match_on_the_host_is_left_out(
    nodes: tuple[Node, ...], happened: Event, gate: type[Both | Either]
) -> None:
    """Whatever a rule matches on the host is of a type that is told of the host."""
    last = len(nodes) - 1
    inside = circuits.atom("container.id", Op.NE, b"host")
    rules = circuits.ruleset(*nodes, inside, gate((last, last + 1)), types=generated.TYPES)
    happened.fields.update({"evt.type": happened.type.encode(), **on_host.ON_HOST})
    if compile_rules(rules).matches(happened):
        assert happened.type in on_host.types_on_host(rules)
