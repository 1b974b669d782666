"""``shikra enforce``: what is printed of what is answered."""

import asyncio
import io
from collections.abc import Callable
from pathlib import Path

import pytest
from rich.console import Console

from shikra.app import cli, enforce
from shikra.app.pipeline.answering import Answerer
from shikra.enforce import control
from shikra.enforce.messages import AskLog, AskStatus, Request, SetMode
from shikra.enforce.modes import Everywhere, OfNamespace
from shikra.model.container import HOST
from shikra.model.verdict import Outcome
from support.enforced import KILLED, WOULD_KILL, Bench
from support.events import rule

SECOND_NS = 1_000_000_000


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return where the socket is."""
    return tmp_path / "control.sock"


async def served(bench: Bench, path: Path, do: Callable[[], int]) -> int:
    """Do something while the bench's enforcer is served."""
    with control.listening(path) as listener:
        async with asyncio.TaskGroup() as tasks:
            serving = tasks.create_task(control.serve(listener, Answerer(bench.enforcer)))
            code = await asyncio.to_thread(do)
            serving.cancel()
    return code


async def printed(bench: Bench, path: Path, request: Request) -> str:
    """Return what is printed of the answer."""
    shown = io.StringIO()
    console = Console(file=shown, width=120)
    assert await served(bench, path, lambda: enforce.ask(path, request, console)) == 0
    return shown.getvalue()


async def test_the_status_is_a_table(path: Path) -> None:
    """Modes, rules with what they did, and exemptions to paste are there."""
    bench = Bench()
    bench.count("Kill", Outcome.KILLED, 3)
    for _ in range(5):
        bench.did(WOULD_KILL, has_entered=True, arguments=(b"cat", b"/x"))
        bench.clock.wall += 10 * SECOND_NS
    shown = await printed(bench, path, AskStatus())
    lines = shown.splitlines()
    assert lines[0] == "everywhere: enforce"
    (kill,) = [line for line in lines if line.startswith("enforce")]
    assert kill.split() == ["enforce", "Kill", "kill", "signal", "3", "killed"]
    assert "the kubelet's exec probe" in shown
    assert "5 times in 1 container, every 10 s" in shown
    assert '- rule: "Kill"' in shown


@pytest.mark.parametrize(
    ("is_continued", "is_kept", "expected"),
    [
        pytest.param(False, False, "a guess, and not acted on; not kept", id="one run alone"),
        pytest.param(False, True, "a guess, and not acted on; kept for the next", id="the first"),
        pytest.param(True, True, "known; kept for the next", id="one in a row"),
    ],
)
async def test_the_status_says_whether_lineage_goes_on(
    path: Path, *, is_continued: bool, is_kept: bool, expected: str
) -> None:
    """Over this start, and over the next."""
    bench = Bench()
    bench.kernel.is_continued, bench.kernel.keeps_lineage = is_continued, is_kept
    assert f"older than this start: {expected}" in await printed(bench, path, AskStatus())


async def test_the_status_says_what_is_held_for_want_of_a_namespace(path: Path) -> None:
    """While the mode of one namespace is weaker, a container might be in that one."""
    bench = Bench()
    assert "held where" not in await printed(bench, path, AskStatus())
    await printed(bench, path, SetMode(OfNamespace("vault"), "off"))
    assert "isn't known: it may be one of these; now in 0 containers" in await printed(
        bench, path, AskStatus()
    )
    await printed(bench, path, SetMode(OfNamespace("vault"), "enforce"))
    assert "vault" not in await printed(bench, path, AskStatus())


async def test_the_status_says_what_cant_be_had(path: Path) -> None:
    """A rule that kills since nothing here denies is shown so."""
    either = rule("Either", "fd.name startswith /either/", more="  enforce: [deny, kill]\n")
    shown = await printed(Bench(either), path, AskStatus())
    (line,) = [line for line in shown.splitlines() if "Either" in line]
    assert "kill (no deny here)  signal" in line


async def test_the_log_is_a_line_each(path: Path) -> None:
    """What was done is told with time, rule, process and file; nothing acts on a terminal."""
    bench = Bench()
    bench.did(KILLED, pid=77, arguments=(b"cat", b"/\x1b[2J"))
    bench.did(KILLED, container=HOST)
    first, second = (await printed(bench, path, AskLog(5))).splitlines()
    assert ' killed rule="Kill"' in first
    assert 'in=shop/web-1 pid=77 command="cat /\\u001b[2J" file=/secret/a' in first
    assert " in=host " in second
    assert await printed(Bench(), path, AskLog(5)) == "nothing was done yet\n"


async def test_what_changed_is_printed(path: Path) -> None:
    """Setting a mode says what it changed, or that it changed nothing."""
    bench = Bench()
    off = SetMode(Everywhere(), "off")
    assert 'rule "Kill" from enforce to off' in await printed(bench, path, off)
    assert "nothing changed" in await printed(bench, path, off)


@pytest.mark.parametrize(
    ("words", "code", "expected"),
    [
        pytest.param("set --rule Kill off", 0, 'rule "Kill" from enforce to off', id="a rule"),
        pytest.param(
            "set --namespace a off", 0, 'namespace "a" from absent to off', id="namespace"
        ),
        pytest.param("set off", 0, "everywhere from enforce to off", id="everywhere"),
        pytest.param("status --json", 0, '"everywhere":"enforce"', id="status"),
        pytest.param("log --last 3", 0, "nothing was done yet", id="log"),
        pytest.param("set sometimes", 1, '"sometimes" is no mode', id="refused"),
        pytest.param("set --rule a --namespace b off", 2, "excludes", id="wrong use"),
    ],
)
async def test_the_commands_ask(
    words: str, code: int, expected: str, path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The words of the command line reach the enforcer; a refusal is exit code 1."""
    command = ["enforce", *words.split(), "--socket", str(path)]
    assert await served(Bench(), path, lambda: cli.main(command)) == code
    shown = capsys.readouterr()
    assert expected in shown.out + shown.err


def test_nobody_answers(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Where no Shikra runs, the message says so, and where one was looked for."""
    assert cli.main(["enforce", "status", "--socket", str(path)]) == 1
    assert str(path) in capsys.readouterr().err
