"""Bytes of an audit log become events, one by one, whatever somebody put among them."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shikra.model.event import Event
from shikra.sources.audit.events import SOURCE, TYPE, Decoder, Reason, Unread
from support.audited import body, document

LIST = {"kind": "EventList", "apiVersion": "audit.k8s.io/v1", "metadata": {}}


def read(text: bytes, **limits: int) -> list[Event | Unread]:
    """Return all that is read."""
    return list(Decoder(**limits).read(text))


def reasons(text: bytes) -> list[Reason | None]:
    """Return why each thing isn't read; ``None`` for an event."""
    return [one.reason if isinstance(one, Unread) else None for one in read(text)]


def test_an_event_knows_its_source_and_time() -> None:
    """An event's time is that of its stage, to the microsecond that the server writes."""
    (event,) = read(body())
    assert isinstance(event, Event)
    assert (event.source, event.type) == (SOURCE, TYPE)
    assert event.time_ns == 1_772_359_200_250_000_000


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(json.dumps({**LIST, "items": [document(), document()]}).encode(), id="list"),
        pytest.param(
            json.dumps({**LIST, "items": [document(kind=None, apiVersion=None)] * 2}).encode(),
            id="list whose events don't repeat what they are",
        ),
        pytest.param(json.dumps([document(), document()]).encode(), id="array"),
        pytest.param(b" \n" + json.dumps([document(), document()]).encode(), id="blanks before"),
    ],
)
def test_lists_and_arrays_hold_events(text: bytes) -> None:
    """Each element of a list or an array is an event."""
    assert reasons(text) == [None, None]


def test_events_are_numbered() -> None:
    """Events are numbered from one, over all that is read."""
    decoder = Decoder()
    numbers = [
        event.fields["evt.num"]
        for _ in range(3)
        for event in decoder.read(body())
        if isinstance(event, Event)
    ]
    assert numbers == [1, 2, 3]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        pytest.param(b"", Reason.NOT_JSON, id="nothing"),
        pytest.param(body()[:-20], Reason.NOT_JSON, id="cut"),
        pytest.param(b'"text"', Reason.NOT_JSON, id="not an object"),
        pytest.param(b'{"kind": 0}', Reason.NOT_AUDIT, id="a number for a kind"),
        pytest.param(body(kind="Pod"), Reason.NOT_AUDIT, id="another kind"),
        pytest.param(body(apiVersion="v1"), Reason.NOT_AUDIT, id="an event that isn't audit's"),
        pytest.param(body(apiVersion=7), Reason.NOT_AUDIT, id="a number for a version"),
        pytest.param(b"{}", Reason.NOT_AUDIT, id="empty object"),
        pytest.param(
            body(stageTimestamp=None, requestReceivedTimestamp=None), Reason.NO_TIME, id="no time"
        ),
        pytest.param(body(stageTimestamp="yesterday"), Reason.NO_TIME, id="a word for a time"),
        pytest.param(b"[" * 100_000, Reason.TOO_DEEP, id="an array that never ends"),
    ],
)
def test_what_is_no_event_is_said(text: bytes, reason: Reason) -> None:
    """What can't be read is told by its reason, and nothing is raised."""
    assert reasons(text) == [reason]


def test_one_that_cannot_be_read_does_not_spoil_the_others() -> None:
    """The events beside a broken one are read."""
    items = [document(), {"kind": "Pod"}, document(stageTimestamp="x"), 7, None, document()]
    text = json.dumps({**LIST, "items": items}).encode()
    assert reasons(text) == [
        None,
        Reason.NOT_AUDIT,
        Reason.NO_TIME,
        Reason.NOT_JSON,
        Reason.NOT_JSON,
        None,
    ]


def test_a_long_event_is_read_in_part() -> None:
    """An event of more bytes than allowed says so, and who asked for what all the same."""
    long = body(requestObject={"data": "x" * 1_000})
    unread, event = read(long, max_event_bytes=1_000)
    assert isinstance(unread, Unread)
    assert isinstance(event, Event)
    assert unread.reason is Reason.SHORTENED
    assert f"{len(long):,} bytes" in unread.message
    assert event.is_cut
    assert event.fields["ka.user.name"] == b"ann@example.org"
    assert event.fields["ka.truncated"] == b"true"
    assert event.fields["jevt.value[/requestObject/data]"] is None


def test_a_long_part_hides_none_beside_it() -> None:
    """An object with a long annotation still says that its container is privileged."""
    pod = {
        "metadata": {"annotations": {"a": "x" * 5_000, "b": "short"}},
        "spec": {
            "containers": [
                {"args": ["y" * 5_000], "securityContext": {"privileged": True}},
                {"name": "z"},
            ]
        },
    }
    _, event = read(body(requestObject=pod), max_event_bytes=2_000)
    assert isinstance(event, Event)
    assert event.fields["ka.req.pod.containers.privileged"] == (b"true",)
    assert event.fields["ka.req.pod.containers.name"] == (b"z",)
    assert event.fields["jevt.value[/requestObject/metadata/annotations/b]"] == b"short"


@pytest.mark.parametrize(
    "hindrance",
    [
        pytest.param(rb'"\ud800"', id="half a letter"),
        pytest.param(b'"\xff\xfe"', id="not UTF-8"),
        pytest.param(b"[" * 5_000 + b"]" * 5_000, id="nested deeply"),
    ],
)
def test_nobody_hides_a_request_by_its_body(hindrance: bytes) -> None:
    """A body that can't be read as it is hides neither its request nor those beside it."""
    patch = body(auditID="p", verb="patch", requestObject={"a": "HERE"})
    patch = patch.replace(b'"HERE"', hindrance)
    batch = b'{"kind": "EventList", "items": [%s, %s, %s]}' % (body(), patch, body(auditID="c"))
    for text in (patch, batch):
        found = read(text)
        assert all(isinstance(one, Event) for one in found), found
        (one,) = (
            one for one in found if isinstance(one, Event) and one.fields["ka.verb"] == b"patch"
        )
        assert one.fields["ka.target.name"] == b"cart"
    assert len(read(batch)) == 3


def test_what_others_wrote_is_shown_only_in_part() -> None:
    """A message doesn't grow with what it is about."""
    (unread,) = read(body(apiVersion="x" * 10_000))
    assert isinstance(unread, Unread)
    assert len(unread.message) < 400


def identity_of(**changed: object) -> bytes | None:
    """Return the identity of an event."""
    (event,) = read(body(**changed))
    assert isinstance(event, Event)
    return event.identity


@pytest.mark.parametrize(
    "changed",
    [
        pytest.param({"stage": "ResponseStarted"}, id="another stage of the request"),
        pytest.param({"stageTimestamp": "2026-03-01T10:00:00.250001Z"}, id="another server"),
        pytest.param({"auditID": "another"}, id="another request"),
    ],
)
def test_events_that_differ_have_other_identities(changed: dict[str, str]) -> None:
    """An audit id is shared by a request's stages, and by servers that hand a request on."""
    assert identity_of() == identity_of()
    assert identity_of(**changed) != identity_of()


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(st.sampled_from([*document(), "spec", "containers", "name"]), inner)
        ),
    )
)
def test_nothing_that_is_json_raises(anything: object) -> None:
    """Whatever shape the parts of an event have, it is read or told, and so are its fields."""
    for key in ("requestObject", "objectRef", "user", "responseStatus", "annotations"):
        for one in read(json.dumps({**document(), key: anything}).encode()):
            if isinstance(one, Event):
                for name in one.fields.readers:
                    one.fields[name]
                    one.fields[f"{name}[0]"]
