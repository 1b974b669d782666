"""
``shikra enforce``: ask a running Shikra how far rules act, and tell it how far they may.

In: what the command line asks for, and the path of the control socket. Out: what is answered,
printed; 1 when nobody answers or it is refused, and why on standard error.
"""

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import assert_never

import msgspec
from rich.console import Console
from rich.table import Table
from rich.text import Text

from shikra.alerts.escape import escape
from shikra.app.plural import count
from shikra.enforce import control
from shikra.enforce.log import Entry
from shikra.enforce.messages import (
    Changed,
    Entries,
    Refused,
    Request,
    RuleStatus,
    Status,
    SuspectStatus,
)
from shikra.enforce.modes import Limit
from shikra.model import when


def ask(socket: Path, request: Request, console: Console, *, is_json: bool = False) -> int:
    """Ask, and print the answer."""
    try:
        reply = control.ask(socket, request)
    except control.UnreachableError as error:
        return _fail(f"no Shikra answers at {error}; is one running, and are you root?")
    if is_json and not isinstance(reply, Refused):
        print(msgspec.json.encode(reply).decode())  # noqa: T201  for programs
        return 0
    match reply:
        case Status():
            _show_status(reply, console)
        case Changed(changes=changes):
            told = changes or (
                "nothing changed: that was in force already, or something is weaker",
            )
            _print(console, told)
        case Entries():
            _show_log(reply, console)
        case Refused(reason=reason):
            return _fail(reason)
        case _:
            assert_never(reply)
    return 0


def _show_status(status: Status, console: Console) -> None:
    _print(console, _general(status))
    if status.rules:
        table = Table("mode", "rule", "means", "by", "so far", box=None, pad_edge=False)
        for rule in status.rules:
            done = ", ".join(f"{number} {what}" for what, number in sorted(rule.counts.items()))
            cells = (_mode(rule), rule.name, _means(rule), rule.mechanism, done)
            table.add_row(*(Text(escape(cell)) for cell in cells))
        console.print(table)
    for place in status.unguarded:
        _print(console, (f"not guarded: {place}",))
    for suspect in status.suspects:
        _print(console, _suspect(suspect))


def _suspect(suspect: SuspectStatus) -> Iterator[str]:
    every = f", every {suspect.every_seconds:g} s" if suspect.every_seconds else ""
    times = f"{count(suspect.count, 'time')} in {count(suspect.containers, 'container')}{every}"
    yield ""
    yield f'rule "{suspect.rule}" would act on what looks like the kubelet\'s {suspect.kind}:'
    yield f"  {suspect.command_line}"
    yield f"  {times}; whoever may enter a container can imitate it"
    yield "  if the pods' specification has it, exempt it in a rule file that is loaded after:"
    yield from (f"    {line}" for line in suspect.exemption.splitlines())


def _general(status: Status) -> Iterator[str]:
    yield f"everywhere: {status.everywhere}"
    for name, mode in sorted(status.namespaces.items()):
        yield f"namespace {name}: {mode}"
    if status.held is not None:
        here = count(status.held, "container")
        yield f"held where the namespace isn't known: it may be one of these; now in {here}"
    if status.only_cgroup:
        yield f"only in containers below the cgroup {status.only_cgroup}"
    if status.is_host_enforced:
        yield "on the machine itself, too"
    if not status.rules:
        yield "no rule that is loaded asks for enforcement"
        return
    older = "known" if status.lineage.is_continued else "a guess, and not acted on"
    kept = "" if status.lineage.is_kept else "not "
    yield f"lineage older than this start: {older}; {kept}kept for the next"


def _means(rule: RuleStatus) -> str:
    missing = ", ".join(means.value for means in rule.asked[: rule.asked.index(rule.means)])
    return f"{rule.means.value} (no {missing} here)" if missing else rule.means.value


def _mode(rule: RuleStatus) -> str:
    match rule.limit:
        case None | Limit.RULE:
            return rule.mode
        case Limit.EVERYWHERE:
            return f"{rule.mode} (everywhere)"
        case Limit.SOAK:
            return f"{rule.mode} (soak: {rule.soak_left_seconds:.0f} s)"
        case Limit.BRAKE:
            return f"{rule.mode} (brake)"
        case _:
            assert_never(rule.limit)


def _show_log(entries: Entries, console: Console) -> None:
    if not entries.entries:
        _print(console, ("nothing was done yet",))
    if entries.forgotten:
        _print(console, (f"(older ones that are forgotten: {entries.forgotten:,})",))
    _print(console, map(_line, entries.entries))


def _line(entry: Entry) -> str:
    where = entry.pod or entry.container
    return (
        f"{when.local_iso_8601(entry.time_ns)} {entry.action.value}"
        f' rule="{entry.rule}" revision={entry.revision}'
        f" mechanism={entry.mechanism.value if entry.mechanism else 'none'}"
        f' in={where} pid={entry.pid} command="{entry.command}" file={entry.path or "-"}'
    )


def _print(console: Console, lines: Iterable[str]) -> None:
    for line in lines:
        console.print(Text(escape(line)), soft_wrap=True)


def _fail(message: str) -> int:
    print(f"shikra: {escape(message)}", file=sys.stderr)  # noqa: T201  what it is for
    return 1
