"""
The command line: words in, one call of the part that does it, an exit code out.

0: done. 1: it can't be done, and why stands on standard error. 2: the command itself is wrong.
"""

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

from cyclopts import App, CycloptsError, Parameter
from rich.console import Console

import shikra
from shikra.alerts.escape import escape
from shikra.app import audit_commands, enforce_commands, log, rule_tests
from shikra.app import check as checking
from shikra.app import demo as demonstration
from shikra.app import list_fields as listing
from shikra.app import look_at_rules as looking
from shikra.app import record as recording
from shikra.app import replay as replaying
from shikra.app import rules_fmt as formatting
from shikra.app import run as running
from shikra.app.demo_vault import vault as vault_demonstration
from shikra.app.demo_vault.judge import DemoMode
from shikra.app.import_tracingpolicy import command as importing
from shikra.app.options import Config, For, Json, Least, Options, Rules
from shikra.app.prepare import Request
from shikra.model.event_types import PRODUCED
from shikra.model.rule import Priority

WRONG_USE = 2

app = App(
    name="shikra",
    help="Runtime security: Falco rules on what containers and this machine do.",
    version=shikra.__version__,
    result_action="return_value",
)
rules_app = App(
    name="rules", help="Test, check, format and explain rules; needs neither a kernel nor root."
)
app.command(rules_app)
demo_app = App(name="demo", help="Show what Shikra does, in containers made for it.")
app.command(demo_app)
import_app = App(name="import", help="Turn other programs' policies into rules.")
app.command(import_app)
app.command(enforce_commands.app)
app.command(audit_commands.app)

Rule = Annotated[str, Parameter(name="RULE", help="A rule's name, or a part of it.")]


def main(words: Sequence[str] | None = None) -> int:
    """Run a command; the words are those of the command line unless given."""
    try:
        code = app(words, exit_on_error=False, print_error=False)
        sys.stdout.flush()
    except CycloptsError as error:
        return _wrong(str(error).strip())
    except BrokenPipeError:  # as with head: nobody reads on
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    return code if isinstance(code, int) else 0


@app.command
def run(  # noqa: PLR0913  an option each
    *,
    config: Config = None,
    option: Options = (),
    rules: Rules = (),
    json: Json = False,
    seconds: For = None,
    priority: Least = None,
    enforce_host: Annotated[
        bool,
        Parameter(negative=(), help="Let rules act outside of containers, too (enforce.host)."),
    ] = False,
) -> int:
    """
    Watch this machine and print alerts, until interrupted.

    It goes on when nobody reads its output any more, as after ``| head``: other outputs may remain.
    """
    least = None if priority is None else Priority.named(priority)
    if priority is not None and least is None:
        return _wrong(_no_priority(priority))
    options = (*option, "enforce.host=true") if enforce_host else option
    request = Request(config=config, options=options, rules=rules, json=json, priority=least)
    asked = running.Run(request=request, for_seconds=seconds, environment=os.environ)
    with log.to_standard_error():
        return running.run(asked)


@app.command
def record(  # noqa: PLR0913  an option each
    path: Annotated[Path, Parameter(name="FILE", help="Where the events go, a line each.")],
    *,
    types: Annotated[
        str, Parameter(help="Record these types of events, separated by commas.")
    ] = "",
    config: Config = None,
    option: Options = (),
    rules: Rules = (),
    seconds: For = None,
) -> int:
    """Write the events that the rules watch for as JSON lines, for rule tests and replay."""
    wanted = frozenset(filter(None, types.split(",")))
    if unknown := sorted(wanted - PRODUCED.keys()):
        known = ", ".join(sorted(PRODUCED))
        return _wrong(f"--types {', '.join(unknown)}: expected some of {known}")
    asked = recording.Recording(
        path=path,
        types=wanted,
        request=Request(config=config, options=option, rules=rules),
        for_seconds=seconds,
        environment=os.environ,
    )
    with log.to_standard_error():
        return recording.record(asked)


@app.command
def replay(  # noqa: PLR0913  an option each
    events: Annotated[
        str,
        Parameter(
            name="EVENTS", help="Lines of JSON; - is standard input.", allow_leading_hyphen=True
        ),
    ],
    *,
    config: Config = None,
    option: Options = (),
    rules: Rules = (),
    json: Json = False,
    priority: Least = None,
) -> int:
    """Evaluate rules on recorded events and print alerts; needs neither a kernel nor root."""
    least = None if priority is None else Priority.named(priority)
    if priority is not None and least is None:
        return _wrong(_no_priority(priority))
    if events.startswith("-") and events != replaying.STANDARD_INPUT:
        return _wrong(f'Unknown option: "{events}".')
    asked = replaying.Replay(
        events=events,
        request=Request(config=config, options=option, rules=rules, json=json, priority=least),
        environment=os.environ,
        shows_progress=sys.stderr.isatty(),
    )
    with log.to_standard_error():
        return replaying.replay(asked)


@demo_app.default
def demo() -> int:
    """Make a first alert: open /etc/shadow in a container made for it, and forget what it says."""
    try:
        container_id = demonstration.run()
    except demonstration.DemoError as error:
        _say(f"demo: {error}")
        return 1
    _say(
        f"demo: in container {container_id[:12]}, made for this and gone again,"
        " cat opened /etc/shadow.\n"
        "Where shikra run watches, it says: Sensitive file opened for reading."
    )
    return 0


