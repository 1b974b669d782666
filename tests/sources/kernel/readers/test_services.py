"""Names of services."""

import socket

import pytest

from support.kernel_records import call_event


@pytest.fixture(autouse=True)
def only_http(monkeypatch: pytest.MonkeyPatch) -> None:
    """Know one service, whatever this machine's list has."""

    def find(port: int, protocol: str) -> str:
        if (port, protocol) != (80, "tcp"):
            raise OSError
        return "http"

    monkeypatch.setattr("socket.getservbyport", find)


@pytest.mark.parametrize(
    ("protocol", "here", "there"),
    [
        pytest.param(socket.IPPROTO_TCP, b"40000", b"http", id="named"),
        pytest.param(socket.IPPROTO_UDP, b"40000", b"80", id="of another protocol"),
        pytest.param(socket.IPPROTO_ICMP, None, None, id="without ports"),
    ],
)
def test_ports_have_names(protocol: int, here: bytes | None, there: bytes | None) -> None:
    """A port is the service that is customary there, or its number."""
    fields = call_event(
        "connect",
        socket_family=socket.AF_INET,
        socket_protocol=protocol,
        local_port=40000,
        remote_port=80,
        local_address=b"\x7f\0\0\1",
    ).fields
    assert (fields["fd.cproto"], fields["fd.lproto"]) == (here, here)
    assert (fields["fd.sproto"], fields["fd.rproto"]) == (there, there)
    assert fields["fd.proto"] == (40000, 80)
