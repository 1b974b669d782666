"""
Feed the rule language what a fuzzer thinks of, as long as you like.

Usage: .venv/bin/python bench/fuzz.py [-max_total_time=600] [libFuzzer's other options]

Needs atheris, which isn't among the dependencies. The first byte of an input says who reads the
rest: the YAML reader, the parser, the compiler of outputs, or the loader and then the evaluator,
of a file or of one condition. What is found is written to ``crash-*``: keep it as a case.
"""

import sys
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["shikra"]):
    from shikra.backends.live.compile import compile_rules
    from shikra.model import event_types, fields
    from shikra.rules import build, diagnostics, nodes, operands, parse, show, template
    from shikra.sources.replay import flat

SCOPE = operands.Scope(fields.CATALOGUE, build.SYSTEM_CALLS, event_types.NAMES)
EVENT = {
    "evt.type": "openat",
    "proc.name": "cat",
    "proc.pid": 7,
    "proc.aname": ["sh", "init"],
    "fd.name": "/etc/shadow",
    "fd.sip": "10.0.0.1",
    "fd.sport": 443,
}


def yaml(raw: bytes) -> None:
    """Read any bytes."""
    nodes.read("a.yaml", raw)


def tree(raw: bytes) -> None:
    """Parse any text; what is printed of a tree is that tree."""
    found = parse.parse(raw.decode("utf-8", "replace"))
    if not isinstance(found, diagnostics.Mistake):
        again = parse.parse(show.show(found))
        if again != found:
            raise AssertionError(show.show(found))


def output(raw: bytes) -> None:
    """Compile any output."""
    template.compile_(raw.decode("utf-8", "replace"), SCOPE)


def file(raw: bytes) -> None:
    """Load any file."""
    load(raw)


def condition(raw: bytes) -> None:
    """Load and evaluate any condition."""
    text = " ".join(raw.decode("utf-8", "replace").splitlines()).encode()
    load(
        b"- rule: R\n  desc: d\n  output: o\n  priority: INFO\n"
        b"  condition: |\n    evt.type = openat and (" + text + b")\n"
    )


def load(raw: bytes) -> None:
    """Load a file; if there are rules, evaluate them."""
    loaded = build.load(
        [build.RuleFile("a.yaml", raw)], fields.CATALOGUE, event_types=event_types.NAMES
    )
    for diagnostic in loaded.diagnostics:
        str(diagnostic)
    if loaded.ok:
        evaluator = compile_rules(loaded.ruleset)
        evaluator.matches(flat.read(EVENT))
        if evaluator.unusable or evaluator.failures:
            raise AssertionError(evaluator.unusable or evaluator.failures)


TARGETS = (yaml, tree, output, file, condition)


def one_input(raw: bytes) -> None:
    """Give the input to the target that it names."""
    if raw:
        TARGETS[raw[0] % len(TARGETS)](raw[1:])


if __name__ == "__main__":
    seeds = Path("build/fuzz")
    seeds.mkdir(parents=True, exist_ok=True)
    atheris.Setup([*sys.argv, str(seeds)], one_input)
    atheris.Fuzz()