@demo_app.command
def vault(
    *,
    mode: Annotated[
        DemoMode | None,
        Parameter(
            help="What is done about others that read it; unless said, deny if this kernel can."
        ),
    ] = None,
) -> int:
    """
    Mount a secret for one application, let others read it, and show what came of each.

    Needs root and runc. It makes a container and runs Shikra for it alone; nothing stays behind.
    """
    return vault_demonstration.run(mode, Console())


@app.command
def fields(
    *,
    source: Annotated[
        str | None, Parameter(help="Those that rules of this source may name.")
    ] = None,
    json: Annotated[bool, Parameter(negative=(), help="Print a JSON list.")] = False,
) -> int:
    """List what a rule may ask about an event, and who answers."""
    if source is not None and source not in listing.SOURCES:
        return _wrong(f"--source {source}: expected one of {', '.join(listing.SOURCES)}")
    listed = listing.fields(source)
    if json:
        print(listing.as_json(listed))  # noqa: T201  what it is for
    else:
        listing.show(listed, Console())
    return 0


@rules_app.command
def test(
    *paths: Annotated[Path, Parameter(name="PATH", help="Tests, rule files, folders, pack:NAME.")],
    junit: Annotated[Path | None, Parameter(help="Write the results as JUnit XML too.")] = None,  # noqa: PT028  a command, not a test
) -> int:
    """Run the tests that stand beside rules; without a path, those of the packs."""
    return rule_tests.run(paths, Console(), junit)


@rules_app.command
def check(
    *paths: Annotated[str, Parameter(name="PATH", help="Rule files, folders, pack:NAME.")],
    json: Annotated[
        bool, Parameter(negative=(), help="Print what falco -V prints as JSON.")
    ] = False,
    strict: Annotated[bool, Parameter(negative=(), help="Take warnings for errors.")] = False,
) -> int:
    """Load rules and show every mistake in them."""
    if not paths:
        return _wrong("rules check needs a PATH: a rule file, a folder, or pack:NAME")
    return checking.check(paths, as_json=json, is_strict=strict)


@rules_app.command
def fmt(
    *paths: Annotated[
        str,
        Parameter(
            name="PATH",
            help="Rule files, folders, pack:NAME; - or none for standard input.",
            allow_leading_hyphen=True,
        ),
    ],
    check: Annotated[
        bool, Parameter(negative=(), help="Say which files have another form; exit with 1 then.")
    ] = False,
    write: Annotated[bool, Parameter(negative=(), help="Change the files.")] = False,
) -> int:
    """Print rule files in their canonical form; they load to the same rules."""
    unknown = [path for path in paths if path.startswith("-") and path != "-"]
    if unknown or (check and write):
        return _wrong(f"Unknown option: {unknown[0]}" if unknown else "--check excludes --write")
    mode = formatting.Mode.CHECK if check else formatting.Mode.PRINT
    return formatting.run(paths, formatting.Mode.WRITE if write else mode)


@rules_app.command(name="list")
def list_(
    *,
    rules: Rules = (),
    plan: Annotated[
        bool, Parameter(negative=(), help="Say how far the kernel decides each rule.")
    ] = False,
    json: Annotated[bool, Parameter(negative=(), help="Print a JSON list.")] = False,
) -> int:
    """List rules: name, priority, whether it is on, where it stands."""
    return looking.list_rules(rules, Console(), is_json=json, with_plan=plan)


@rules_app.command
def show(rule: Rule, *, rules: Rules = ()) -> int:
    """Show one rule as it is after every override."""
    return looking.show(rule, rules, Console())


@rules_app.command
def explain(rule: Rule, *, rules: Rules = ()) -> int:
    """Show every stage of one rule, from what is written to the function that decides it."""
    return looking.explain(rule, rules, Console())


@import_app.command
def tracingpolicy(
    *paths: Annotated[
        str,
        Parameter(
            name="FILE",
            help="Tetragon's TracingPolicy objects as YAML; - is standard input.",
            allow_leading_hyphen=True,
        ),
    ],
    out: Annotated[
        Path | None, Parameter(name=["--out", "-o"], help="Write the rules to this file.")
    ] = None,
    strict: Annotated[
        bool, Parameter(negative=(), help="Exit with 1 if anything isn't translated.")
    ] = False,
) -> int:
    """Translate Tetragon's policies into rules, and say what can't be translated."""
    unknown = [path for path in paths if path.startswith("-") and path != "-"]
    if unknown or not paths:
        return _wrong(
            f"Unknown option: {unknown[0]}" if unknown else "import tracingpolicy needs a FILE"
        )
    return importing.run(paths, out, is_strict=strict)


def _no_priority(text: str) -> str:
    levels = ", ".join(level.name.lower() for level in Priority)
    return f"--priority {text}: expected one of {levels}"


def _wrong(message: str) -> int:
    _say(f"{message}\nTry shikra --help.")
    return WRONG_USE


def _say(message: str) -> None:
    lines = [escape(line) for line in message.splitlines()]
    print("shikra: " + "\n    ".join(lines), file=sys.stderr)  # noqa: T201  before there is a log


if __name__ == "__main__":
    sys.exit(main())
