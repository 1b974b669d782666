"""Which members of a call's record have a value."""

import pytest

from support.probing import Watch

pytestmark = pytest.mark.kernel

INET, DATAGRAM = 2, 2
FILE = {"descriptor", "file", "name"}


@pytest.mark.parametrize(
    ("name", "source", "facts"),
    [
        pytest.param("openat", "os.open('/etc/hostname', 0)", FILE, id="open"),
        pytest.param("openat", "syscall(257, -100, b'/none', 0)", {"name"}, id="failed open"),
        pytest.param("openat", "syscall(257, -100, 8, 0)", set(), id="unreadable name"),
        pytest.param("execve", "syscall(59, b'/none', None, None)", {"name"}, id="failed exec"),
        pytest.param(
            "connect",
            "socket.socket(2, 2).connect(('127.0.0.1', 53))",
            {"descriptor", "local", "remote"},
            id="connection",
        ),
        pytest.param(
            "sendto",
            "socket.socket(10, 2).sendto(b'', ('::ffff:0.0.0.0', 53))",
            {"descriptor", "local", "remote"},
            id="mapped address",
        ),
        pytest.param(
            "connect",
            "socket.socket(2).connect_ex(('0.0.0.0', 0))",
            {"descriptor"},
            id="connection to nothing",
        ),
        pytest.param(
            "connect",
            "socket.socket(10).connect_ex(('::ffff:0.0.0.0', 0))",
            {"descriptor"},
            id="connection to nothing, mapped",
        ),
        pytest.param(
            "connect",
            "socket.socket(1).connect_ex('/none')",
            {"descriptor", "name"},
            id="Unix socket",
        ),
    ],
)
def test_what_has_a_value_is_said(watch: Watch, name: str, source: str, facts: set[str]) -> None:
    """A record says which of its members mean something."""
    call = watch.run(source).calls(name)[-1]
    assert watch.flags("call_fact", "HAS_", call.facts) == facts
