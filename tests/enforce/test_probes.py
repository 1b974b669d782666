"""What looks like the kubelet's own commands."""

from collections.abc import Sequence

import pytest

from shikra.enforce.probes import MOST_COMMANDS, Command, Kind, Probes

SECOND_NS = 1_000_000_000
PROBE = Command(
    rule="R", exepath=b"/bin/cat", command_line=b"cat /x", namespace="shop", image="registry/app"
)


@pytest.mark.parametrize(
    ("seconds_by_container", "kind", "every"),
    [
        pytest.param([[0, 10, 20.3, 30.1]], Kind.PROBE, 10.0, id="every ten seconds"),
        pytest.param([[0, 10, 20]], None, None, id="three times may be chance"),
        pytest.param([[0, 10, 35, 40]], None, None, id="by hand"),
        pytest.param([[0, 0.01, 0.02, 0.03, 0.04]], None, None, id="a loop"),
        pytest.param([[1], [2]], Kind.HOOK, None, id="once in each of two containers"),
        pytest.param([[1]], None, None, id="once"),
        pytest.param([[1], [2, 3]], None, None, id="twice in one of two containers"),
    ],
)
def test_what_comes_again_as_the_kubelets_is_told(
    seconds_by_container: Sequence[Sequence[float]], kind: Kind | None, every: float | None
) -> None:
    """Commands that are evenly spaced, or come once in each container, are suspects."""
    probes = Probes()
    for container, seconds in enumerate(seconds_by_container):
        for second in seconds:
            probes.observe(PROBE, container, int(second * SECOND_NS))
    found = probes.suspects()
    assert [(each.kind, each.every_seconds) for each in found] == ([(kind, every)] if kind else [])


def test_memory_is_bounded() -> None:
    """An intruder who runs ever other commands pushes out what wasn't seen for longest."""
    probes = Probes()
    for n in range(10 * MOST_COMMANDS):
        other = Command(
            rule="R", exepath=b"/bin/sh", command_line=b"sh %d" % n, namespace="", image=""
        )
        probes.observe(other, 1, n)
        if n % 100 == 0:
            probes.observe(PROBE, 1, n // 100 * 10 * SECOND_NS)
    (found,) = probes.suspects()
    assert found.command == PROBE
    assert found.count == 10 * MOST_COMMANDS // 100 + 1
