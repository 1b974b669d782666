"""
Print a tree as a condition.

``canonical`` prints what Falco prints (its compiled conditions, keys of outputs). ``show`` quotes
wherever reading it back needs that, so that ``parse(show(tree)) == tree``.
"""

import re
from collections.abc import Sequence
from typing import assert_never

from shikra.rules import tree

_NEEDS_QUOTES = re.compile(rb"[ \t\n\r\f\v\x08='\"\\]")
_ONLY_BARE = re.compile(rb"[^()\"'\s=,\x00-\x1f\\]+")
_ONLY_BARE_ARGUMENT = re.compile(rb"[^\]\[\"'\s\x00-\x1f\\]+")
_ESCAPED = {
    0x08: b"\\b",
    0x0C: b"\\f",
    0x0A: b"\\n",
    0x0D: b"\\r",
    0x09: b"\\t",
    0x22: b'\\"',
    0x5C: b"\\\\",
}


def canonical(expr: tree.Expr) -> str:
    """Return the condition as Falco prints it."""
    return _Printer(is_readable=False).expression(expr)


def show(expr: tree.Expr) -> str:
    """Return a condition that parses to this tree."""
    return _Printer(is_readable=True).expression(expr)


def words(leaf: tree.Leaf) -> list[str]:
    """Return a comparison as ``show`` prints it, in pieces between which a line may end."""
    printer = _Printer(is_readable=True)
    if not isinstance(leaf, tree.Compare) or not isinstance(leaf.right, tree.Values):
        return [printer.leaf(leaf)]
    values = [printer.value(value.text) for value in leaf.right.values]
    return [*printer.before(leaf), *listed(values)]


def listed(values: Sequence[str]) -> list[str]:
    """Return a list in parentheses, in pieces between which a line may end."""
    inside = [f"{value}," for value in values[:-1]] + list(values[-1:])
    return (
        [f"({inside[0]}", *inside[1:-1], f"{inside[-1]})"]
        if inside[1:]
        else [f"({''.join(inside)})"]
    )


def operand(node: tree.Argument) -> str:
    """Return a field or transformer as Falco prints it."""
    return _Printer(is_readable=False).argument(node)


def escape(value: bytes) -> bytes:
    """Quote a string where it has characters that need it; other bytes stay as they are."""
    if value and not _NEEDS_QUOTES.search(value):
        return value
    return b'"' + b"".join(_ESCAPED.get(byte, bytes((byte,))) for byte in value) + b'"'


def quoted(text: bytes) -> str:
    """Return a string in quotes, fit to be shown; every byte is read back as it is."""
    parts = map(_character, text.decode()) if _is_text(text) else map(_byte, text)
    plain = "".join(parts)
    if text.endswith(b"\\"):  # a quote after a backslash wouldn't close the string
        plain = plain[:-2] + "\\x5c"
    return f'"{plain}"'


class _Printer:
    def __init__(self, *, is_readable: bool) -> None:
        self.is_readable = is_readable

    def expression(self, expr: tree.Expr) -> str:
        return tree.fold(expr, self.leaf, self.gate)

    def gate(self, gate: tree.Gate, parts: list[str]) -> str:
        match gate:
            case tree.All():
                return f"({' and '.join(parts)})"
            case tree.Either():
                return f"({' or '.join(parts)})"
            case tree.Negate(inner=inner):
                is_again = self.is_readable and isinstance(inner, tree.Negate)
                return f"not ({parts[0]})" if is_again else f"not {parts[0]}"
            case _:
                assert_never(gate)

    def leaf(self, leaf: tree.Leaf) -> str:
        match leaf:
            case tree.MacroCall(name=name):
                return name
            case tree.Exists(left=left):
                return f"{self.argument(left)} exists"
            case tree.Compare():
                return " ".join((*self.before(leaf), self.right(leaf.right)))
            case _:
                assert_never(leaf)

    def before(self, leaf: tree.Compare) -> list[str]:
        """Print what stands before the right side."""
        word = "==" if leaf.is_doubled else leaf.op.value
        quantifier = [] if leaf.quantifier is None else [leaf.quantifier.value]
        return [self.argument(leaf.left), word, *quantifier]

    def right(self, node: tree.Right) -> str:
        match node:
            case tree.Values(values=values):
                return f"({', '.join(self.value(value.text) for value in values)})"
            case tree.Value(text=text):
                return self.value(text)
            case tree.ListName(name=name):
                return name
            case tree.Field():
                return f"val({self.argument(node)})"
            case tree.Call():
                return self.argument(node)
            case _:
                assert_never(node)

    def argument(self, node: tree.Argument) -> str:
        match node:
            case tree.Field(name=name, argument=argument):
                return name + self.index(argument)
            case tree.Value(text=text):
                return quoted(text) if self.is_readable else _decoded(text)
            case tree.Items(items=items):
                return f"({','.join(map(self.argument, items))})"
            case tree.Call(transformer=transformer, arguments=arguments, index=index):
                inner = ",".join(map(self.argument, arguments))
                return f"{transformer.value}({inner}){self.index(index)}"
            case _:
                assert_never(node)

    def index(self, argument: str | None) -> str:
        if argument is None:
            return ""
        raw = argument.encode("utf-8", "surrogateescape")
        is_bare = _ONLY_BARE_ARGUMENT.fullmatch(raw) and _is_text(raw)
        return f"[{argument}]" if is_bare else f"[{quoted(raw)}]"

    def value(self, text: bytes) -> str:
        if self.is_readable:
            return text.decode() if _is_bare(text) else quoted(text)
        return _decoded(escape(text)) if _is_text(text) else quoted(text)


def _is_bare(text: bytes) -> bool:
    return bool(_ONLY_BARE.fullmatch(text)) and _is_text(text)


def _is_text(text: bytes) -> bool:
    try:
        text.decode()
    except UnicodeDecodeError:
        return False
    return True


def _decoded(text: bytes) -> str:
    return text.decode("utf-8", "backslashreplace")


def _character(character: str) -> str:
    return _byte(ord(character)) if character.isascii() else character


def _byte(byte: int) -> str:
    if byte in _ESCAPED:
        return _ESCAPED[byte].decode()
    return chr(byte) if chr(byte).isascii() and chr(byte).isprintable() else f"\\x{byte:02x}"
