"""Ways to open a file other than by its name, each done for real in a container."""

import msgspec
import pytest

from support.ground import Ground
from support.sensor import Sensor
from support.waiting import until

pytestmark = pytest.mark.containers

READ = "Vault secret read"


class Told(msgspec.Struct, frozen=True):
    """What the alert must say of the file; ``{secret}`` stands for where the secret really is."""

    rule: str
    name: str  # as opened
    real: str = "{secret}"


@pytest.mark.parametrize(
    ("trick", "told"),
    [
        pytest.param(
            "link_to_the_file", Told(READ, "/srv/link_to_the_file/link"), id="a link to it"
        ),
        pytest.param(
            "link_to_a_directory",
            Told(READ, "/srv/link_to_a_directory/db-password"),
            id="a link to a directory, and dots",
        ),
        pytest.param("relative", Told(READ, "/mnt/secrets/db-password"), id="a relative name"),
        pytest.param(
            "below_a_descriptor",
            Told(READ, "/mnt/secrets/db-password"),
            id="below an open directory",
        ),
        pytest.param(
            "rooted_at_a_descriptor",
            Told(READ, "/secrets/db-password"),
            id="with an open directory as the root",
        ),
        pytest.param(
            "own_root", Told(READ, "/proc/self/root/mnt/secrets/db-password"), id="/proc/self/root"
        ),
        pytest.param(
            "first_process_root",
            Told(READ, "/proc/1/root/mnt/secrets/db-password"),
            id="/proc/1/root",
        ),
        pytest.param(
            "own_directory", Told(READ, "/proc/self/cwd/db-password"), id="/proc/self/cwd"
        ),
        pytest.param(
            "own_descriptor",
            Told(READ, "/proc/self/fd/3/secrets/db-password"),
            id="/proc/self/fd",
        ),
        pytest.param(
            "reopened", Told(READ, "/proc/self/fd/3"), id="opened for nothing, then again"
        ),
        pytest.param("call_of_32_bit", Told(READ, "/mnt/secrets/db-password"), id="a 32-bit call"),
        pytest.param("handle", Told(READ, "{secret}"), id="a handle"),
        pytest.param("other_root", Told(READ, "/secrets/db-password"), id="another root"),
    ],
)
def test_another_way_to_a_file_is_the_same_file(
    place: Ground, shikra: Sensor, trick: str, told: Told
) -> None:
    """Whatever a file is opened by, its rule fires and says which file it is."""
    place.do("paths", trick)
    fields = {
        "proc.cmdline": " ".join(place.command("paths", trick)),
        "fd.name": told.name.format(secret=place.secret),
        "fd.realpath": told.real.format(secret=place.secret),
    }
    shikra.expect(place.container.id, told.rule, fields)


@pytest.mark.parametrize(
    "trick",
    [
        pytest.param("hard_link", id="a hard link"),
        pytest.param("moved_file", id="the file itself, moved"),
    ],
)
def test_a_file_that_a_rule_names_is_found_under_any_name(
    place: Ground, shikra: Sensor, trick: str
) -> None:
    """A file is known by its inode, and the alert says whose name it goes by."""
    place.do("paths", trick)
    fields = {
        "proc.cmdline": " ".join(place.command("paths", trick)),
        "fd.name": f"/srv/{trick}/notes",
        "fd.realpath": f"/srv/{trick}/notes",
    }
    found = shikra.expect(place.container.id, "Runtime sensitive file read", fields)
    assert (found["matched_name"], found["matched_path"]) == ("inode", "/etc/shadow")
    assert "(the same file as /etc/shadow)" in found["output"]


def test_a_call_that_fails_below_another_root_is_told(place: Ground, shikra: Sensor) -> None:
    """A call that leaves no file has the name that its caller's root makes of it."""
    place.do("paths", "removed_below_another_root")
    fields = {
        "proc.cmdline": " ".join(place.command("paths", "removed_below_another_root")),
        "fs.path.name": "/secrets/db-password",
        "evt.res": "EROFS",
    }
    found = shikra.expect(place.container.id, "Vault secret tampering", fields)
    assert found["matched_path"] == "/mnt/secrets/db-password"


def test_a_name_that_is_too_deep_hides_nothing(place: Ground, shikra: Sensor) -> None:
    """Where a path has more parts than are walked, a rule fires that it may match, and says so."""
    place.do("paths", "far_below")
    fields = {"proc.cmdline": " ".join(place.command("paths", "far_below"))}
    found = shikra.expect(place.container.id, "Runtime write below etc", fields)
    assert found["output_fields"]["fs.path.name"].endswith("/d/d/d/file")
    assert found["truncated"]
    assert found["inferred"]


def test_a_name_that_changes_meanwhile_hides_no_read(place: Ground, shikra: Sensor) -> None:
    """Each time that a thread got the secret by a name that another thread swaps is told."""
    got = int(place.do("paths", "flipped").stdout)
    assert got > 0
    command = " ".join(place.command("paths", "flipped"))
    shikra.expect(place.container.id, READ, {"proc.cmdline": command, "fd.realpath": place.secret})

    def told() -> bool:  # one by one at first, then as a count
        lines = shikra.of(place.container.id, READ)
        mine = [line for line in lines if line["output_fields"]["proc.cmdline"] == command]
        return sum(line["count"] for line in mine) >= got

    until(told, f"{got} reads to be told")
