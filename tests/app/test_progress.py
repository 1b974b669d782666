"""What is told at the start and at the end."""

import asyncio
import socket
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from shikra.app import demo, packs, progress, rule_tests
from shikra.model.enforcement import Means, Mechanism, Mode
from support.events import plan_of, rule
from support.kernels import Bench


@pytest.mark.parametrize(
    ("program", "environment", "expected"),
    [
        pytest.param(
            "/opt/x/bin/shikra", {"SUDO_USER": "me"}, "sudo /opt/x/bin/shikra demo", id="by sudo"
        ),
        pytest.param("/opt/x/bin/shikra", {}, "/opt/x/bin/shikra demo", id="by root"),
        pytest.param(
            ".venv/bin/shikra", {}, f"{Path.cwd()}/.venv/bin/shikra demo", id="by a relative path"
        ),
        pytest.param(
            "/src/shikra/app/cli.py", {}, f"{sys.executable} -m shikra.app.cli demo", id="module"
        ),
    ],
)
def test_the_first_alert_can_be_pasted(
    monkeypatch: pytest.MonkeyPatch, program: str, environment: dict[str, str], expected: str
) -> None:
    """The command works in another terminal, in any folder, for the user who started this one."""
    monkeypatch.setattr(sys, "argv", [program])
    assert progress.demo(environment) == expected


@pytest.mark.parametrize(
    ("rules", "types", "is_shown"),
    [
        pytest.param(rule(demo.RULE, "fd.name = /a"), "1 system call (openat)", True, id="packs"),
        pytest.param(rule("Mine", "fd.name = /a"), "1 system call (openat)", False, id="others"),
        pytest.param("", "0 system calls,", False, id="none"),
    ],
)
def test_the_first_alert_is_promised_where_it_comes(rules: str, types: str, is_shown: bool) -> None:
    """The demonstration is shown only where the rule that answers it is loaded."""
    bench = Bench(plan_of(rules))
    try:
        told = progress.ready(bench.assembly, None, {})
    finally:
        bench.assembly.close()
        bench.kernel.close()
    assert types in told
    assert ("For a first alert" in told) == is_shown


@pytest.mark.parametrize(
    ("unseen", "is_said"),
    [pytest.param((), False, id="all seen"), pytest.param(("io_uring",), True, id="rings unseen")],
)
def test_what_is_not_seen_is_said(unseen: tuple[str, ...], is_said: bool) -> None:
    """Where the kernel leaves a way past the probe, that is said at the start."""
    bench = Bench(plan_of(""))
    bench.kernel.not_seen = unseen
    try:
        told = progress.ready(bench.assembly, None, {})
    finally:
        bench.assembly.close()
        bench.kernel.close()
    assert ("what goes through io_uring isn't seen" in told) == is_said


def test_the_rule_that_answers_is_in_a_pack() -> None:
    """The rule by which it is told is one that there is."""
    assert demo.RULE in {
        rule.info.name for rule in rule_tests.load(packs.find("runtime")).plan.rules
    }


@pytest.mark.parametrize(
    ("runtimes", "told"),
    [
        pytest.param([], None, id="none is asked"),
        pytest.param([("/a.sock", False, False), ("/b.sock", True, True)], None, id="one answers"),
        pytest.param(
            [("/a.sock", False, False), ("/b.sock", True, False)], "at /b.sock:", id="one is silent"
        ),
        pytest.param(
            [("/a.sock", False, False), ("/b.sock", False, False)],
            "at /a.sock, /b.sock:",
            id="none is there",
        ),
    ],
)
def test_a_machine_where_no_runtime_answers_is_told(
    runtimes: list[tuple[str, bool, bool]], told: str | None
) -> None:
    """Where nobody can tell of containers, that and its price are said at the start."""
    fakes = tuple(
        SimpleNamespace(socket=Path(socket), is_there=is_there, is_up=is_up)
        for socket, is_there, is_up in runtimes
    )
    bench = Bench(plan_of(""), runtimes=fakes)
    try:
        shown = progress.ready(bench.assembly, None, {})
    finally:
        bench.assembly.close()
        bench.kernel.close()
    assert ("no container runtime answers" in shown) == (told is not None)
    assert told is None or told in shown


async def started(bench: Bench) -> None:
    """Run until it is ready."""
    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(bench.assembly.run())
        await bench.assembly.ready.wait()
        running.cancel()


def test_of_many_system_calls_a_few_are_named() -> None:
    """The line stays short; how the kernel decides the rules is in it, the metrics below it."""
    bench = Bench(
        plan_of(
            rule("Mine", "fd.name = /a").replace("= openat", "in (open, openat, creat, openat2)")
        )
    )
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        try:
            asyncio.run(started(bench))
            first, second = progress.ready(bench.assembly, listening, {}).splitlines()
        finally:
            bench.assembly.close()
            bench.kernel.close()
    assert "4 system calls (creat, open, openat, ...), 1 rule (1 exact, 0 superset," in first
    assert second == f"metrics at http://127.0.0.1:{port}/metrics"


def test_rules_that_may_act_are_told_by_what_and_how_far() -> None:
    """The strongest mode comes first; what nothing here can do is told as that."""
    standings = {(f"R{n}", Means.KILL, Mechanism.SIGNAL): Mode.ENFORCE for n in range(7)}
    told = progress.acting(
        {
            ("Deny", Means.DENY, None): Mode.OBSERVE,
            ("Rather", Means.KILL, Mechanism.SIGNAL): Mode.ENFORCE,
            **standings,  # in any order
        },
        {"Rather": Means.DENY},
    )
    assert list(told) == [
        'enforce: kill by signal, since nothing here can deny: "Rather"',
        'enforce: kill by signal: "R0", "R1", "R2", "R3", "R4" and 2 more',
        'observe: deny by nothing here: "Deny"',
    ]
    assert list(progress.acting({}, {})) == []
