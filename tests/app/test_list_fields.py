"""The list of fields."""

import io
import json

import pytest
from rich.console import Console

from shikra.app import list_fields
from shikra.model.fields import CATALOGUE
from support import shared

FLAGS = {
    *("EPF_FILTER_ONLY", "EPF_ARG_ALLOWED", "EPF_IS_LIST"),
    *("EPF_DEPRECATED", "EPF_NO_TRANSFORMER", "EPF_NO_RHS"),
}


def test_json_has_every_field_once() -> None:
    """All fields are in one list, each with its type, flags and who fills it."""
    rows = json.loads(list_fields.as_json(list_fields.fields(None)))
    assert [row["name"] for row in rows] == list(CATALOGUE)
    by_name = {row["name"]: row for row in rows}
    assert by_name["user.uid"] == {
        "name": "user.uid",
        "class": "user",
        "source": "syscall",
        "type": "UINT32",
        "flags": [],
        "argument": "none",
        "filled": "kernel",
        "description": "Id of the user.",
    }
    assert by_name["evt.rawarg"]["type"] == "DYN"
    assert by_name["evt.rawarg"]["flags"] == [
        "EPF_ARG_REQUIRED",
        "EPF_NO_TRANSFORMER",
        "EPF_NO_RHS",
    ]
    assert (by_name["evt.num"]["source"], by_name["evt.pluginname"]["filled"]) == ("any", "not yet")


@pytest.mark.parametrize("source", list_fields.SOURCES)
def test_a_source_has_its_own_fields_and_those_of_all(source: str) -> None:
    """What rules of a source can't name is left out."""
    names = {field.name for field in list_fields.fields(source)}
    assert "evt.time" in names
    assert ("proc.name" in names) == (source == "syscall")
    assert ("ka.verb" in names) == (source == "k8s_audit")


def test_the_table_shows_every_field_whole() -> None:
    """No name is cut or broken where the output isn't a terminal."""
    console = Console(file=io.StringIO())
    list_fields.show(list_fields.fields(None), console)
    assert isinstance(console.file, io.StringIO)
    words = console.file.getvalue().replace(",", " ").replace("[…]", " ").split()
    assert CATALOGUE.keys() <= set(words)
    assert "list of text" in console.file.getvalue()


def test_types_and_flags_have_upstreams_names() -> None:
    """What programs read of a field is what upstream documents of it."""
    rows = json.loads(shared.shared_data("data/fields.json").read_text())["fields"]
    listed = {row["name"]: row for row in json.loads(list_fields.as_json(list_fields.fields(None)))}
    for row in rows:
        if row["name"] == "NA":  # retired, and nameless by now
            continue
        ours = listed[row["name"]]
        assert ours["type"] == row["type"].replace("STRING", "CHARBUF"), row["name"]
        flags = set(row["flags"].replace("|", " ").split()) & FLAGS
        assert flags <= set(ours["flags"]), row["name"]
