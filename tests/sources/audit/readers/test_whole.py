"""Any part of an event can be asked for."""

import json
from typing import Any

import pytest

from support.audited import document, event


@pytest.mark.parametrize(
    ("pointer", "value"),
    [
        pytest.param("/verb", b"get", id="text"),
        pytest.param("verb", b"get", id="without its slash"),
        pytest.param("/user/groups/1", b"system:authenticated", id="element"),
        pytest.param("/user/groups/2", None, id="past the end"),
        pytest.param("/user/groups/-1", None, id="no number"),
        pytest.param("/user/groups/" + "9" * 5_000, None, id="a number of many digits"),
        pytest.param("/annotations/authorization.k8s.io~1decision", b"allow", id="escaped"),
        pytest.param("/responseStatus", b'{"metadata":{},"code":200}', id="object"),
        pytest.param("/nothing", None, id="missing"),
        pytest.param("/verb/x", None, id="below text"),
    ],
)
@pytest.mark.parametrize("prefix", ["json", "jevt"])
def test_a_pointer_leads_there(prefix: str, pointer: str, value: Any) -> None:
    """A JSON pointer leads to text as it is and to all else as JSON; to nothing beside."""
    assert event().fields[f"{prefix}.value[{pointer}]"] == value


def test_all_of_it_is_there() -> None:
    """The whole event is JSON, and its time a number of nanoseconds."""
    written = event().fields["jevt.obj"]
    assert isinstance(written, bytes)
    assert json.loads(written) == document()
    assert b"\n  " in written
    assert event().fields["jevt.rawtime"] == b"1772359200250000000"
