"""What is probably not meant."""

import msgspec
import pytest

from shikra.model import event_types, fields
from shikra.rules import check, diagnostics, operands, parse

TEXT = fields.CATALOGUE["proc.name"]
AUDIT = {
    name: msgspec.structs.replace(TEXT, name=name, source="k8s_audit")
    for name in ("ka.verb", "jevt.value")
}
SCOPE = operands.Scope({**fields.CATALOGUE, **AUDIT}, "k8s_audit", event_types.NAMES)


@pytest.mark.parametrize(
    ("condition", "code"),
    [
        pytest.param("ka.verb = <NA>", "LOAD_UNSAFE_NA_CHECK", id="equal to nothing"),
        pytest.param("jevt.value in (a, <NA>)", "LOAD_UNSAFE_NA_CHECK", id="one of them"),
        pytest.param("ka.verb regex get", "LOAD_COMPILE_CONDITION", id="a plain pattern"),
        pytest.param("ka.verb = ka.verb", "LOAD_COMPILE_CONDITION", id="a field as text"),
        pytest.param("ka.verb exists", None, id="nothing to say"),
        pytest.param("ka.verb = NA", None, id="another text"),
    ],
)
def test_a_suspicion_is_a_warning(condition: str, code: str | None) -> None:
    """What is allowed and probably not meant is warned of, and stays allowed."""
    parsed = parse.parse(condition)
    assert not isinstance(parsed, diagnostics.Mistake)
    checked = check.check(parsed, SCOPE)
    assert not checked.errors
    assert [one.code for one in checked.warnings] == ([code] if code else [])


def test_another_sources_field_is_unknown() -> None:
    """A rule sees the fields of its source, and is told where the others belong."""
    parsed = parse.parse("proc.name = x")
    assert not isinstance(parsed, diagnostics.Mistake)
    (error,) = check.check(parsed, SCOPE).errors
    assert error.is_unknown
    assert error.hint == "it is a field of source syscall"
