"""Rules are changed without a gap: no event is judged by half of either, and none is missed."""

import subprocess
import sys
from pathlib import Path

import pytest

from support import judging
from support.judging import MARK, Judge, Said

pytestmark = pytest.mark.kernel

RELOADS = 50
LOOP = f"""
import os, sys, time
made = 0
print("begun", flush=True)
while not os.path.exists(sys.argv[1]):
    time.sleep(0.001)  # or the ring would be full
    for _ in range(20):
        try: os.open("{MARK}/x", 0)
        except OSError: made += 1
print(made)
"""


def test_no_event_is_missed_by_a_reload(judge: Judge, tmp_path: Path) -> None:
    """While rules are changed again and again, each event that both match comes, and once."""
    others = [f"proc.name = other{number}" for number in range(200)]
    rule_sets = [
        judging.compiled("proc.name startswith python", "proc.name = nobody").tables,
        judging.compiled(*others, "evt.rawres = -2 and not proc.pname = nobody").tables,
    ]
    packed = [judge.kernel.pack(tables) for tables in rule_sets]
    judge.kernel.load(packed[0])
    judge.events()
    end = tmp_path / "end"
    line = [sys.executable, "-I", "-S", "-c", LOOP, str(end)]
    with subprocess.Popen(  # noqa: S603  the program above
        ["/bin/sh", "-c", f'echo $$ > {judge.folder}/cgroup.procs; exec "$@"', "sh", *line],
        stdout=subprocess.PIPE,
    ) as program:
        came, generations = 0, set()
        assert program.stdout is not None
        program.stdout.readline()
        for number in range(RELOADS):
            judge.kernel.load(packed[number % 2])
            for item in judge.events():
                came += 1
                generations.add(item.verdict and item.verdict.generation)
        end.touch()
        printed, _ = program.communicate(timeout=30)
    came += len(judge.events())
    assert came == int(printed)
    assert len(generations) >= RELOADS // 2


def test_an_event_says_whose_rules_let_it_through(judge: Judge) -> None:
    """The verdict is by the rules that were in force, and names their generation."""
    for conditions in (
        ("evt.rawres = -2", "evt.rawres = 3"),
        ("evt.rawres = 3", "evt.rawres = -2"),
    ):
        judge.load(*conditions)
        judge.run("mark()")
        ((_, said),) = judge.verdicts()
        wanted = tuple(Said.SURELY if "-2" in each else Said.NOTHING for each in conditions)
        assert said == wanted
