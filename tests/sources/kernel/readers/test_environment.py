"""Fields on environments."""

import pytest

from shikra.model import process
from shikra.model.value import Value
from support.kernel_records import call_event

INIT = process.Process(id=1, pid=1, name=b"init", environment=b"HOME=/\0LANG=C")
SH = process.Process(id=2, pid=2, name=b"sh", environment=b"HOME=/root\0A==", creator=INIT)
CAT = process.Process(id=3, pid=3, name=b"cat", environment=b"HOME=/x\0BARE", creator=SH)
UNTOLD = process.Process(id=4, pid=4, creator=SH)


@pytest.mark.parametrize(
    ("of", "field", "value"),
    [
        pytest.param(CAT, "proc.env", b"HOME=/x BARE", id="all"),
        pytest.param(CAT, "proc.env[HOME]", b"/x", id="one"),
        pytest.param(SH, "proc.env[A]", b"=", id="a value with the sign in it"),
        pytest.param(CAT, "proc.env[BARE]", None, id="no value"),
        pytest.param(CAT, "proc.env[OME]", None, id="the end of a name"),
        pytest.param(UNTOLD, "proc.env", None, id="not known"),
        pytest.param(UNTOLD, "proc.env[HOME]", None, id="one of them not known"),
        pytest.param(CAT, "proc.aenv", (b"HOME=/root A==", b"HOME=/ LANG=C"), id="creators'"),
        pytest.param(CAT, "proc.aenv[0]", b"HOME=/x BARE", id="0 is the process"),
        pytest.param(CAT, "proc.aenv[2]", b"HOME=/ LANG=C", id="the second creator's"),
        pytest.param(CAT, "proc.aenv[5]", None, id="too far"),
        pytest.param(CAT, "proc.aenv[HOME]", b"/root", id="the nearest that has it"),
        pytest.param(CAT, "proc.aenv[LANG]", b"C", id="a farther one"),
        pytest.param(CAT, "proc.aenv[BARE]", None, id="nobody above has it"),
    ],
)
def test_environments_are_told(of: process.Process, field: str, value: Value) -> None:
    """An environment is one text; a variable of it has its value, or none."""
    assert call_event(process_of=of).fields[field] == value


@pytest.mark.parametrize(
    ("field", "is_cut"),
    [
        pytest.param("proc.env", True, id="environment"),
        pytest.param("proc.env[X]", True, id="variable"),
        pytest.param("proc.aenv[0]", True, id="by index"),
        pytest.param("proc.aenv", False, id="creators', which are whole"),
        pytest.param("proc.name", False, id="not asked for"),
    ],
)
def test_what_was_cut_is_said_where_it_matters(field: str, is_cut: bool) -> None:
    """An event is marked as cut by a rule that looks into a cut environment, and only then."""
    caller = process.Process(id=1, pid=7, environment=b"A=b", is_environment_cut=True, creator=INIT)
    event = call_event(process_of=caller)
    _ = event.fields[field]
    assert event.is_cut is is_cut
