"""Which mounts are guarded."""

import os

import pytest

from shikra.enforce.guard.volumes import Found, mounts, volumes

DEVICE = os.makedev(0, 40)
HOST = (
    b"22 1 8:1 / / rw - ext4 /dev/sda1 rw\n"
    b"23 22 0:30 / /run rw shared:5 - tmpfs tmpfs rw\n"
    b"24 22 0:40 / /var/lib/kubelet/pods/1/volumes/s rw - tmpfs tmpfs rw\n"
)
SECRETS = frozenset({b"/mnt/secrets"})


def found(own: bytes, named: frozenset[bytes] = SECRETS) -> Found:
    """Find volumes in a container with a root of its own and these mounts."""
    return volumes(mounts(b"50 1 0:31 / / rw - overlay overlay rw\n" + own), mounts(HOST), named)


@pytest.mark.parametrize(
    ("own", "places"),
    [
        pytest.param(
            b"51 50 0:40 / /mnt/secrets rw - tmpfs tmpfs rw", [[b"/mnt/secrets"]], id="its own"
        ),
        pytest.param(
            b"51 50 0:40 / /mnt rw master:3 propagate_from:2 - tmpfs t rw", [[b"/mnt"]], id="above"
        ),
        pytest.param(
            b"51 50 0:40 / /mnt/secrets/db rw - tmpfs tmpfs rw", [[b"/mnt/secrets/db"]], id="below"
        ),
        pytest.param(
            b"51 50 0:40 /a /mnt/secrets rw - tmpfs t rw\n52 50 0:40 /b /other rw - tmpfs t rw",
            [[b"/mnt/secrets", b"/other"]],
            id="and all other places of it",
        ),
        pytest.param(b"51 50 0:40 / /mnt/sec\\040ret rw - tmpfs tmpfs rw", [], id="another name"),
    ],
)
def test_a_file_system_in_memory_that_is_named_is_guarded(
    own: bytes, places: list[list[bytes]]
) -> None:
    """It is guarded as a whole, by all places where the container sees it."""
    guarded = found(own).volumes
    assert [[mount.place for mount in one.mounts] for one in guarded] == places


@pytest.mark.parametrize(
    "own",
    [
        pytest.param(b"", id="a folder of the image"),
        pytest.param(b"51 50 8:1 /srv /mnt/secrets rw - ext4 /dev/sda1 rw", id="on a disk"),
        pytest.param(b"51 50 0:30 /db /mnt/secrets rw - tmpfs tmpfs rw", id="the machine's /run"),
        pytest.param(
            b"51 50 0:40 / /mnt/secrets rw - tmpfs t rw\n52 51 8:1 / /mnt/secrets rw - ext4 d rw",
            id="covered by another",
        ),
    ],
)
def test_what_can_not_be_guarded_is_said(own: bytes) -> None:
    """A place that rules name, and whose file system others use too, is told instead."""
    result = found(own)
    assert result.volumes == ()
    assert result.unguarded == (b"/mnt/secrets",)


def test_a_container_without_what_rules_name_has_nothing_to_guard() -> None:
    """Only a place that is there is missed."""
    assert found(b"51 50 0:41 / /dev/shm rw - tmpfs t rw", frozenset()) == Found((), ())
