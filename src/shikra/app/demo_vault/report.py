"""
Show what came of the demonstration: a table, and what it comes to.

In: a verdict. Out: text on a console, 80 columns or more; piped, it looks the same.
"""

from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from shikra.app import plural
from shikra.app.demo_vault.judge import DemoMode, Row, Verdict

MEANINGS = {
    "READ": "the secret was read",
    "EXFIL": "a tool that carries away started",
    "MEM": "memory was reached into",
}
"""What the pack's rules are called in short."""


def show(verdict: Verdict, mode: DemoMode, console: Console) -> None:
    """Print the table, how the application fared, and what is wrong."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("reader", no_wrap=True)
    table.add_column("exit", justify="right")
    table.add_column("leaked")
    table.add_column("alert")
    table.add_column("action")
    for row in verdict.rows:
        table.add_row(*_cells(row))
    console.print(table)
    told = {rule for row in verdict.rows for rule in row.rules}
    meanings = (f"{rule}: {text}" for rule, text in MEANINGS.items() if rule in told)
    console.print(Text("; ".join(meanings), "dim"))
    console.print()
    console.print(_application(verdict), highlight=False)
    console.print(_conclusion(verdict, mode), highlight=False)


def _cells(row: Row) -> tuple[Text, ...]:
    alert = ", ".join(row.rules)
    return (
        Text(row.name),
        Text(str(row.code), "dim" if row.code == 0 else ""),
        Text("LEAKED", "bold red") if row.has_leaked else Text("no", "green"),
        Text(alert) if alert else Text("none", "bold red"),
        Text(", ".join(row.actions)) if row.actions else Text("–", "dim"),
    )


def _application(verdict: Verdict) -> str:
    kept = verdict.kept
    missed = (
        f"[green]{len(kept.missed)} missed[/]" if not kept.missed else "[bold red]some missed[/]"
    )
    return (
        f"The application: {plural.count(kept.reads, 'read')}, {missed},"
        f" over {plural.count(verdict.rotations, 'rotation')};"
        f" {plural.count(verdict.false_alerts, 'alert')} about it."
    )


def _conclusion(verdict: Verdict, mode: DemoMode) -> str:
    leaked = sum(row.has_leaked for row in verdict.rows)
    of = plural.count(len(verdict.rows), "foreign reader")
    if verdict.wrongs:
        return "\n".join(f"[bold red]Wrong:[/] {escape(text)}." for text in verdict.wrongs)
    if mode is DemoMode.OBSERVE:
        return f"{leaked} of {of} printed the secret; each gave an alert. Shikra only watched."
    return f"[bold green]0 of {of} printed the secret; each gave an alert.[/]"
