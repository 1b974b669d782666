"""Whether a call gave its socket another peer."""

import pytest
from msgspec import structs

from shikra.sources.kernel import watching
from support.probing import Watch

pytestmark = pytest.mark.kernel

PEERS = (
    "one, other = socket.socket(type=2), socket.socket(type=2)\n"
    "for each in (one, other): each.bind(('127.0.0.1', 0))\n"
    "near, far = one.getsockname(), other.getsockname()\n"
    "sender = socket.socket(type=2)\n"
)


def changed(watch: Watch, source: str, call: str) -> list[bool]:
    """Return of each call whether it changed its socket's peer."""
    seen = watch.run(source, wanted=frozenset({call}))
    flags = (watch.flags("call_flag", "CALL_", each.flags) for each in seen.calls(call))
    return ["name_changed" in each for each in flags]


@pytest.mark.parametrize(
    ("source", "call", "told"),
    [
        pytest.param(
            "for to in (near, near, far, near): sender.sendto(b'x', to)",
            "sendto",
            [True, False, True, True],
            id="datagrams to two",
        ),
        pytest.param(
            "for _ in range(2): socket.socket(type=2).sendto(b'x', near)",
            "sendto",
            [True, True],
            id="of another socket each",
        ),
        pytest.param(
            "for by in (sender, other, other): by.sendto(b'x', near)\n"
            "for _ in range(3): one.recvfrom(9)",
            "recvfrom",
            [True, True, False],
            id="datagrams from two",
        ),
        pytest.param(
            "server = socket.create_server(('127.0.0.1', 0))\n"
            "client = socket.create_connection(server.getsockname())",
            "connect",
            [True],
            id="a connection",
        ),
        pytest.param(
            "closed = socket.socket(); closed.bind(('127.0.0.1', 0))\n"
            "socket.socket().connect_ex(closed.getsockname())",
            "connect",
            [False],
            id="a connection that was refused",
        ),
    ],
)
def test_a_new_peer_is_told(watch: Watch, source: str, call: str, told: list[bool]) -> None:
    """The first call to or from a peer is told from those that follow it."""
    assert changed(watch, PEERS + source, call) == told


def test_peers_that_nobody_asks_about_are_not_kept(watch: Watch) -> None:
    """Rules that don't read it don't pay for it."""
    tables = structs.replace(watching.tables(frozenset({"sendto"})), keeps_peers=False)
    seen = watch.run(PEERS + "sender.sendto(b'x', near)", wanted=tables)
    (call,) = seen.calls("sendto")
    assert "name_changed" not in watch.flags("call_flag", "CALL_", call.flags)
