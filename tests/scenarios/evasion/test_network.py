"""Ways to reach an address other than by connecting to it, each done for real in a container."""

import pytest

from support.ground import Ground
from support.sensor import Sensor

pytestmark = pytest.mark.containers

METADATA = "169.254.169.254"


@pytest.fixture(scope="module")
def place(place: Ground) -> Ground:
    """Make the address the container's own, so that nothing leaves it."""
    place.container.own_addresses(METADATA)
    return place


@pytest.mark.parametrize(
    "trick",
    [
        pytest.param("datagram", id="UDP without connect"),
        pytest.param("message", id="UDP without connect, in pieces"),
        pytest.param("several", id="UDP without connect, several at once"),
        pytest.param("fast_open", id="TCP fast open"),
        pytest.param("late_open", id="TCP fast open, by an option"),
        pytest.param("mapped", id="IPv4 in IPv6"),
        pytest.param("mapped_datagram", id="IPv4 in IPv6, UDP"),
    ],
)
def test_another_way_to_an_address_is_the_same_address(
    place: Ground, shikra: Sensor, trick: str
) -> None:
    """However the metadata service is reached, its rule fires and names it."""
    place.do("network", trick)
    fields = {
        "proc.cmdline": " ".join(place.command("network", trick)),
        "fd.rip": METADATA,
        "fd.rport": 80,
    }
    shikra.expect(place.container.id, "Runtime IMDS access", fields)
