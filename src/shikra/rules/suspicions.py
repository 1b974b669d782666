"""
What is allowed in a condition and probably not meant.

Each suspicion is a code and a mistake; none stops loading.
"""

import re
from collections.abc import Iterator

from shikra.model import field
from shikra.rules import diagnostics, ir, operands, tree

_LITERAL = r"[^.*+?^$|\\()\[\]{}]*"
_PLAIN_REGEX = re.compile(rf"(?:\^|\.[*+?])?{_LITERAL}(?:\$|\.[*+?])?")
_FIELD = re.compile(r"([a-zA-Z]\w*(?:\.[a-zA-Z]\w*)+)(?:\[[^\]]*\])?", re.ASCII)
_CALL = re.compile(rf"(?:val|{'|'.join(t.value for t in ir.Transformer)})\(.*\)", re.DOTALL)
_MISSING = b"<NA>"
_MAX_LENGTH = 200

Suspicion = tuple[str, diagnostics.Mistake]


def of_field(known: field.Field, at: tree.At, place: str) -> Iterator[Suspicion]:
    """Warn of a field that has no future, or no value yet."""
    if known.is_deprecated:
        message = f"usage of deprecated field '{known.name}' has been detected in the rule {place}"
        yield "LOAD_DEPRECATED_ITEM", diagnostics.Mistake(message=message, at=at)
    if known.filled is field.Filled.NOT_YET:
        effect = "it has no value" if place == "output" else "comparisons with it are false"
        message = f"nothing fills field '{known.name}': {effect}"
        yield (
            "SHIKRA_FIELD_NOT_FILLED",
            diagnostics.Mistake(message=message, at=at, hint=known.lacking),
        )


def of_constants(
    leaf: tree.Compare, values: tuple[tree.Value, ...], scope: operands.Scope
) -> Iterator[Suspicion]:
    """Warn of constants that look like something else."""
    is_audit = isinstance(leaf.left, tree.Field) and leaf.left.name.startswith(("ka.", "jevt."))
    for value in values:
        if is_audit and value.text == _MISSING:
            message = "comparing a field with <NA> is unsafe: a missing value equals nothing"
            hint = "use 'exists'"
            yield (
                "LOAD_UNSAFE_NA_CHECK",
                diagnostics.Mistake(message=message, at=value.at, hint=hint),
            )
        text = value.text.decode("utf-8", "replace")
        what = _looks_like(text, scope)
        if what:
            message = f"'{text}' may be a valid {what} misused as a const string value"
            hint = f"write val({text.strip()}) to compare with its value" if what == "field" else ""
            yield (
                "LOAD_COMPILE_CONDITION",
                diagnostics.Mistake(message=message, at=value.at, hint=hint),
            )
        if leaf.op is ir.Op.REGEX and _PLAIN_REGEX.fullmatch(text):
            message = f"regular expression '{text}' can be replaced by a simpler operator"
            hint = "'=', 'contains', 'startswith' or 'endswith' is much faster"
            yield (
                "LOAD_COMPILE_CONDITION",
                diagnostics.Mistake(message=message, at=value.at, hint=hint),
            )


def _looks_like(text: str, scope: operands.Scope) -> str:
    if len(text) > _MAX_LENGTH:
        return ""
    written = "".join(text.split())
    found = _FIELD.fullmatch(written)
    if found and field.locate(scope.catalogue, written) is not None:
        return "field"
    return "field transformer" if _CALL.fullmatch(written) else ""
