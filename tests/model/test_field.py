"""Finding a field by what a rule writes."""

import pytest

from shikra.model.field import locate
from shikra.model.fields import CATALOGUE


@pytest.mark.parametrize(
    ("text", "name"),
    [
        pytest.param("proc.name", "proc.name", id="plain"),
        pytest.param("proc.aname[2]", "proc.aname[2]", id="argument in brackets"),
        pytest.param("evt.arg.flags", "evt.arg[flags]", id="argument after a dot"),
        pytest.param("evt.arg[flags]", "evt.arg[flags]", id="the same in brackets"),
        pytest.param("evt.time.s", "evt.time.s", id="a longer name comes first"),
        pytest.param("proc.env[A.B]", "proc.env[A.B]", id="a dot in an argument"),
        pytest.param("k8s.pod.label[a[0]]", "k8s.pod.label[a[0]]", id="brackets in an argument"),
    ],
)
def test_one_field_has_one_name(text: str, name: str) -> None:
    """However a rule spells a field, its value is kept under one name."""
    found = locate(CATALOGUE, text)
    assert found is not None
    assert found.name == name


@pytest.mark.parametrize("text", ["", "proc", "proc.nmae", "proc.name.x", "fd.cip.x", "x.[1]"])
def test_what_is_no_field_is_not_found(text: str) -> None:
    """A dot doesn't make an argument of what follows, but where the field says so."""
    assert locate(CATALOGUE, text) is None


@pytest.mark.parametrize(
    ("text", "any_of"),
    [
        pytest.param("proc.aname", True, id="all creators"),
        pytest.param("proc.aname[1]", False, id="one creator"),
        pytest.param("fd.ip", True, id="both ends"),
        pytest.param("proc.lineage", False, id="a list is something else"),
    ],
)
def test_a_field_stands_for_any_of_several_values_without_argument(text: str, any_of: bool) -> None:
    """Only without an argument does a field on creators stand for all of them."""
    found = locate(CATALOGUE, text)
    assert found is not None
    assert found.any_of is any_of


def test_fields_can_be_kept_in_sets() -> None:
    """Every field of the catalogue can be hashed, whatever it holds."""
    assert len(set(CATALOGUE.values())) == len(CATALOGUE)
