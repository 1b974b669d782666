"""
A rule's exceptions, written as a part of its condition.

In: exceptions as the file has them. Out: the condition that is left when they are taken from it,
as text: like everything that a rule says, it is parsed after lists are put in. The way of
quoting is Falco's: a value that has a blank in it is put in quotes unless it begins with one.
"""

from collections.abc import Iterable, Iterator

import msgspec

from shikra.model import diagnostic
from shikra.rules import diagnostics, ir, items, lex, operands, parse
from shikra.rules import text as texts

_VALIDATE = "LOAD_ERR_VALIDATE"
_LIST_OPERATORS = ("in", "pmatch", "intersects")
_STRING_OPERATORS = (
    *("=", "==", "!=", "glob", "iglob", "contains", "icontains", "bcontains"),
    *("startswith", "bstartswith", "endswith", "regex"),
)
_QUANTIFIED = tuple(
    f"{op} {quantifier.value}" for op in _STRING_OPERATORS for quantifier in ir.Quantifier
)
_MANY = (*_LIST_OPERATORS, *_QUANTIFIED)
_ALL = (*(op.value for op in ir.Op), "==", *_QUANTIFIED)


class Merged(msgspec.Struct, frozen=True):
    """A rule's exceptions and what is wrong with them."""

    exceptions: tuple[items.ExceptionItem, ...]
    diagnostics: tuple[diagnostic.Diagnostic, ...]


def checked(exceptions: Iterable[items.ExceptionItem]) -> Merged:
    """Check the exceptions of a rule that is defined."""
    good: dict[str, items.ExceptionItem] = {}
    messages: list[diagnostic.Diagnostic] = []
    for one in exceptions:
        problems = [] if one.has_mistakes else list(_problems(one))
        messages += problems
        if one.name.value in good:
            message = f"Multiple definitions of exception '{one.name.value}' in the same rule"
            mistake = diagnostics.whole(message, one.name)
            code = "LOAD_EXCEPTION_NAME_NOT_UNIQUE"
            messages.append(diagnostics.warning(code, mistake, one.name, _label(one)))
            one = _renamed(one, f"{one.name.value} {len(good)}")  # noqa: PLW2901  both count
        good[one.name.value] = _fields_only(one) if problems else one
    return Merged(tuple(good.values()), tuple(messages))


def appended(before: Iterable[items.ExceptionItem], more: Iterable[items.ExceptionItem]) -> Merged:
    """Add exceptions: to one that is there its values, another one as a whole."""
    known = {one.name.value: one for one in before}
    messages: list[diagnostic.Diagnostic] = []
    for one in more:
        old = known.get(one.name.value)
        if one.has_mistakes or (old is not None and old.has_mistakes):
            known.setdefault(one.name.value, one)
            continue
        if one.values is None:
            mistake = diagnostics.whole("Overriding/appending exception with no values", one.name)
            code = "LOAD_APPEND_NO_VALUES"
            messages.append(diagnostics.warning(code, mistake, one.name, _label(one)))
            if old is not None:
                continue
        problem = _append_problem(one, old)
        merged = one if old is None else _extended(old, one)
        problems = [problem] if problem is not None else list(_problems(merged))
        messages += problems
        if problems:
            known.setdefault(one.name.value, _fields_only(one))
        else:
            known[one.name.value] = merged
    return Merged(tuple(known.values()), tuple(messages))


def field_problems(
    exceptions: Iterable[items.ExceptionItem], scope: operands.Scope
) -> Iterator[diagnostic.Diagnostic]:
    """Check the fields, also of exceptions that have no values yet."""
    for one in exceptions:
        fields = one.fields if isinstance(one.fields, tuple) else (one.fields,)
        for name in fields:
            if name is not None and not _is_field(name.value, scope):
                hint = diagnostics.nearest(name.value, scope.catalogue)
                yield _error(one, f"'{name.value}' is not a supported filter field", name, hint)


def condition(base: texts.Text, exceptions: Iterable[items.ExceptionItem]) -> texts.Text:
    """Return the condition of a rule without what its exceptions match."""
    parts: list[texts.Text] = []
    for one in exceptions:
        rows = [list(row) for row in _rows(one)]
        if rows:
            parts.append(one.name.instead(" and not "))
            parts += _alternatives(one.name, rows)
    if not parts:
        return base
    return texts.joined((base.instead("("), base, base.instead(")"), *parts))


def _alternatives(near: texts.Text, rows: list[list[texts.Text]]) -> Iterator[texts.Text]:
    if len(rows) == 1:
        yield from rows[0]
        return
    yield near.instead("(")
    for index, row in enumerate(rows):
        if index:
            yield near.instead(" or ")
        yield from row
    yield near.instead(")")


def _rows(one: items.ExceptionItem) -> Iterator[Iterator[texts.Text]]:
    """Return the text of each row."""
    if one.fields is None or not one.values:
        return
    if isinstance(one.fields, texts.Text):
        comp = one.comps if isinstance(one.comps, texts.Text) else one.fields.instead("in")
        flat = tuple(value for value in one.values if isinstance(value, texts.Text))
        yield _test(one.fields, comp, flat)
        return
    comps = one.comps
    if not isinstance(comps, tuple):
        comps = tuple(field.instead("=") for field in one.fields)
    for row in one.values:
        if isinstance(row, tuple):
            yield _row(one.fields, comps, row)


