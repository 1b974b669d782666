"""What came of the demonstration is decided from outputs, alerts and what the application says."""

import base64

import msgspec
import pytest

from shikra.app.demo_vault import judge
from shikra.app.demo_vault.judge import Attempt, DemoMode, Told
from shikra.app.demo_vault.readers import Reader
from shikra.app.demo_vault.scene import Kept, Ran

SECRET = b"pw-0123456789abcdef0123456789abcdef;"
CAT = Reader(name="cat", command=("cat", "x"))
WELL = Kept(reads=7, missed=(), is_running=True)


def attempt(output: bytes = b"", code: int = 0) -> Attempt:
    """Return a reader that ran from 100 to 200."""
    return Attempt(reader=CAT, ran=Ran(code, output), began_ns=100, ended_ns=200)


def told(at_ns: int, rule: str = "READ", action: str | None = None) -> Told:
    """Return an alert."""
    return Told(at_ns=at_ns, rule=rule, command="cat x", is_entered=True, action=action)


@pytest.mark.parametrize(
    ("output", "has_leaked"),
    [
        pytest.param(SECRET, True, id="all of it"),
        pytest.param(b"x" + SECRET[:20], True, id="its first half"),
        pytest.param(SECRET[20:] + b"\n", True, id="its second half"),
        pytest.param(base64.b64encode(SECRET), True, id="in base64"),
        pytest.param(base64.b64encode(b"a" + SECRET), True, id="in base64, one byte on"),
        pytest.param(base64.b64encode(b"ab" + SECRET), True, id="in base64, two bytes on"),
        pytest.param(b"cat: Operation not permitted", False, id="an error"),
        pytest.param(b"pw-", False, id="what all passwords begin with"),
        pytest.param(b"", False, id="nothing"),
    ],
)
def test_a_part_of_a_secret_is_a_leak(output: bytes, *, has_leaked: bool) -> None:
    """Half a secret is one too much, however it is written."""
    assert judge.leaks(output, [b"another-secret", SECRET]) == has_leaked


def test_an_alert_belongs_to_who_ran_when_it_happened() -> None:
    """What happened before or after is another's; names and actions are told once each."""
    alerts = [
        *(told(99), told(201)),
        *(told(100, "EXFIL"), told(150, "READ", "killed"), told(200, "READ", "killed")),
    ]
    (row,) = judge.rows([attempt(SECRET, 137)], alerts, [SECRET])
    assert row == judge.Row(
        name="cat", code=137, has_leaked=True, rules=("EXFIL", "READ"), actions=("killed",)
    )


def test_alerts_about_the_application_are_counted() -> None:
    """What it runs itself counts, what entered under the same command line doesn't."""
    own = Told(at_ns=1, rule="READ", command="python3 app.py", is_entered=False, count=3)
    others = msgspec.structs.replace(own, is_entered=True)
    assert judge.about_application([own, others, told(1)], ("python3", "app.py")) == 3


@pytest.mark.parametrize(
    ("mode", "output", "alerts", "kept", "wrong"),
    [
        pytest.param(DemoMode.KILL, b"", [told(1)], WELL, None, id="nothing"),
        pytest.param(DemoMode.OBSERVE, SECRET, [told(1)], WELL, None, id="a leak while observing"),
        pytest.param(DemoMode.KILL, SECRET, [told(1)], WELL, "printed by cat", id="a leak"),
        pytest.param(DemoMode.OBSERVE, b"", [], WELL, "no alert about cat", id="no alert"),
        pytest.param(
            DemoMode.OBSERVE,
            b"",
            [told(1)],
            msgspec.structs.replace(WELL, missed=("EPERM",)),
            "missed 1 reads: EPERM",
            id="a read that the application missed",
        ),
        pytest.param(
            DemoMode.KILL,
            b"",
            [told(1)],
            msgspec.structs.replace(WELL, is_running=False),
            "has ended",
            id="an application that ended",
        ),
        pytest.param(
            DemoMode.KILL,
            b"",
            [told(1)],
            msgspec.structs.replace(WELL, stuck_workers=1),
            "1 of the application's workers read no more",
            id="a worker that was left stopped",
        ),
    ],
)
def test_what_is_wrong_is_said(
    mode: DemoMode, output: bytes, alerts: list[Told], kept: Kept, wrong: str | None
) -> None:
    """A leak that was to be prevented, a missing alert and harm to the application are wrong."""
    tried = msgspec.structs.replace(attempt(output), began_ns=0)
    rows = judge.rows([tried], alerts, [SECRET])
    found = judge.wrongs(mode, rows, kept, 0)
    assert (wrong is None) == (not found)
    assert all(wrong in text for text in found if wrong is not None)


def test_alerts_about_the_application_are_wrong() -> None:
    """Silence about the application is part of the promise."""
    assert judge.wrongs(DemoMode.OBSERVE, (), WELL, 2) == (
        "2 alerts are about the application itself",
    )
