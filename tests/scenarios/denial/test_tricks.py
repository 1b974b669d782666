"""Ways to reach a secret that is denied, each done for real in a container: none gets a byte."""

import pytest

from support.ground import Ground
from support.sensor import Sensor
from support.waiting import until

pytestmark = pytest.mark.containers

RULE = "Foreign read"
REFUSED = "Operation not permitted"


def actions(denying: Sensor, place: Ground, after: int) -> set[str]:
    """Return what alerts say that was done, but for the first so many."""
    lines = denying.of(place.container.id, RULE)[after:]
    return {line["action"] for line in lines if line["mechanism"] == "fanotify"}


@pytest.mark.parametrize(
    ("family", "trick"),
    [
        *(
            ("paths", trick)
            for trick in (
                "link_to_the_file",
                "link_to_a_directory",
                "relative",
                "below_a_descriptor",
                "rooted_at_a_descriptor",
                "own_root",
                "first_process_root",
                "own_directory",
                "own_descriptor",
                "reopened",
                "call_of_32_bit",
                "handle",
                "other_root",
            )
        ),
        *(
            ("mounts", trick)
            for trick in (
                "bound_directory",
                "bound_parent",
                "bound_file",
                "detached",
                "attached_elsewhere",
                "moved",
                "same_place",
                "other_tree",
            )
        ),
        *(
            ("programs", trick)
            for trick in (
                "from_memory",
                "unlinked",
                "by_the_loader",
                "by_a_link",
                "renamed_copy",
                "no_arguments",
                "from_a_thread",
                "renamed",
                "far_descendant",
                "orphan",
                "first_of_a_namespace",
            )
        ),
        *(("rings", trick) for trick in ("plain", "worker", "polled", "direct")),
    ],
)
def test_no_trick_gets_a_denied_secret(
    place: Ground, denying: Sensor, family: str, trick: str
) -> None:
    """Whatever it is opened by, and whoever does, the open fails and its alert says so."""
    before = len(denying.of(place.container.id, RULE))
    done = place.container.exec(*place.command(family, trick))
    assert done.exit_code != 0 or REFUSED in done.stderr.decode()
    until(lambda: "denied" in actions(denying, place, before), f"{trick} to be told")
