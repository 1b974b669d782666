"""Whether an open is refused."""

import pytest

from shikra.enforce.guard.decide import Caller, Kind, Modes, decide, decide_execution

ANYBODY = Caller(process=1, container=7, generation=1, is_spared=False, is_first=False, known=0)
SPARED = Caller(process=1, container=7, generation=1, is_spared=True, is_first=False, known=0)
FIRST = Caller(process=1, container=7, generation=1, is_spared=False, is_first=True, known=0)
SECRET, PUBLIC = b"/mnt/secrets/token", b"/mnt/public"
ENFORCED = Modes(enforced=frozenset({1, 2}), includes_init=frozenset({2}))


class Judge:
    """Finds condition 1, and another, to hold of the secret."""

    def __init__(self, *more: int) -> None:
        """Find these, too."""
        self.found = frozenset({1, *more})

    def caller(self, pid: int) -> Caller | None:
        """Know nobody."""
        raise NotImplementedError

    def surely(self, caller: Caller, name: bytes, file_mode: int) -> frozenset[int]:
        """Look at the file alone."""
        is_secret = (caller.container, name, file_mode) == (7, SECRET, 0o644)
        return self.found if is_secret else frozenset()

    def surely_executes(self, caller: Caller, path: bytes) -> frozenset[int]:
        """Look at the program alone."""
        return self.found if (caller.container, path) == (7, SECRET) else frozenset()


@pytest.mark.parametrize(
    ("caller", "names", "judge", "modes", "kind"),
    [
        pytest.param(ANYBODY, (SECRET,), Judge(), ENFORCED, Kind.DENIED, id="surely"),
        pytest.param(ANYBODY, (PUBLIC,), Judge(), ENFORCED, Kind.ALLOWED, id="another file"),
        pytest.param(ANYBODY, (PUBLIC, SECRET), Judge(), ENFORCED, Kind.DENIED, id="by any name"),
        pytest.param(ANYBODY, (), Judge(), ENFORCED, Kind.ALLOWED, id="without a name"),
        pytest.param(ANYBODY, (SECRET,), Judge(), Modes(), Kind.ALLOWED, id="not enforced"),
        pytest.param(
            ANYBODY,
            (SECRET,),
            Judge(),
            Modes(frozenset({2})),
            Kind.ALLOWED,
            id="another is enforced",
        ),
        pytest.param(SPARED, (SECRET,), Judge(), ENFORCED, Kind.HELD, id="spared"),
        pytest.param(FIRST, (SECRET,), Judge(), ENFORCED, Kind.HELD, id="the first process"),
        pytest.param(FIRST, (SECRET,), Judge(2), ENFORCED, Kind.DENIED, id="the first, included"),
    ],
)
def test_what_surely_meets_an_enforced_condition_is_refused(
    caller: Caller, names: tuple[bytes, ...], judge: Judge, modes: Modes, kind: Kind
) -> None:
    """Nothing else is; who is spared is let go, and that is told apart."""
    assert decide(caller, names, 0o644, judge, modes).kind is kind


def test_a_decision_says_what_it_is_for() -> None:
    """It names the conditions that were reached, and the name that they hold by."""
    found = decide(FIRST, (PUBLIC, SECRET), 0o644, Judge(2), ENFORCED)
    assert (found.conditions, found.name) == (frozenset({2}), SECRET)


EXECUTIONS = Modes(frozenset({1, 2}), frozenset({2}), executions=frozenset({1, 2}))


@pytest.mark.parametrize(
    ("caller", "readings", "judge", "modes", "kind"),
    [
        pytest.param(ANYBODY, (SECRET,), Judge(), EXECUTIONS, Kind.DENIED, id="surely"),
        pytest.param(ANYBODY, (PUBLIC,), Judge(), EXECUTIONS, Kind.ALLOWED, id="another program"),
        pytest.param(ANYBODY, (SECRET, PUBLIC), Judge(), EXECUTIONS, Kind.ALLOWED, id="not sure"),
        pytest.param(ANYBODY, (), Judge(), EXECUTIONS, Kind.ALLOWED, id="no program"),
        pytest.param(ANYBODY, (SECRET,), Judge(), ENFORCED, Kind.ALLOWED, id="for opens alone"),
        pytest.param(SPARED, (SECRET,), Judge(), EXECUTIONS, Kind.HELD, id="spared"),
        pytest.param(FIRST, (SECRET,), Judge(), EXECUTIONS, Kind.HELD, id="the first process"),
        pytest.param(FIRST, (SECRET,), Judge(2), EXECUTIONS, Kind.DENIED, id="included"),
    ],
)
def test_an_execution_is_refused_if_every_reading_of_its_path_is_sure(
    caller: Caller, readings: tuple[bytes, ...], judge: Judge, modes: Modes, kind: Kind
) -> None:
    """Names are several by which a file may be opened; a process becomes one of them."""
    assert decide_execution(caller, readings, judge, modes).kind is kind
