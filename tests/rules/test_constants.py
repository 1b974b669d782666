"""Constants and their types."""

import pytest

from shikra.model.value import FieldType, Value
from shikra.rules import constants, ir


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        pytest.param("x", FieldType.TEXT, b"x", id="text"),
        pytest.param("-0x10", FieldType.SIGNED, -16, id="signed hexadecimal"),
        pytest.param("007", FieldType.UNSIGNED, 7, id="leading zeros are no octal"),
        pytest.param("5", FieldType.DOUBLE, 5.0, id="a whole number for a fraction"),
        pytest.param("true", FieldType.BOOLEAN, True, id="true"),
        pytest.param("https", FieldType.PORT, 443, id="a service"),
        pytest.param("::ffff:1.2.3.4", FieldType.ADDRESS, bytes(10) + b"\xff\xff\1\2\3\4", id="v6"),
        pytest.param("0.0.0.0/0", FieldType.NETWORK, ir.Network(bytes(4), 0), id="all of v4"),
        pytest.param("::1", FieldType.NETWORK, ir.Network(bytes(15) + b"\1", 128), id="one v6"),
        pytest.param("1000000000", FieldType.RELATIVE_TIME, 10**9, id="nanoseconds"),
    ],
)
def test_a_constant_gets_its_fields_type(text: str, kind: FieldType, value: Value) -> None:
    """A constant is held as the values that it is compared with."""
    assert constants.convert(text.encode(), kind) == value


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        pytest.param("", FieldType.SIGNED, id="an empty number"),
        pytest.param("1_000", FieldType.SIGNED, id="Python's underscores"),
        pytest.param("٣", FieldType.SIGNED, id="digits of another script"),
        pytest.param("9" * 10_000, FieldType.SIGNED, id="very many digits"),
        pytest.param("True", FieldType.BOOLEAN, id="Python's truth"),
        pytest.param("1.2.3", FieldType.ADDRESS, id="a short address"),
        pytest.param("10.0.0.0/x", FieldType.NETWORK, id="a length that is none"),
        pytest.param("10.0.0.0/255.0.0.0", FieldType.NETWORK, id="a mask"),
        pytest.param("nosuchservice", FieldType.PORT, id="an unknown service"),
        pytest.param("\udcff", FieldType.PORT, id="no text at all"),
    ],
)
def test_what_is_no_value_is_refused(text: str, kind: FieldType) -> None:
    """A text that is no value of the type is refused with a reason."""
    with pytest.raises(ValueError, match=r".+"):
        constants.convert(text.encode("utf-8", "surrogateescape"), kind)