def _row(
    fields: tuple[texts.Text, ...], comps: tuple[texts.Text, ...], row: tuple[items.Cell, ...]
) -> Iterator[texts.Text]:
    if len(fields) > 1:
        yield fields[0].instead("(")
    for index, (field, comp, cell) in enumerate(zip(fields, comps, row, strict=True)):
        if index:
            yield field.instead(" and ")
        yield from _test(field, comp, cell)
    if len(fields) > 1:
        yield fields[0].instead(")")


def _test(field: texts.Text, comp: texts.Text, cell: items.Cell) -> Iterator[texts.Text]:
    operator = _operator(comp)
    yield from (field, field.instead(" "), comp.instead(operator), comp.instead(" "))
    if isinstance(cell, texts.Text):
        if operator not in _MANY:
            yield from _quoted(cell)
            return
        if cell.value.startswith("("):
            yield cell
            return
        cell = (cell,)
    yield comp.instead("(")
    for index, value in enumerate(cell):
        if index:
            yield value.instead(", ")
        yield from _quoted(value)
    yield comp.instead(")")


def _is_field(text: str, scope: operands.Scope) -> bool:
    scanner = lex.Scanner(text.strip())
    try:
        node = parse.operand(scanner)
        return node is not None and scanner.is_at_end and operands.left(node, scope) is not None
    except diagnostics.MistakeError:
        return False


def _quoted(value: texts.Text) -> Iterator[texts.Text]:
    if " " in value.value and value.value[0] not in "\"'":
        yield from (value.instead('"'), value, value.instead('"'))
    else:
        yield value


def _operator(comp: texts.Text) -> str:
    return " ".join(comp.value.split())


def _fields_only(one: items.ExceptionItem) -> items.ExceptionItem:
    """Leave of an exception with mistakes what can be looked at by itself."""
    return msgspec.structs.replace(one, comps=None, values=None, has_mistakes=True)


def _append_problem(
    one: items.ExceptionItem, old: items.ExceptionItem | None
) -> diagnostic.Diagnostic | None:
    if old is None:
        if one.fields is not None and not one.values:
            return _error(one, "Rule exception must have values property with a list of values")
        return None
    for key, given in (("fields", one.fields), ("comps", one.comps)):
        if given is not None:
            message = f"Can not append exception {key} to existing exception, only values"
            return _error(one, message)
    return None


def _extended(old: items.ExceptionItem, one: items.ExceptionItem) -> items.ExceptionItem:
    values = (*(old.values or ()), *(one.values or ()))
    return msgspec.structs.replace(old, values=values)


def _renamed(one: items.ExceptionItem, name: str) -> items.ExceptionItem:
    return msgspec.structs.replace(one, name=one.name.instead(name))


def _problems(one: items.ExceptionItem) -> Iterator[diagnostic.Diagnostic]:
    match one.fields, one.comps:
        case None, _:
            message = "Rule exception must have fields property with a list of fields"
            yield _error(one, message)
        case texts.Text(), tuple():
            yield _error(one, "Fields and comps must both be strings")
        case texts.Text(), comp:
            yield from _flat_problems(one, comp if isinstance(comp, texts.Text) else None)
        case tuple(), texts.Text():
            yield _error(one, "Fields and comps lists must have equal length")
        case tuple() as fields, comps:
            yield from _table_problems(one, fields, comps if isinstance(comps, tuple) else None)


def _flat_problems(
    one: items.ExceptionItem, comp: texts.Text | None
) -> Iterator[diagnostic.Diagnostic]:
    if comp is not None and _operator(comp) not in _MANY:
        known = ", ".join(_LIST_OPERATORS)
        message = (
            f"When fields is a single value, comps must be one of ({known}) "
            "or a string operator with a modifier"
        )
        yield _error(one, message, comp, diagnostics.nearest(_operator(comp), _MANY))
    for value in one.values or ():
        if not isinstance(value, texts.Text):
            yield _error(one, "Expected values array to contain a list of strings")
            return


def _table_problems(
    one: items.ExceptionItem,
    fields: tuple[texts.Text, ...],
    comps: tuple[texts.Text, ...] | None,
) -> Iterator[diagnostic.Diagnostic]:
    if not fields:
        yield _error(one, "Rule exception must have fields property with a list of fields")
    if comps is not None and len(comps) != len(fields):
        yield _error(one, "Fields and comps lists must have equal length")
    for comp in comps or ():
        if _operator(comp) not in _ALL:
            message = f"'{_operator(comp)}' is not a supported comparison operator"
            yield _error(one, message, comp, diagnostics.nearest(_operator(comp), _ALL))
    for row in one.values or ():
        if not isinstance(row, tuple) or len(row) != len(fields):
            yield _error(one, "Fields and values lists must have equal length")
            return


def _error(
    one: items.ExceptionItem, message: str, at: texts.Text | None = None, hint: str = ""
) -> diagnostic.Diagnostic:
    where = at or one.name
    mistake = diagnostics.whole(message, where, hint)
    return diagnostics.error(_VALIDATE, mistake, where, _label(one))


def _label(one: items.ExceptionItem) -> str:
    return f'exception "{one.name.value}"'
