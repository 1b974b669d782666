"""
How many events a second the generated programs evaluate, on one core, and how long rules take.

Usage: .venv/bin/python bench/evaluate.py [RULES.yaml ...]

Without files: the packs that come with Shikra. Rules are repeated, under other names, to 93, as
many as the upstream set for system calls has. The events are those of a busy web service in a
container, and its neighbours': opens for reading and writing, programs started, connections, on
paths and addresses that vary. None is an attack, since nearly none is. Making events isn't timed;
reading their fields is.
"""

import gc
import random
import statistics
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec
import results

from shikra.app import packs
from shikra.backends.live.compile import Evaluator, compile_rules
from shikra.model import event_types
from shikra.model.event import Event
from shikra.model.fields import CATALOGUE
from shikra.rules import build
from shikra.rules.ir import RuleSet
from shikra.sources.replay import flat

EVENTS = 200_000
RULES = 93
BATCH = 10_000  # so that events needn't all be in memory
SEED = 20

WRITING = 0.15
FAILING = 0.2
SERVICES = (("python3", "python app.py"), ("nginx", "nginx: worker"), ("java", "java -jar a.jar"))
FOLDERS = (
    "/app/lib",
    "/usr/lib/python3.11",
    "/proc/self",
    "/var/cache/app",
    "/srv/data",
    "/usr/share/ca",
)
TOOLS = ("curl", "date", "sh", "node", "sed")


def main() -> None:
    """Load, compile and evaluate, and print a table."""
    files = [Path(name) for name in sys.argv[1:]] or [
        file for pack in packs.names() for file in packs.files(packs.find(pack))
    ]
    read = [build.RuleFile(str(file), file.read_bytes()) for file in files]
    started = time.perf_counter()
    loaded = build.load(read, CATALOGUE, event_types=event_types.NAMES)
    ruleset = repeated(loaded.ruleset, RULES)
    ready = time.perf_counter()
    evaluator = compile_rules(ruleset)
    compiled = time.perf_counter()
    which = ", ".join(Path(name).name for name in sys.argv[1:])
    results.keep(
        "How fast rules are evaluated" + (f": {which}" if which else ""),
        "On one core; the events are those of a busy web service, and none is an attack.",
        [
            "| | |",
            "|---|---:|",
            f"| rules | {len(ruleset.rules)} |",
            f"| load them, ms | {(ready - started) * 1e3:.0f} |",
            f"| compile them, ms | {(compiled - ready) * 1e3:.0f} |",
            *report(evaluator),
        ],
    )


def repeated(ruleset: RuleSet, count: int) -> RuleSet:
    """Repeat the rules under other names until there are as many."""
    rules = []
    for number in range(count):
        rule = ruleset.rules[number % len(ruleset.rules)]
        info = msgspec.structs.replace(rule.info, name=f"{rule.info.name} ({number})")
        rules.append(msgspec.structs.replace(rule, info=info))
    return RuleSet(ruleset.nodes, tuple(rules))


def report(evaluator: Evaluator) -> Iterator[str]:
    """Evaluate all events, and say what they took by type."""
    dice = random.Random(SEED)  # noqa: S311  nothing secret
    spent: dict[str, list[float]] = {}
    seen: Counter[str] = Counter()
    matched = 0
    for _ in range(EVENTS // BATCH):
        batch: dict[str, list[Event]] = {}
        for values in made(dice, BATCH):
            event = flat.read(values)
            batch.setdefault(event.type, []).append(event)
        gc.collect()
        for kind, events in batch.items():
            started = time.thread_time_ns()
            for event in events:
                matched += len(evaluator.matches(event))
            spent.setdefault(kind, []).append((time.thread_time_ns() - started) / len(events))
            seen[kind] += len(events)
    typical = {kind: statistics.median(times) for kind, times in spent.items()}
    for kind, count in seen.most_common():
        yield f"| {count:,} events {kind}, ns each | {typical[kind]:,.0f} |"
    total_ns = sum(typical[kind] * count for kind, count in seen.items())
    yield f"| matches | {matched} |"
    yield f"| events a second | {seen.total() / (total_ns / 1e9):,.0f} |"


def made(dice: random.Random, count: int) -> Iterator[Mapping[str, Any]]:
    """Make events as flat values."""
    for number in range(count):
        name, line = dice.choice(SERVICES)
        values = {
            "evt.rawtime": number,
            "proc.name": name,
            "proc.exe": line.split()[0],
            "proc.exepath": f"/usr/bin/{name}",
            "proc.args": line.partition(" ")[2],
            "proc.cmdline": line,
            "proc.pname": "containerd-shim",
            "proc.aname": ["containerd-shim", "systemd"],
            "proc.pid": 1000 + number % 50,
            "proc.vpid": 1,
            "proc.tty": 0,
            "proc.in_init_tree": True,
            "proc.exe_is_init": True,
            "user.uid": 1000,
            "user.name": "app",
            "user.loginuid": -1,
            "container.id": "3ad7b26ded6d",
            "container.image.repository": "registry.internal/shop/app",
            "k8s.ns.name": "shop",
            "evt.res": "SUCCESS",
            "evt.rawres": 7,
            "evt.failed": False,
        }
        kind = dice.choices((opened, started, connected), (70, 10, 20))[0]
        yield values | kind(dice)


def opened(dice: random.Random) -> dict[str, Any]:
    """Open a file: mostly for reading, sometimes in vain."""
    name = f"{dice.choice(FOLDERS)}/{dice.randrange(500)}.so"
    writes = dice.random() < WRITING
    values: dict[str, Any] = {
        "evt.type": "openat",
        "evt.is_open_read": not writes,
        "evt.is_open_write": writes,
        "evt.arg.flags": "O_WRONLY|O_CREAT" if writes else "O_RDONLY|O_CLOEXEC",
        "fd.num": 7,
        "fd.typechar": "f",
        "fd.name": name,
        "fd.nameraw": name,
        "fd.realpath": name,
    }
    if dice.random() < FAILING:
        values |= {"evt.res": "ENOENT", "evt.rawres": -2, "evt.failed": True, "fd.num": -1}
    return values


def started(dice: random.Random) -> dict[str, Any]:
    """Start a program."""
    tool = dice.choice(TOOLS)
    return {
        "evt.type": "execve",
        "proc.pname": dice.choice(SERVICES)[0],
        "proc.name": tool,
        "proc.exepath": f"/usr/bin/{tool}",
        "proc.cmdline": f"{tool} --version",
        "proc.exe_is_init": False,
    }


def connected(dice: random.Random) -> dict[str, Any]:
    """Connect to a neighbour."""
    server = f"10.0.{dice.randrange(4)}.{dice.randrange(256)}"
    return {
        "evt.type": "connect",
        "fd.num": 9,
        "fd.typechar": "4",
        "fd.l4proto": "tcp",
        "fd.connected": True,
        "fd.cip": "10.0.9.9",
        "fd.lip": "10.0.9.9",
        "fd.sip": server,
        "fd.rip": server,
        "fd.sport": dice.choice((443, 5432, 6379, 9092)),
        "fd.cport": 40_000,
    }


if __name__ == "__main__":
    main()
