"""
Ways to see a file at another place, each done for real in a container.

What is renamed comes first: once something was mounted, Shikra looks closely anyway.
"""

from collections.abc import Iterator

import pytest

from support import ground
from support.ground import Ground
from support.pods import Pods
from support.sensor import Sensor

pytestmark = pytest.mark.containers

READ = "Vault secret read"
PASSWORDS = "Runtime sensitive file read"
SHADOW = "/etc/shadow"


@pytest.fixture(scope="module")
def place(pods: Pods, shikra: Sensor) -> Iterator[Ground]:  # noqa: ARG001  starts after Shikra
    """Run another container: once its mounts have changed, Shikra looks at it more closely."""
    with ground.running(pods) as running:
        yield running


def test_a_file_below_a_directory_that_a_rule_names_is_found(place: Ground, shikra: Sensor) -> None:
    """A directory that was renamed first is known by its inode, and so is what is in it."""
    place.do("mounts", "renamed_directory")
    fields = {
        "proc.cmdline": " ".join(place.command("mounts", "renamed_directory")),
        "fs.path.name": "/var/spool/notes/root",
    }
    found = shikra.expect(place.container.id, "Runtime persistence write", fields)
    assert (found["matched_name"], found["matched_path"]) == ("inode", "/var/spool/cron/root")


@pytest.mark.parametrize(
    ("trick", "rule", "name"),
    [
        pytest.param(
            "renamed_mount_point", READ, "/mnt/notes/db-password", id="a mount point renamed"
        ),
        pytest.param("bound_directory", READ, "{here}/elsewhere/db-password", id="a bind mount"),
        pytest.param(
            "bound_parent",
            READ,
            "{here}/elsewhere/secrets/db-password",
            id="a bind mount of the directory above",
        ),
        pytest.param("bound_file", READ, "{here}/notes", id="a bind mount of the file"),
        pytest.param(
            "bound_below_root",
            PASSWORDS,
            "{here}/elsewhere/shadow",
            id="a bind mount of a part of the container's own file system",
        ),
        pytest.param("detached", READ, "/db-password", id="a mount that is attached nowhere"),
        pytest.param(
            "attached_elsewhere",
            READ,
            "{here}/elsewhere/db-password",
            id="a copy of the mount, in a mount namespace of its own",
        ),
        pytest.param(
            "moved",
            READ,
            "{here}/elsewhere/db-password",
            id="the mount moved, in a mount namespace of its own",
        ),
        pytest.param(
            "same_place", READ, "/mnt/secrets/db-password", id="a mount namespace of its own"
        ),
        pytest.param(
            "other_tree", READ, "/data/db-password", id="another root of a mount namespace"
        ),
    ],
)
def test_another_place_of_a_file_is_the_same_file(
    place: Ground, shikra: Sensor, trick: str, rule: str, name: str
) -> None:
    """Wherever a file is seen, its rule fires and has its name as the first process knows it."""
    place.do("mounts", trick)
    fields = {
        "proc.cmdline": " ".join(place.command("mounts", trick)),
        "fd.name": name.format(here=f"/srv/{trick}"),
        "fd.realpath": SHADOW if rule == PASSWORDS else place.secret,
    }
    shikra.expect(place.container.id, rule, fields)
