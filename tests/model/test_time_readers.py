"""The fields on time."""

import time

import pytest

from shikra.model.event import Event
from shikra.model.fields import CATALOGUE
from shikra.model.time_readers import READERS
from shikra.model.value import FieldType, Value


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("evt.time", b"18:17:57.000000042"),
        ("evt.time.s", b"18:17:57"),
        ("evt.time.iso8601", b"2016-08-04T16:17:57.000000042+0000"),
        ("evt.datetime", b"2016-08-04 18:17:57.000000042"),
        ("evt.datetime.s", b"2016-08-04 18:17:57"),
        ("evt.rawtime", 1_470_327_477_000_000_042),
        ("evt.rawtime.s", 1_470_327_477),
        ("evt.rawtime.ns", 42),
    ],
)
def test_every_event_has_a_time(name: str, value: Value, monkeypatch: pytest.MonkeyPatch) -> None:
    """The time of an event is read in each of its forms, as the catalogue says."""
    monkeypatch.setenv("TZ", "XXX-02:00")
    time.tzset()
    event = Event("syscall", "open", 1_470_327_477_000_000_042, READERS)
    assert event.fields[name] == value
    assert (CATALOGUE[name].type is FieldType.TEXT) is isinstance(value, bytes)
