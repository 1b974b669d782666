"""Ways to make a call through a ring of io_uring, each done for real in a container."""

from collections.abc import Mapping

import pytest

from support.ground import Ground
from support.sensor import Sensor

pytestmark = pytest.mark.containers

READ = "Vault secret read"
CHANGE = "Vault secret tampering"
MEMORY = "Vault secret memory read"
CREDENTIAL = "/mnt/secrets/db-password"
METADATA = "169.254.169.254"


@pytest.fixture(scope="module")
def place(place: Ground) -> Ground:
    """Make the metadata service's address the container's own, so that nothing leaves it."""
    place.container.own_addresses(METADATA)
    return place


@pytest.mark.parametrize(
    ("trick", "rule", "fields"),
    [
        pytest.param("plain", READ, {"fd.realpath": "{secret}"}, id="an open"),
        pytest.param("worker", READ, {"fd.realpath": "{secret}"}, id="an open by a worker"),
        pytest.param("polled", READ, {"fd.realpath": "{secret}"}, id="with a polling thread"),
        pytest.param("removed", CHANGE, {"fs.path.name": CREDENTIAL}, id="a removal"),
        pytest.param("moved", CHANGE, {"fs.path.name": CREDENTIAL}, id="a rename"),
        pytest.param("connected", "Runtime IMDS access", {"fd.rip": METADATA}, id="a connection"),
    ],
)
def test_a_call_through_a_ring_is_that_call(
    place: Ground, shikra: Sensor, trick: str, rule: str, fields: Mapping[str, str]
) -> None:
    """What is asked for through a ring fires its rule, with the process that asked."""
    place.do("rings", trick)
    told = {name: value.format(secret=place.secret) for name, value in fields.items()}
    told["proc.cmdline"] = " ".join(place.command("rings", trick))
    shikra.expect(place.container.id, rule, told)


@pytest.mark.parametrize(
    ("trick", "name", "rules"),
    [
        pytest.param("direct", "notes", (READ, "Runtime sensitive file read"), id="for reading"),
        pytest.param(
            "direct_written",
            "drafts",
            (CHANGE, MEMORY, "Runtime write below etc", "Runtime persistence write"),
            id="for writing",
        ),
    ],
)
def test_a_file_without_a_descriptor_may_be_any(
    place: Ground, shikra: Sensor, trick: str, name: str, rules: tuple[str, ...]
) -> None:
    """What was opened into a slot of the ring can't be named: all rules fire, and say so."""
    place.do("rings", trick)
    told = {"proc.cmdline": " ".join(place.command("rings", trick))}
    for rule in rules:
        alert = shikra.expect(place.container.id, rule, told)
        assert alert["inferred"]
        assert f"file=/srv/{trick}/{name} " in alert["output"]
