"""Ways to read what another opens, and what lies below something else: they give nothing."""

from pathlib import PurePath

import pytest

from support.ground import Ground
from support.sensor import Sensor
from support.waiting import until

pytestmark = pytest.mark.containers

SECRET = b"s3cret"


@pytest.mark.parametrize(
    "trick",
    [
        pytest.param("by_a_thread", id="another thread guesses the descriptor"),
        pytest.param("by_a_process", id="another process with the same descriptors does"),
        pytest.param("many", id="ten thousand times in a row"),
    ],
)
def test_no_open_of_many_is_granted(place: Ground, denying: Sensor, trick: str) -> None:  # noqa: ARG001  it denies
    """There is no descriptor at any moment, so nobody can guess it."""
    done = place.container.exec(*place.command("shared", trick), seconds=60)
    assert (done.exit_code, done.stdout) == (0, b"0\n"), done


def test_a_name_that_changes_opens_nothing(place: Ground, denying: Sensor) -> None:  # noqa: ARG001  it denies
    """A second thread may rewrite the name as often as it likes: the file is what is asked for."""
    done = place.container.exec(*place.command("paths", "flipped"), seconds=60)
    assert (done.exit_code, done.stdout) == (0, b"0"), done


@pytest.mark.parametrize("trick", ["passed", "inherited"])
def test_what_the_application_hands_over_is_out_of_reach(
    place: Ground,
    denying: Sensor,  # noqa: ARG001  it denies
    trick: str,
) -> None:
    """Who may open it may give it away: nothing is opened, so nothing is refused."""
    assert SECRET in place.do("shared", trick).stdout


@pytest.mark.parametrize(
    "trick",
    [
        pytest.param("below_an_overlay", id="an overlay over the volume"),
        pytest.param("below_a_folder", id="a folder of the volume, mounted elsewhere"),
        pytest.param("by_a_hard_link", id="a hard link in the volume"),
    ],
)
def test_what_lies_below_is_denied(place: Ground, denying: Sensor, trick: str) -> None:  # noqa: ARG001  it denies
    """It is the same file system, and the same file."""
    done = place.container.exec(*place.command("shared", trick))
    assert done.exit_code != 0
    assert SECRET not in done.stdout + done.stderr
    assert b"Operation not permitted" in done.stderr, done.stderr.decode()


def test_what_is_mounted_later_is_denied(place: Ground, denying: Sensor) -> None:  # noqa: ARG001  it denies
    """A volume that appears where a rule looks is guarded as soon as it is there."""
    folder = str(PurePath(place.secret).parent)
    script = f"mount -t tmpfs shikra-test {folder} && echo s3cret-too > {folder}/db-password"
    place.enter_mounts("sh", "-c", script)

    def is_denied() -> bool:
        done = place.container.exec("cat", place.secret)
        return b"Operation not permitted" in done.stderr

    until(is_denied, "the new volume to be guarded")
    place.enter_mounts("umount", folder)
    assert place.container.exec("cat", place.secret).exit_code != 0
