"""What ``shikra run`` tells while it starts and when it ends. Pure: facts in, sentences out."""

import platform
import shutil
import socket
import sys
from collections.abc import Mapping
from pathlib import Path

from shikra.alerts.outbox import Deliveries
from shikra.app.pipeline.assembly import Assembly
from shikra.app.prepare import Prepared
from shikra.model.container import Knowledge

SECOND_NS = 1_000_000_000


def rules(prepared: Prepared) -> str:
    """Say what was loaded."""
    sources = ", ".join(prepared.settings.rules_files)
    return f"{_count(len(prepared.plan.rules), 'rule')} loaded from {sources}"


def ready(
    assembly: Assembly, listening: socket.socket | None, environment: Mapping[str, str]
) -> str:
    """Say what is watched, and how to see a first alert."""
    types = sorted(assembly.sensor.plan.event_types)
    containers = sum(
        count
        for knowledge, count in assembly.containers.by_knowledge().items()
        if knowledge is not Knowledge.HOST
    )
    watching = (
        f"watching kernel {platform.release()},"
        f" {_count(len(types), 'system call')} ({', '.join(types)}),"
        f" {_count(len(assembly.sensor.plan.rules), 'rule')},"
        f" {_count(containers, 'container')}"
    )
    if listening is not None:
        host, port = listening.getsockname()[:2]
        shown = f"[{host}]" if ":" in host else host
        watching += f"; metrics at http://{shown}:{port}/metrics"
    return f"{watching}\nFor a first alert, paste into another terminal: {demo(environment)}"


def demo(environment: Mapping[str, str]) -> str:
    """Return the command that makes a first alert, as this user must type it."""
    program = Path(sys.argv[0])
    if program.name == "shikra":
        command = shutil.which(program) or str(program)
        command = str(Path(command).absolute())
    else:
        command = f"{sys.executable} -m shikra.app.cli"
    sudo = "sudo " if environment.get("SUDO_USER") else ""
    return f"{sudo}{command} demo"


def summary(assembly: Assembly, deliveries: Mapping[str, Deliveries], ran_ns: int) -> str:
    """Say what was seen, told and lost."""
    counts = assembly.sensor.counts
    dropped = sum(sum(one.dropped.values()) for one in deliveries.values())
    return (
        f"stopped after {ran_ns / SECOND_NS:.1f} s:"
        f" {_count(counts.events.total(), 'event')}, {_count(counts.alerts, 'alert')};"
        f" lost: {_count(sum(assembly.lost().values()), 'event')}, {_count(dropped, 'alert')}"
    )


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" + ("" if number == 1 else "s")
