"""An event knows the session it is of, and the audit log knows who was let in."""

from typing import Any

import msgspec
import pytest

from shikra.app.pipeline.visitors import entry, session
from shikra.model.process import Process
from shikra.model.session import Entry
from support.audited import event as audited
from support.events import POD, opened

BOOT_NS = 1_700_000_000_000_000_000
APP = Process(id=1, pid=100, container=7, name=b"app", in_init_tree=True)
SHIM = Process(id=2, pid=50, name=b"shim")
SHELL = Process(
    id=3,
    pid=200,
    container=7,
    arguments=(b"sh", b"-c", b"cat x"),
    has_entered=True,
    start_time_ns=5,
    creator=SHIM,
)
CAT = Process(id=4, pid=201, container=7, has_entered=True, creator=SHELL, start_time_ns=9)


def event_of(process: Process) -> Any:
    """Return something that a process did in a pod."""
    event = opened("/x", "/x")
    event.process, event.container, event.boot_ns = process, POD, BOOT_NS
    return event


def test_a_session_is_that_of_who_came_in() -> None:
    """Whatever a session's processes do, it is one session: that of the first of them."""
    of_cat, of_shell = session(event_of(CAT)), session(event_of(SHELL))
    assert of_cat is not None
    assert of_cat == of_shell
    assert of_cat.command == "sh -c cat x"
    assert of_cat.started_ns == BOOT_NS + 5
    assert (of_cat.namespace, of_cat.pod) == (POD.namespace, POD.pod_name)


def test_sessions_differ() -> None:
    """A number that is used again makes no other session the same."""
    again = msgspec.structs.replace(SHELL, start_time_ns=6)
    first, second = session(event_of(SHELL)), session(event_of(again))
    assert first is not None
    assert second is not None
    assert first.id != second.id


@pytest.mark.parametrize(
    "process",
    [
        pytest.param(APP, id="the application"),
        pytest.param(msgspec.structs.replace(SHELL, container=0), id="the host"),
    ],
)
def test_others_have_no_session(process: Process) -> None:
    """Only who came into a container from outside is in a session."""
    assert session(event_of(process)) is None


EXEC = {
    "stage": "ResponseStarted",
    "requestURI": "/api/v1/namespaces/shop/pods/cart/exec?command=sh&command=-c&container=app",
    "objectRef": {
        "resource": "pods",
        "subresource": "exec",
        "namespace": "shop",
        "name": "cart",
    },
}


def test_an_exec_lets_somebody_in() -> None:
    """The request says who, from where, into what, with which command."""
    assert entry(audited(**EXEC)) == Entry(
        namespace="shop",
        pod="cart",
        container_name="app",
        command="sh -c",
        user="ann@example.org",
        source_ips=("192.0.2.7",),
        at_ns=1_772_359_200_250_000_000,
    )


@pytest.mark.parametrize(
    "changed",
    [
        pytest.param({"stage": "ResponseComplete"}, id="its end"),
        pytest.param({"objectRef": EXEC["objectRef"] | {"subresource": "log"}}, id="logs"),
        pytest.param({"objectRef": None}, id="no object"),
    ],
)
def test_other_requests_let_nobody_in(changed: dict[str, Any]) -> None:
    """The end of an exec isn't another one, and reading logs starts nothing."""
    assert entry(audited(**(EXEC | changed))) is None


def test_a_system_call_lets_nobody_in() -> None:
    """An event of the kernel is no request."""
    assert entry(event_of(CAT)) is None
