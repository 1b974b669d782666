"""The kernel fills what the catalogue says that it fills."""

from shikra.model.field import Filled
from shikra.model.fields import CATALOGUE
from shikra.model.value import FieldType
from shikra.sources.kernel.readers import READERS
from support.kernel_records import call_event

PYTHON: dict[FieldType, type | tuple[type, ...]] = {
    FieldType.TEXT: bytes,
    FieldType.BYTES: bytes,
    FieldType.ADDRESS: bytes,
    FieldType.NETWORK: bytes,
    FieldType.BOOLEAN: bool,
    FieldType.DOUBLE: float,
}
EVENTS = (
    call_event("openat", name=b"/etc/x", real=b"/etc/x", result=3, inode=9),
    call_event("connect", socket_family=2, remote_address=b"\x7f\0\0\1", remote_port=80),
    call_event("execve"),
)


def test_readers_and_catalogue_agree() -> None:
    """Every field that the kernel fills has a reader, and no reader stands for nothing."""
    filled = {name for name, field in CATALOGUE.items() if field.filled is Filled.KERNEL}
    assert set(READERS) == filled


def test_values_are_of_their_fields_type() -> None:
    """What a reader returns is of the type that the catalogue gives its field."""
    for event in EVENTS:
        for name in READERS:
            field = CATALOGUE[name]
            value = event.fields[name]
            elements = value if isinstance(value, tuple) else (value,)
            assert isinstance(value, tuple) <= (field.is_list or field.any_of), name
            for element in elements:
                assert element is None or isinstance(element, PYTHON.get(field.type, int)), name
