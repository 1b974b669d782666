"""The calls and their arguments."""

import json

import pytest

from shikra.model.calls import CALLS
from shikra.model.event_type import EventType, Meaning
from support.shared import shared_data

ONCE = set(Meaning) & {
    *(Meaning.NAME, Meaning.TARGET, Meaning.DIRECTORY, Meaning.TARGET_DIRECTORY),
    *(Meaning.OBJECT, Meaning.OPEN_FLAGS, Meaning.TEXT, Meaning.PEER, Meaning.OWN),
}


@pytest.mark.parametrize("made", CALLS.values(), ids=lambda made: made.name)
def test_a_call_says_each_thing_once(made: EventType) -> None:
    """What the probe keeps one of is one argument's, and a base has a path that starts from it."""
    meanings = [each.meaning for each in made.parameters]
    assert all(meanings.count(each) <= 1 for each in ONCE)
    assert Meaning.NAME in meanings or Meaning.DIRECTORY not in meanings
    assert Meaning.TARGET in meanings or Meaning.TARGET_DIRECTORY not in meanings
    assert all(each.at is None or each.at in range(6) for each in made.parameters)


@pytest.mark.parametrize("made", CALLS.values(), ids=lambda made: made.name)
def test_arguments_are_falcos(made: EventType) -> None:
    """Where Falco has the call, its arguments come first, in Falco's order."""
    table = json.loads(shared_data("data/event_table.json").read_text())
    known = {
        each["name"]: [parameter["name"] for parameter in each["params"]]
        for each in table["events"].values()
        if each["id"].endswith("_X") and "EF_OLD_VERSION" not in each["flags"]
    }
    theirs = known.get(made.name, [])
    assert list(made.arguments[: len(theirs)]) == theirs
