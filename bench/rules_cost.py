"""
Measure what rules cost the processes that they watch.

In turn: no tracing, a program that does nothing, ``shikra run`` with both packs, with upstream's
rules repeated to 93 under other names (where they are: an argument names their file), with 500
rules that are all different. The workload runs on the host, where the packs look at nothing, and
in a container, where they do; it opens a file that no rule names. The figure is the least CPU time
of one call in any round. Prints a table and keeps it in RESULTS.md.
"""

import contextlib
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO

import results
import yaml
from probe_cost import WORKLOAD, build, deep_file

from shikra.app import demo
from shikra.sources.kernel import libbpf, probe

SHIKRA = (sys.executable, "-m", "shikra.app.cli", "run", "-c")
ROUNDS = 10
UPSTREAM_RULES = 93
MANY_RULES = 500
WORKS = {  # how often in one run, and what it is called
    "getpid": (1_000_000, "getpid"),
    "open": (100_000, "open + close, 7 components"),
    "socket": (50_000, "socket + connect + close (UDP)"),
    "exec": (300, "fork + exec + exit"),
}
OPENING = """
- rule: Bench open {number}
  desc: d
  condition: >
    evt.type in (open, openat, openat2) and evt.is_open_{mode}=true and container.id != host
    and fd.name startswith /srv/bench/{number}/ and not proc.name in (bench-{number}, bench)
  output: opened %fd.name by %proc.cmdline
  priority: WARNING
"""
CONNECTING = """
- rule: Bench connect {number}
  desc: d
  condition: >
    evt.type = connect and container.id != host and fd.sport = {port}
    and not proc.name = bench-{number}
  output: connected to %fd.name
  priority: WARNING
"""
EXECUTING = """
- rule: Bench exec {number}
  desc: d
  condition: >
    evt.type in (execve, execveat) and container.id != host and proc.name = tool-{number}
    and not proc.pname = parent-{number}
  output: executed %proc.cmdline
  priority: WARNING
"""
QUIET = {"stdout_output": {"enabled": False}, "webserver": {"enabled": False}}


def many() -> str:
    """Return 500 rules: most on opened files, others on connections and programs."""
    kinds = (OPENING, OPENING, OPENING, CONNECTING, EXECUTING)
    return "".join(
        kinds[number % len(kinds)].format(
            number=number, mode=("read", "write")[number % 2], port=20_000 + number
        )
        for number in range(MANY_RULES)
    )


def repeated(upstream: str) -> str:
    """Return upstream's rules and copies of them under other names, as many as are wanted."""
    parts = yaml.safe_load(upstream)
    rules = [part for part in parts if "rule" in part and "condition" in part]
    copies = [
        {**rules[number % len(rules)], "rule": f"{rules[number % len(rules)]['rule']} {number}"}
        for number in range(UPSTREAM_RULES - len(rules))
    ]
    return yaml.safe_dump(parts + copies, sort_keys=False)


@contextlib.contextmanager
def no_tracing() -> Iterator[None]:
    """Trace nothing."""
    yield


@contextlib.contextmanager
def empty(program: bytes) -> Iterator[None]:
    """Attach a program that does nothing."""
    with probe.Probe(libbpf.Libbpf(), program, {}) as loaded:
        loaded.attach()
        yield


@contextlib.contextmanager
def shikra(folder: Path, rules: Path | None) -> Iterator[None]:
    """Run Shikra with these rules, or its packs."""
    settings = folder / "shikra.yaml"
    chosen = {} if rules is None else {"rules_files": [str(rules)]}
    settings.write_text(yaml.safe_dump({**QUIET, **chosen}))
    with subprocess.Popen([*SHIKRA, str(settings)], stderr=subprocess.PIPE, text=True) as process:
        try:
            wait_for_start(process.stderr)
            yield
        finally:
            process.terminate()
            process.communicate()


def wait_for_start(lines: IO[str] | None) -> None:
    """Return once it watches."""
    seen = []
    for line in lines or ():
        seen.append(line)
        if "watching" in line:
            return
    raise RuntimeError("".join(seen))


class Shell:
    """A shell that runs what it is told, in a container or on the host."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        """Talk to this process."""
        if process.stdin is None or process.stdout is None:
            raise RuntimeError("no pipes")
        self._asked, self._told = process.stdin, process.stdout

    def measure(self, work: str, path: Path) -> float:
        """Return the nanoseconds that one call took."""
        self._asked.write(f"{WORKLOAD} {work} {WORKS[work][0]} {path}\n")
        self._asked.flush()
        return float(self._told.readline())


@contextlib.contextmanager
def shell(place: Callable[[], None] | None) -> Iterator[Shell]:
    """Start a shell there; where that is a container, it is its first process."""
    with subprocess.Popen(
        ["sh"],  # noqa: S607  any shell
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        preexec_fn=place,  # noqa: PLW1509  takes no lock
    ) as process:
        yield Shell(process)


def ways(
    folder: Path, upstream: Path | None
) -> dict[str, Callable[[], contextlib.AbstractContextManager[None]]]:
    """Return what is compared."""
    program, _ = build()
    files = {}
    if upstream is not None:
        files[f"upstream's, {UPSTREAM_RULES}"] = repeated(upstream.read_text())
    files[f"{MANY_RULES} rules"] = many()
    found: dict[str, Callable[[], contextlib.AbstractContextManager[None]]] = {
        "no tracing": no_tracing,
        "empty program": lambda: empty(program),
        "both packs": lambda: shikra(folder, None),
    }
    for name, text in files.items():
        path = folder / f"{len(text)}.yaml"
        path.write_text(text)
        found[name] = lambda path=path: shikra(folder, path)  # type: ignore[misc]
    return found


def compare(upstream: Path | None) -> dict[tuple[str, str], dict[str, float]]:
    """Measure each work in each way and place, in turn, and return the least of each."""
    least: dict[tuple[str, str], dict[str, float]] = {}
    with (
        tempfile.TemporaryDirectory() as name,
        demo.container() as contained,
        shell(None) as on_host,
        shell(contained.enter) as in_container,
    ):
        folder = Path(name)
        file = deep_file(folder)
        places = {"host": on_host, "container": in_container}
        compared = ways(folder, upstream)
        for _ in range(ROUNDS):
            for way, tracing in compared.items():
                with tracing():
                    for work in WORKS:
                        for place, there in places.items():
                            row = least.setdefault((work, place), {})
                            row[way] = min(there.measure(work, file), row.get(way, float("inf")))
    return least


def table(least: dict[tuple[str, str], dict[str, float]]) -> Iterator[str]:
    """Yield the lines of a table: nanoseconds, and what each way adds."""
    found = list(next(iter(least.values())))
    yield f"| CPU time, ns | in | {' | '.join(found)} |"
    yield f"|---|---|{'---:|' * len(found)}"
    for (work, place), row in least.items():
        base = row[found[0]]
        added = (f"{row[way] - base:+,.0f}" for way in found[1:])
        yield f"| {WORKS[work][1]} | {place} | {base:,.0f} | {' | '.join(added)} |"


def main() -> None:
    """Measure, print and keep."""
    upstream = Path(sys.argv[1]) if len(sys.argv) > 1 else None
    results.keep(
        "What rules cost",
        f"Least CPU time of one call in {ROUNDS} interleaved rounds, and what each way adds to it."
        "\nThe file is one that no rule names; the packs look at containers alone.",
        table(compare(upstream)),
    )


if __name__ == "__main__":
    main()
