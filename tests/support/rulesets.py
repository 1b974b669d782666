"""
Load rules from text, against the catalogue that everybody uses.

In: the texts of rule files. Out: what loading gives, or a single rule of it.
"""

from collections.abc import Iterable

from shikra.model import event_types, fields, rule
from shikra.rules import build, collect, ir, read


def load(
    *texts: str | bytes,
    min_priority: rule.Priority = rule.Priority.DEBUG,
    produced: Iterable[str] | None = None,
) -> build.Loaded:
    """Load texts as files a.yaml, b.yaml and so on."""
    files = [
        build.RuleFile(f"{chr(ord('a') + index)}.yaml", _raw(text))
        for index, text in enumerate(texts)
    ]
    return build.load(
        files,
        fields.CATALOGUE,
        event_types=event_types.NAMES,
        min_priority=min_priority,
        produced=produced,
    )


def rule_text(condition: str, output: str = "seen", **keys: str) -> str:
    """Return a file with one rule, named ``R``; a condition may have several lines."""
    indented = condition.replace("\n", "\n    ")
    more = "".join(f"  {key}: {value}\n" for key, value in keys.items())
    return (
        f"- rule: R\n  desc: d\n  condition: |\n    {indented}\n"
        f"  output: {output}\n  priority: INFO\n{more}"
    )


def only_rule(*texts: str) -> ir.Rule:
    """Load texts that hold one rule and no mistake, and return it."""
    loaded = load(*texts)
    assert loaded.ok, list(map(str, loaded.diagnostics))
    (found,) = loaded.ruleset.rules
    return found


def definitions(*texts: str) -> collect.Definitions:
    """Read files and put their items together, no further."""
    documents = (read.read(build.RuleFile("a.yaml", _raw(text))) for text in texts)
    return collect.collect(item for document in documents for item in document.items)


def codes(loaded: build.Loaded) -> set[str]:
    """Return the codes of all diagnostics."""
    return {diagnostic.code for diagnostic in loaded.diagnostics}


def _raw(text: str | bytes) -> bytes:
    return text if isinstance(text, bytes) else text.encode()
