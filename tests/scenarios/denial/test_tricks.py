"""Ways to reach a secret that is denied, each done for real in a container: none gets a byte."""

import pytest

from support import ground
from support.ground import Ground
from support.sensor import Sensor
from support.waiting import until

pytestmark = pytest.mark.containers

RULE = "Foreign read"
REFUSED = "Operation not permitted"
SECRET = b"s3cret"


def actions(denying: Sensor, place: Ground, after: int) -> set[str]:
    """Return what alerts say that was done, but for the first so many."""
    lines = denying.of(place.container.id, RULE)[after:]
    return {line["action"] for line in lines if line["mechanism"] == "fanotify"}


@pytest.mark.parametrize(("family", "trick"), [*ground.REACHES, ("rings", "direct")])
def test_no_trick_gets_a_denied_secret(
    place: Ground, denying: Sensor, family: str, trick: str
) -> None:
    """Whatever it is opened by, and whoever does, the open fails and its alert says so."""
    before = len(denying.of(place.container.id, RULE))
    done = place.container.exec(*place.command(family, trick))
    assert done.exit_code != 0 or REFUSED in done.stderr.decode()
    assert SECRET not in done.stdout + done.stderr
    until(lambda: "denied" in actions(denying, place, before), f"{trick} to be told")


def test_the_applications_command_line_opens_nothing(place: Ground, denying: Sensor) -> None:
    """Who came in from outside is foreign, whatever it is called."""
    before = len(denying.of(place.container.id, RULE))
    done = place.impersonate()
    assert done.exit_code != 0
    assert SECRET not in done.stdout + done.stderr
    until(lambda: "denied" in actions(denying, place, before), "it to be told")
