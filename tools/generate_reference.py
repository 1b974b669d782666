"""
Write the pages of ``docs/reference`` that say what the code says.

In: fields, events, settings, metrics, alerts' keys, rule packs. Out: a Markdown page each.
``--check`` writes nothing, and exits 1 if a page isn't what would be written.
"""

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import assert_never

import yaml
from configuration_page import configuration
from metrics_page import metrics
from pages import page, table

from shikra.alerts.json_line import KEYS, OWN_KEYS
from shikra.model.event_types import PRODUCED
from shikra.model.field import Argument, Field
from shikra.model.fields import CATALOGUE

ROOT = Path(__file__).resolve().parents[1]
REFERENCE = ROOT / "docs" / "reference"
PACKS = ROOT / "rules"


def main(arguments: list[str]) -> int:
    """Write every page, or check them."""
    pages = {REFERENCE / name: make() for name, make in PAGES.items()}
    if arguments == ["--check"]:
        stale = [page for page, text in pages.items() if not is_written(page, text)]
        for page in stale:
            print(f"{page.relative_to(ROOT)}: not what the code says; run make docs")
        return 1 if stale else 0
    REFERENCE.mkdir(parents=True, exist_ok=True)
    for page, text in pages.items():
        page.write_text(text)
    return 0


def is_written(page: Path, text: str) -> bool:
    """Return whether the page is there with this text."""
    return page.exists() and page.read_text() == text


def fields() -> str:
    """Make the page of the rule language's fields."""
    text = page(
        "Fields",
        "What a rule may ask about an event.",
        "Names, types and meaning are Falco's.",
        "A field that *nobody* fills loads with a warning and has no value; the list says why.",
        "`shikra rules check --strict` refuses it.",
        "`shikra fields` prints this list, with `--json` for programs.",
    )
    families: dict[str, list[Field]] = {}
    for field in CATALOGUE.values():
        families.setdefault(field.name.partition(".")[0], []).append(field)
    for family, members in families.items():
        rows = map(field_row, members)
        text += f"\n## {family}\n\n" + table(("field", "type", "filled by", "what it is"), rows)
    return text


def field_row(field: Field) -> tuple[str, ...]:
    """Return one row of the table of fields."""
    match field.argument:
        case Argument.NONE:
            name = f"`{field.name}`"
        case Argument.ALLOWED:
            name = f"`{field.name}`, `{field.name}[…]`"
        case Argument.REQUIRED:
            name = f"`{field.name}[…]`"
        case _:
            assert_never(field.argument)
    single = "as the argument is" if field.sorts else field.type.value
    kind = f"list of {single}" if field.is_list else single
    filled = f"nobody: {field.lacking}" if field.lacking else field.filled.value
    return name, kind, filled, field.description


def events() -> str:
    """Make the page of the event types."""
    text = page(
        "Events",
        "What the kernel source makes an event of: failed calls too.",
        "`evt.arg.NAME` asks for an argument by its name, `evt.arg[N]` by its place.",
        "Names and places are Falco's; an argument that the sensor doesn't read has no value.",
        "A rule may use any of Falco's event types; one that isn't in this table never comes yet.",
    )
    rows = [
        (f"`{event.name}`", event.category, ", ".join(f"`{name}`" for name in event.arguments))
        for event in sorted(PRODUCED.values(), key=lambda event: event.name)
    ]
    return text + "\n" + table(("evt.type", "evt.category", "arguments"), rows)


def alerts() -> str:
    """Make the page of what an alert in JSON holds."""
    text = page(
        "Alerts in JSON",
        "What `shikra run --json` prints, an object a line, its keys sorted.",
        "A program that reads Falco's alerts reads these: the keys of the second table are added.",
    )
    heads = ("key", "what it holds")
    text += "\n## Falco's keys\n\n" + table(heads, code_first(KEYS.items()))
    return text + "\n## Shikra's own\n\n" + table(heads, code_first(OWN_KEYS.items()))


def code_first(rows: Iterable[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """Write what is first in each row as code."""
    return ((f"`{name}`", text) for name, text in rows)


def rules() -> str:
    """Make the page of the rule packs."""
    text = page(
        "Rule packs",
        "What Shikra watches for unless it is told otherwise.",
        "Each rule is one file with its own test events beside it.",
    )
    for pack in sorted(path for path in PACKS.iterdir() if path.is_dir()):
        text += f"\n## pack:{pack.name}\n"
        for file in sorted(pack.glob("*.yaml")):
            if not file.name.endswith(".test.yaml"):
                text += "".join(map(rule_section, yaml.load(file.read_text(), yaml.CSafeLoader)))
    return text


def rule_section(item: Mapping[str, str | list[str]]) -> str:
    """Return what the page says of one rule; nothing of a list or macro."""
    if "rule" not in item:
        return ""
    tags = ", ".join(f"`{tag}`" for tag in item["tags"])
    return f"\n### {item['rule']}\n\n{item['priority']}, tags {tags}\n\n{item['desc']}"


PAGES: Mapping[str, Callable[[], str]] = {
    "alerts.md": alerts,
    "configuration.md": configuration,
    "events.md": events,
    "fields.md": fields,
    "metrics.md": metrics,
    "rules.md": rules,
}

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
