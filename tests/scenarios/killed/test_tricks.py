"""Ways to reach a secret whose readers are killed, each done for real in a container."""

import pytest

from support import ground
from support.ground import Ground
from support.sensor import Sensor
from support.waiting import until

pytestmark = pytest.mark.containers

RULE = "Foreign read"
SECRET = b"s3cret"


def actions(killing: Sensor, place: Ground, after: int) -> set[str]:
    """Return what alerts say that was done, but for the first so many."""
    return {line["action"] for line in killing.of(place.container.id, RULE)[after:]}


@pytest.mark.parametrize(
    ("family", "trick"),
    [*ground.REACHES, ("shared", "below_a_folder"), ("shared", "by_a_hard_link")],
)
def test_no_trick_gets_a_byte(place: Ground, killing: Sensor, family: str, trick: str) -> None:
    """Whatever it is opened by, and whoever does, the opener dies with nothing printed."""
    before = len(killing.of(place.container.id, RULE))
    done = place.container.exec(*place.command(family, trick))
    assert SECRET not in done.stdout + done.stderr
    until(lambda: "killed" in actions(killing, place, before), f"{trick} to be told")


def test_the_applications_command_line_gets_nothing(place: Ground, killing: Sensor) -> None:
    """Who came in from outside is foreign, whatever it is called."""
    before = len(killing.of(place.container.id, RULE))
    assert place.impersonate().stdout == b""
    until(lambda: "killed" in actions(killing, place, before), "it to be told")


@pytest.mark.parametrize(
    "trick",
    [
        pytest.param("below_an_overlay", id="an overlay over the volume: another file"),
        pytest.param("passed", id="a descriptor that the application handed over"),
        pytest.param("inherited", id="one that a program has from it"),
    ],
)
def test_what_is_out_of_reach(place: Ground, killing: Sensor, trick: str) -> None:  # noqa: ARG001  it kills
    """What has another name isn't what the rule names, and what was handed over isn't opened."""
    assert SECRET in place.do("shared", trick).stdout


def test_a_file_without_a_descriptor_is_held(place: Ground, killing: Sensor) -> None:
    """What is opened by a link into a slot of a ring may be any file, so nobody dies of it."""
    before = len(killing.of(place.container.id, RULE))
    place.do("rings", "direct")
    until(lambda: "held" in actions(killing, place, before), "it to be told")
