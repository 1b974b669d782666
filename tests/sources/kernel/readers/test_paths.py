"""Fields on the paths of a call."""

from typing import Any

import pytest

from support.kernel_records import call_event

FIELDS = ("name", "nameraw", "source", "sourceraw", "target", "targetraw")
ONE = {"name": b"x", "base": b"/a", "path": b"/a/x"}
TWO = ONE | {"target": b"y", "target_base": b"/b", "arguments": (0, 0, 0, 0)}


@pytest.mark.parametrize(
    ("kind", "values", "found"),
    [
        pytest.param("unlink", ONE, (b"/a/x", b"x", None, None, None, None), id="one path"),
        pytest.param("rename", TWO, (b"/a/x", b"x", b"/a/x", b"x", b"/b/y", b"y"), id="two paths"),
        pytest.param(
            "fchmod", {"path": b"/a/x"}, (b"/a/x", None, None, None, None, None), id="by descriptor"
        ),
        pytest.param("dup", {"path": b"/a/x"}, (None,) * 6, id="not about a path"),
        pytest.param("connect", {"name": b"/run/x"}, (None,) * 6, id="name of a socket"),
    ],
)
def test_paths_are_told(kind: str, values: dict[str, Any], found: tuple[bytes | None, ...]) -> None:
    """A path is told as it was written and made absolute; a second one beside it."""
    fields = call_event(kind, **values).fields
    assert tuple(fields[f"fs.path.{name}"] for name in FIELDS) == found


@pytest.mark.parametrize(
    ("kind", "values", "default", "source", "destination"),
    [
        pytest.param("renameat", TWO, b"/a/x", b"/a/x", b"/b/y", id="rename"),
        pytest.param("linkat", TWO, b"/a/x", b"/b/y", b"/a/x", id="link: the old name is first"),
        pytest.param("openat", ONE, b"/a/x", b"/a/x", None, id="one path"),
        pytest.param("kill", {}, None, None, None, id="no path"),
    ],
)
def test_absolute_paths_can_be_asked_for(
    kind: str,
    values: dict[str, Any],
    default: bytes | None,
    source: bytes | None,
    destination: bytes | None,
) -> None:
    """The paths of a call stand in the order in which it has them."""
    fields = call_event(kind, **values).fields
    assert fields["evt.abspath"] == default
    assert fields["evt.abspath[src]"] == source
    assert fields["evt.abspath[dst]"] == destination
    assert fields["evt.abspath[x]"] is None
