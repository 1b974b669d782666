"""Networks become ranges that can be searched."""

import ipaddress

import pytest

from shikra.sources.kernel import networks


def network(text: str) -> tuple[bytes, int]:
    """Return a network of IPv6."""
    parsed = ipaddress.IPv6Network(text)
    return parsed.network_address.packed, parsed.prefixlen


@pytest.mark.parametrize(
    ("written", "covered"),
    [
        pytest.param([], [], id="none"),
        pytest.param(["fd00::/8"], ["fd00::/8"], id="one"),
        pytest.param(["fd80::/9", "fd00::/9"], ["fd00::/8"], id="two that touch"),
        pytest.param(["fd00::/8", "fd12::1/128"], ["fd00::/8"], id="one in another"),
        pytest.param(["::1/128", "::3/128"], ["::1/128", "::3/128"], id="two apart"),
        pytest.param(["::/0", "fd00::/8"], ["::/0"], id="all"),
        pytest.param(["ffff::/16"], ["ffff::/16"], id="the last"),
    ],
)
def test_networks_become_ranges(written: list[str], covered: list[str]) -> None:
    """The ranges cover what the networks do, sorted, and none touches another."""
    expected = [ipaddress.IPv6Network(each) for each in covered]
    assert networks.ranges(map(network, written)) == [
        (int(each.network_address), int(each.broadcast_address)) for each in expected
    ]


def test_bits_below_the_prefix_do_not_matter() -> None:
    """A network that is written with bits of a host in it is the network."""
    assert networks.ranges([(b"\xfd" * 16, 8)]) == networks.ranges([network("fd00::/8")])
