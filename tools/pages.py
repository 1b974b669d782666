"""Pieces of a Markdown page that is made from the code: its start, and tables."""

from collections.abc import Iterable

Row = tuple[str, ...]


def page(title: str, *sentences: str) -> str:
    """Start a page; one sentence a line."""
    return "\n".join((f"# {title}", "", *sentences, "", "<!-- made by make docs -->", ""))


def table(heads: Row, rows: Iterable[Row]) -> str:
    """Return a table."""
    return "".join(_line(cells) for cells in (heads, tuple("---" for _ in heads), *rows))


def _line(cells: Row) -> str:
    escaped = (cell.replace("|", r"\|") for cell in cells)
    return f"| {' | '.join(escaped)} |\n"
