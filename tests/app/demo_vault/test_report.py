"""What came of the demonstration fits on a terminal."""

import io

import msgspec
from rich.console import Console

from shikra.app.demo_vault import readers, report
from shikra.app.demo_vault.judge import DemoMode, Row, Verdict
from shikra.app.demo_vault.scene import Kept

ROWS = tuple(
    Row(
        name=reader.name,
        code=137,
        has_leaked=False,
        rules=("EXFIL", "READ"),
        actions=("would_kill", "would_deny"),
    )
    for reader in readers.ALL
)
WELL = Verdict(
    rows=ROWS,
    kept=Kept(reads=123_456, missed=(), is_running=True),
    rotations=1_000,
    false_alerts=0,
    wrongs=(),
)


def shown(verdict: Verdict, mode: DemoMode) -> list[str]:
    """Return the lines on a console of 80 columns."""
    text = io.StringIO()
    report.show(verdict, mode, Console(file=text, width=80))
    return [line.rstrip() for line in text.getvalue().splitlines()]


def test_each_reader_has_one_line_of_80_columns() -> None:
    """The longest names and the longest words for what was done stand in one line."""
    lines = shown(WELL, DemoMode.KILL)
    rows = [line for line in lines if "would_kill, would_deny" in line]
    assert len(rows) == len(ROWS)
    assert lines[0].split() == ["reader", "exit", "leaked", "alert", "action"]
    assert lines[-1] == f"0 of {len(ROWS)} foreign readers printed the secret; each gave an alert."


def test_what_is_wrong_stands_at_the_end() -> None:
    """A row that leaked says so, and so does the last line."""
    rows = (msgspec.structs.replace(ROWS[0], has_leaked=True, rules=(), actions=()),)
    verdict = msgspec.structs.replace(WELL, rows=rows, wrongs=("the secret [b]was[/] printed",))
    lines = shown(verdict, DemoMode.KILL)
    assert lines[1].split() == ["cat", "137", "LEAKED", "none", "–"]
    assert lines[-1] == "Wrong: the secret [b]was[/] printed."
