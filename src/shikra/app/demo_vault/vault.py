"""
Give the demonstration: Shikra, the container, one reader after the other, the verdict.

In: the mode, and a console. Out: an exit code: 0 if Shikra held its word, 1 if not or if it can't
be given here, 130 if it was interrupted. Nothing stays behind.
"""

import signal
import tempfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

from rich.console import Console
from rich.markup import escape

from shikra.app.demo_vault import bundle, judge, needs, readers, report, scene, sensor
from shikra.app.demo_vault.judge import Attempt, DemoMode, Told, Verdict
from shikra.app.demo_vault.readers import Reader, Way
from shikra.app.demo_vault.scene import Scene
from shikra.app.demo_vault.sensor import Sensor
from shikra.app.pipeline import denying
from shikra.model.clock import Clock, SystemClock

INTERRUPTED = 130
ALERT_SECONDS = 10.0
"""How long the last alert is waited for; it takes milliseconds, but the machine may be busy."""
SETTLING_SECONDS = 0.3
"""How long anything else is waited for: nothing tells that no alert is on its way."""

_PAUSE = threading.Event()  # never set: waiting for it is a pause that an interrupt ends


def run(mode: DemoMode | None, console: Console, clock: Clock | None = None) -> int:
    """Give it, and print what came of it; without a mode in the strongest that works here."""
    if mode is None:
        mode = DemoMode.DENY if denying.is_possible() else DemoMode.KILL
        if mode is DemoMode.KILL:
            console.print("This kernel can't be asked to deny opens, so readers are killed.")
    try:
        with _interrupted_by(signal.SIGTERM, signal.SIGHUP):
            verdict = _give(mode, console, clock or SystemClock())
    except (needs.MissingError, scene.SceneError, sensor.SensorError) as error:
        Console(stderr=True).print(f"shikra: demo vault: {escape(str(error))}", soft_wrap=True)
        return 1
    except KeyboardInterrupt:
        Console(stderr=True).print("shikra: demo vault: interrupted; nothing stays behind")
        return INTERRUPTED
    report.show(verdict, mode, console)
    return 1 if verdict.wrongs else 0


def _give(mode: DemoMode, console: Console, clock: Clock) -> Verdict:
    means = needs.look()
    container_id = scene.new_id()
    settings = sensor.Settings(mode, scene.cgroup(container_id))
    with (
        console.status("Shikra and the container start") as status,
        tempfile.TemporaryDirectory(prefix="shikra-demo-") as folder,
        sensor.running(Path(folder), settings) as shikra,  # first: it knows best what it saw start
        scene.running(means, container_id) as made,
    ):
        if mode is DemoMode.DENY:
            shikra.wait_for_guard()
        console.print(_introduction(made, mode), highlight=False)
        attempts = []
        for reader in readers.present():
            status.update(f"reads: {reader.name}")
            attempts.append(_attempt(made, reader, clock))
        status.update("waiting for alerts")
        alerts = _alerts(shikra, made, attempts)
        return _verdict(mode, made, attempts, alerts)


def _attempt(made: Scene, reader: Reader, clock: Clock) -> Attempt:
    began_ns = clock.wall_ns()
    match reader.way:
        case Way.ENTERED:
            ran = made.enter(reader.command)
        case Way.TRICKED:
            ran = made.trick(reader.command)
    return Attempt(reader=reader, ran=ran, began_ns=began_ns, ended_ns=clock.wall_ns())


def _alerts(shikra: Sensor, made: Scene, attempts: Sequence[Attempt]) -> list[Told]:
    """Wait for an alert about each reader, and a little longer."""
    pauses = round(ALERT_SECONDS / SETTLING_SECONDS)
    for _ in range(pauses):
        _PAUSE.wait(SETTLING_SECONDS)
        told = shikra.alerts(made.id)
        if all(row.rules for row in judge.rows(attempts, told, ())):
            break
    _PAUSE.wait(SETTLING_SECONDS)
    return shikra.alerts(made.id)


def _verdict(
    mode: DemoMode, made: Scene, attempts: Sequence[Attempt], alerts: Sequence[Told]
) -> Verdict:
    rows = judge.rows(attempts, alerts, tuple(made.secret.given_out))
    kept = made.kept()
    false_alerts = judge.about_application(alerts, bundle.COMMAND)
    return Verdict(
        rows=rows,
        kept=kept,
        rotations=made.secret.rotations,
        false_alerts=false_alerts,
        wrongs=judge.wrongs(mode, rows, kept, false_alerts),
    )


def _introduction(made: Scene, mode: DemoMode) -> str:
    command = " ".join(bundle.COMMAND)
    return (
        f"Container {made.id[:12]} runs [bold]{command}[/] as user {bundle.USER}; its secret,"
        f" {bundle.SECRETS}, rotates every {scene.ROTATION_SECONDS} s."
        f" Mode: [bold]{mode.value}[/].\n"
    )


@contextmanager
def _interrupted_by(*signals: signal.Signals) -> Iterator[None]:
    """Take these for control-C; once it has come, none disturbs the cleaning up."""
    kept = {number: signal.getsignal(number) for number in (*signals, signal.SIGINT)}

    def interrupt(_number: int, _frame: object) -> NoReturn:
        for number in kept:
            signal.signal(number, signal.SIG_IGN)
        raise KeyboardInterrupt

    for number in kept:
        signal.signal(number, interrupt)
    try:
        yield
    finally:
        for number, before in kept.items():
            signal.signal(number, before)
