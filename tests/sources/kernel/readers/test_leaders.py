"""Fields on leaders of sessions and groups."""

import pytest

from shikra.model import process
from shikra.model.value import Value
from support.kernel_records import call_event

SHELL = process.Process(
    id=1, pid=20, name=b"bash", exepath=b"/usr/bin/bash", arguments=(b"-bash", b"-l")
)
VALUES = (b"bash", b"-bash", b"/usr/bin/bash")
SESSION = ("proc.sname", "proc.sid.exe", "proc.sid.exepath")
GROUP = ("proc.pgid.name", "proc.pgid.exe", "proc.pgid.exepath")
GROUP_INSIDE = ("proc.vpgid.name", "proc.vpgid.exe", "proc.vpgid.exepath")


@pytest.mark.parametrize(
    ("fields", "leaders", "values"),
    [
        pytest.param(SESSION, {"session": SHELL}, VALUES, id="session"),
        pytest.param(SESSION, {"group": SHELL}, (None,) * 3, id="no session's leader"),
        pytest.param(GROUP, {"group": SHELL}, VALUES, id="group"),
        pytest.param(GROUP, {"session": SHELL}, (None,) * 3, id="no group's leader"),
        pytest.param(GROUP_INSIDE, {"group": SHELL, "vpgid": 2}, VALUES, id="group inside"),
        pytest.param(GROUP_INSIDE, {"group": SHELL}, (None,) * 3, id="led from outside"),
    ],
)
def test_leaders_are_told(
    fields: tuple[str, ...], leaders: dict[str, process.Process], values: tuple[Value, ...]
) -> None:
    """A leader has a name, a first argument and an executable; one that isn't known has none."""
    event = call_event(**leaders)
    assert tuple(event.fields[field] for field in fields) == values
