"""
Explain one rule: all its stages, in the order in which they come about.

In: a book of rules and the name of a rule in it. Out: the stages. Pure, so that files can hold
what it says. A rule that isn't loaded has only the stages that it came to.
"""

from shikra.app.explain import enforces, in_kernel, known, normal, program, written
from shikra.app.explain.stage import Stage
from shikra.app.rulebook import Book


def stages(book: Book, name: str) -> tuple[Stage, ...]:
    """Return every stage of a rule."""
    first = (written.as_written(book, name), written.resolved(book, name))
    rule = book.loaded.get(name)
    said = _said(book, name)
    if rule is None:
        source = book.definitions.rules[name].source
        lines = said or (f"There is no source {source} that it could be a rule of.",)
        note = "It is left out when rules are loaded, so this is all there is."
        return (*first, Stage(title="Not loaded", note=note, lines=lines))
    enforced = enforces.enforces(book, rule)
    rest = (
        normal.normal_form(book, name),
        known.events(rule),
        known.fields(book.ruleset, rule),
        in_kernel.kernel(book, rule),
        *([enforced] if enforced else []),
        program.program(book.ruleset, rule),
    )
    warned = Stage(title="Warnings", note="What loading it says.", lines=said)
    return (*first, *rest, *([warned] if said else []))


def _said(book: Book, name: str) -> tuple[str, ...]:
    label = book.definitions.rules[name].label
    return tuple(str(one) for one in book.diagnostics if one.item == label)
