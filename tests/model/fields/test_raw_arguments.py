"""The types of arguments as they are."""

import json

import pytest

from shikra.model.field import Sort, locate
from shikra.model.fields import CATALOGUE
from shikra.model.fields.raw_arguments import SORTS
from shikra.model.value import FieldType
from support import shared

WITHOUT_SORT = ("DYN", "SOCKADDR", "SOCKTUPLE", "FDLIST", "CHARBUFARRAY")


@pytest.mark.parametrize(
    ("text", "sort"),
    [
        pytest.param("evt.rawarg.flags", Sort(FieldType.UNSIGNED, 32), id="flags"),
        pytest.param("evt.rawarg[path]", Sort(FieldType.TEXT), id="text"),
        pytest.param("evt.rawarg.res", Sort(FieldType.SIGNED), id="a result"),
        pytest.param("evt.arg.flags", Sort(FieldType.TEXT), id="as text it is text"),
        pytest.param("user.uid", Sort(FieldType.UNSIGNED, 32), id="another field"),
    ],
)
def test_the_type_depends_on_the_argument(text: str, sort: Sort) -> None:
    """Only an argument as it is has a type of its own; other fields have theirs."""
    found = locate(CATALOGUE, text)
    assert found is not None
    assert found.sort == sort


def test_every_argument_with_a_type_is_there() -> None:
    """Arguments that upstream documents are known, but those without one plain type."""
    events = json.loads(shared.shared_data("data/event_table.json").read_text())["events"]
    first: dict[str, str] = {}
    for number in sorted(events, key=int):
        for parameter in events[number]["params"]:
            first.setdefault(parameter["name"], parameter["type"].removeprefix("PT_"))
    assert {name for name, kind in first.items() if kind not in WITHOUT_SORT} == SORTS.keys()
