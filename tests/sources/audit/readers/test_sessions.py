"""What is run in a container through the API server is in the request's URI."""

import pytest

from support.audited import event

POD = "/api/v1/namespaces/shop/pods/cart"


@pytest.mark.parametrize(
    ("subresource", "query", "command", "container"),
    [
        pytest.param(
            "exec",
            "?command=sh&command=-c&command=cat+%2Fx&container=app&tty=true",
            b"sh -c cat /x",
            b"app",
            id="exec",
        ),
        pytest.param("attach", "?container=app", None, b"app", id="attach"),
        pytest.param("exec", "?command=id", b"id", None, id="the only container"),
        pytest.param("log", "?container=app&command=id", None, None, id="no session"),
    ],
)
def test_the_command_is_read(
    subresource: str, query: str, command: bytes | None, container: bytes | None
) -> None:
    """Exec says its command, exec and attach their container; other requests have neither."""
    asked = event(
        requestURI=f"{POD}/{subresource}{query}",
        objectRef={"resource": "pods", "name": "cart", "subresource": subresource},
    )
    assert asked.fields["ka.exec.command"] == command
    assert asked.fields["ka.exec.container"] == container
    assert asked.fields["ka.exec.tty"] == (b"true" if "tty=" in query else None)
