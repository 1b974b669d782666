"""Ids at the moment of the call."""

import pytest

from shikra.model.value import Value
from support.kernel_records import call_event


@pytest.mark.parametrize(
    ("field", "value"),
    [
        pytest.param("thread.tid", 71, id="thread"),
        pytest.param("thread.vtid", 8, id="thread inside"),
        pytest.param("thread.ismain", False, id="not the main thread"),
        pytest.param("proc.sid", 7, id="session, as the process sees it"),
        pytest.param("proc.pgid", 60, id="group"),
        pytest.param("proc.vpgid", 6, id="group inside"),
        pytest.param("proc.is_sid_leader", True, id="leads its session"),
        pytest.param("proc.is_pgid_leader", False, id="doesn't lead its group"),
        pytest.param("proc.is_vpgid_leader", False, id="nor that inside"),
        pytest.param("user.uid", 1000, id="effective user"),
        pytest.param("user.loginuid", -1, id="nobody logged in"),
        pytest.param("group.gid", 1001, id="effective group"),
    ],
)
def test_ids_are_those_of_the_call(field: str, value: Value) -> None:
    """Ids may change after an exec, so they are told with each call."""
    event = call_event(
        pid=70,
        tid=71,
        vpid=7,
        vtid=8,
        vsid=7,
        pgid=60,
        vpgid=6,
        euid=1000,
        egid=1001,
        loginuid=0xFFFFFFFF,
    )
    assert event.fields[field] == value


def test_a_thread_is_known_by_name_and_number() -> None:
    """The name of the process and the thread's id, joined."""
    event = call_event(tid=71)
    assert event.process is not None
    event.process.name = b"cat"
    assert event.fields["thread.nametid"] == b"cat71"
