"""Values as files write them become what fields hold."""

from typing import Any

import pytest

from shikra.model.field import locate
from shikra.model.fields import CATALOGUE
from shikra.model.value import Value
from shikra.sources.replay.convert import ConversionError, convert


@pytest.mark.parametrize(
    ("field", "raw", "value"),
    [
        pytest.param("proc.name", "cat", b"cat", id="text"),
        pytest.param("proc.name", 7, b"7", id="a number where text is expected"),
        pytest.param("proc.name", "caf\udce9", b"caf\xe9", id="a byte that is not UTF-8"),
        pytest.param("evt.rawres", "-13", -13, id="a number as text"),
        pytest.param("evt.rawres", -13, -13, id="a number"),
        pytest.param("proc.tty", "0x8800", 34816, id="a hexadecimal number"),
        pytest.param("proc.entered", "true", True, id="a truth as text"),
        pytest.param("proc.entered", False, False, id="a truth"),
        pytest.param("fd.rip", "10.0.0.1", bytes([10, 0, 0, 1]), id="an IPv4 address"),
        pytest.param("fd.rip", "::1", bytes(15) + b"\1", id="an IPv6 address"),
        pytest.param("fd.rip", "::ffff:10.0.0.1", bytes([10, 0, 0, 1]), id="a mapped address"),
        pytest.param("fd.rport", "443", 443, id="a port"),
        pytest.param("proc.lineage", ["sh", "runc"], (b"sh", b"runc"), id="a list"),
        pytest.param("proc.lineage", "sh", (b"sh",), id="a list of one"),
        pytest.param("proc.aname", "sh runc", (b"sh", b"runc"), id="all creators as printed"),
        pytest.param("proc.aname[1]", "a b", b"a b", id="one creator"),
        pytest.param("fd.name", None, None, id="nothing"),
    ],
)
def test_what_fits_is_converted(field: str, raw: Any, value: Value) -> None:
    """A value becomes what the field's type holds, from text as well as typed."""
    reference = locate(CATALOGUE, field)
    assert reference is not None
    assert convert(reference, raw) == value


@pytest.mark.parametrize(
    ("field", "raw"),
    [
        pytest.param("evt.rawres", "many", id="no number"),
        pytest.param("evt.rawres", 1.5, id="a fraction"),
        pytest.param("evt.rawres", True, id="a truth for a number"),
        pytest.param("proc.tty", -1, id="a negative size"),
        pytest.param("fd.rport", 65536, id="a port too large"),
        pytest.param("proc.entered", "maybe", id="no truth"),
        pytest.param("fd.rip", "localhost", id="a name for an address"),
        pytest.param("fd.rip", 1, id="a number for an address"),
        pytest.param("proc.name", ["a"], id="a list for one value"),
        pytest.param("proc.name", {"a": 1}, id="a mapping"),
        pytest.param("proc.name", "\ud800", id="half a surrogate pair"),
        pytest.param("proc.fdusage", "nan", id="what JSON can't say"),
        pytest.param("proc.fdusage", 10**400, id="a number without a fraction to hold it"),
    ],
)
def test_what_does_not_fit_is_refused(field: str, raw: Any) -> None:
    """A value of another type is refused, not bent."""
    reference = locate(CATALOGUE, field)
    assert reference is not None
    with pytest.raises(ConversionError):
        convert(reference, raw)
