"""
Print stages: coloured on a terminal, plain text elsewhere.

In: stages, whose text anybody may have written. Out: lines on a console, in which nothing acts.
"""

from collections.abc import Iterable

from rich.console import Console
from rich.highlighter import RegexHighlighter
from rich.syntax import Syntax
from rich.text import Text
from rich.theme import Theme

from shikra.alerts.escape import escape
from shikra.app.explain.stage import Kind, Stage
from shikra.rules import ir

THEME = Theme(
    {
        "rule.word": "bold magenta",
        "rule.field": "cyan",
        "rule.text": "green",
        "rule.name": "bold",
        "rule.place": "dim",
    }
)
_MARGIN = "  "
_WORDS = "|".join(
    (
        *("and", "or", "not", "all of", "any of", "always", "never", "val"),
        *(op.value for op in (*ir.Op, *ir.Quantifier) if op.value.isalpha()),
    )
)


class Condition(RegexHighlighter):
    """Colours conditions."""

    base_style = "rule."
    highlights = (
        r"(?P<field>\b[a-z]\w*(\.\w+)+(\[[^\]]*\])?)(?=\)* (=|!=|<|>|[a-z]))",
        rf"\b(?P<word>{_WORDS})\b",
        r'(?P<text>"[^"]*")',
        r"^(?P<name>\w+) =$",
    )


class Written(RegexHighlighter):
    """Colours where things stand."""

    base_style = "rule."
    highlights = (r"^(?P<name>(rule|macro|list) .*?)  (?P<place>\(.*\))$", r"^ +(?P<word>\w+):$")


def show(stages: Iterable[Stage], console: Console) -> None:
    """Print each stage below its title."""
    for number, stage in enumerate(stages, 1):
        if number > 1:
            console.print()
        console.print(Text.assemble((f"{number}  {stage.title}", "bold yellow")))
        console.print(Text(f"{_MARGIN} {stage.note}", "dim italic"), soft_wrap=True)
        console.print()
        with console.use_theme(THEME):
            for line in _lines(stage):
                console.print(line, soft_wrap=True)


def plain(stages: Iterable[Stage]) -> str:
    """Return the stages as text."""
    console = Console(no_color=True, force_terminal=False, width=1000, legacy_windows=False)
    with console.capture() as captured:
        show(stages, console)
    return captured.get()


def _lines(stage: Stage) -> Iterable[Text]:
    lines = [f"{_MARGIN} {escape(line)}".rstrip() for line in stage.lines]
    match stage.kind:
        case Kind.PYTHON:
            syntax = Syntax("", "python", theme="ansi_dark", background_color="default")
            return syntax.highlight("\n".join(lines)).split("\n")
        case Kind.CONDITION:
            return map(Condition(), lines)
        case Kind.TEXT:
            return map(Written(), lines)
