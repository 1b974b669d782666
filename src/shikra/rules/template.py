"""
Compile a rule's output: text with fields in it.

``%field``, ``%field[argument]``, ``%transformer(field)``, each with a width after the ``%``. The
longest known field name wins, so ``%proc.nameand`` is ``proc.name`` and "and". There is no escape
for ``%``.
"""

import re

import msgspec

from shikra.model import field
from shikra.rules import check, diagnostics, ir, lex, operands, parse, show, suspicions, tree

_WIDTH = re.compile(r"[0-9]{1,4}")
_NAME = re.compile(r"[a-zA-Z][a-zA-Z0-9_.]{0,127}")
_REMOVED = "%container.info"
_TRANSFORMERS = {transformer.value for transformer in ir.Transformer}


class Compiled(msgspec.Struct, frozen=True):
    """An output, the fields that it reads, and what is wrong with it."""

    template: ir.Template
    fields: frozenset[str]
    errors: tuple[diagnostics.Mistake, ...]
    warnings: tuple[check.Warned, ...]


def compile_(text: str, scope: operands.Scope) -> Compiled:
    """Compile an output; after a mistake the rest is looked at too."""
    compiler = _Compiler(text, scope)
    compiler.run()
    return Compiled(
        tuple(compiler.parts),
        frozenset(compiler.fields),
        tuple(compiler.errors),
        tuple(compiler.warnings),
    )


class _Compiler:
    def __init__(self, text: str, scope: operands.Scope) -> None:
        self.text = text
        self.scope = scope
        self.parts: list[str | ir.Placeholder] = []
        self.fields: set[str] = set()
        self.errors: list[diagnostics.Mistake] = []
        self.warnings: list[check.Warned] = []

    def run(self) -> None:
        position = 0
        while position < len(self.text):
            percent = self.text.find("%", position)
            end = len(self.text) if percent < 0 else percent
            if end > position:
                self.parts.append(self.text[position:end])
            position = end if percent < 0 else self.token(percent)

    def token(self, start: int) -> int:
        """Read what a percent sign begins; return where it ends."""
        if self.text.startswith(_REMOVED, start):
            end = start + len(_REMOVED)
            mistake = diagnostics.Mistake(
                message=f"'{_REMOVED}' is deprecated and has no effect", at=tree.At(start, end)
            )
            self.warnings.append(check.Warned("LOAD_DEPRECATED_ITEM", mistake))
            return end
        scanner = lex.Scanner(self.text, start + 1)
        try:
            self.parts.append(self.placeholder(scanner, start))
        except diagnostics.MistakeError as error:
            self.errors.append(error.mistake)
        return max(scanner.position, start + 1)

    def placeholder(self, scanner: lex.Scanner, start: int) -> ir.Placeholder:
        width = _WIDTH.match(self.text, scanner.position)
        if width:
            scanner.position = width.end()
        node = self.call(scanner) or self.field(scanner, start)
        operand = operands.left(node, self.scope)
        for name in check.fields_of(operand):
            known = self.scope.catalogue[name]
            self.fields.add(name)
            if not known.may_be_printed:
                raise scanner.stop(f'field "{name}" can\'t be printed', start=start)
            found = suspicions.of_field(known, node.at, "output")
            self.warnings += (check.Warned(code, mistake) for code, mistake in found)
        return ir.Placeholder(show.operand(node), operand, int(width[0]) if width else 0)

    def call(self, scanner: lex.Scanner) -> tree.Call | None:
        begin = scanner.position
        name = scanner.identifier() or ""
        if scanner.peek() != "(":
            scanner.position = begin
            return None
        if name not in _TRANSFORMERS:
            hint = diagnostics.nearest(name, _TRANSFORMERS)
            raise scanner.stop(f"unknown transformer '{name}'", hint, begin)
        scanner.position = begin
        return parse.call(scanner)

    def field(self, scanner: lex.Scanner, start: int) -> tree.Field:
        """Read the longest name that is a field."""
        written = _NAME.match(self.text, scanner.position)
        name = written[0] if written else ""
        for length in range(len(name), 0, -1):
            reference = field.locate(self.scope.catalogue, name[:length])
            if reference is None or name[length - 1] == ".":
                continue
            begin = scanner.position
            scanner.position += length
            argument = None
            if reference.argument is None and reference.field.argument.value != "none":
                argument = parse.index(scanner)
            at = tree.At(begin, scanner.position)
            return tree.Field(name[:length], argument, at)
        scanner.position += len(name)
        shown = name.rstrip(".")
        if not shown:
            raise scanner.stop("a '%' must begin a field", start=start)
        hint = diagnostics.nearest(shown, self.scope.catalogue)
        message = f'unknown field "{shown}" in the output'
        raise diagnostics.MistakeError(
            diagnostics.Mistake(
                message=message,
                at=tree.At(start, scanner.position),
                hint=hint,
                is_unknown=True,
            )
        )
