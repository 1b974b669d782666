"""
Read one token of a condition at a time.

What a token is depends on where it stands (``5`` is a number after ``<`` and a string after
``=``), so there is no list of tokens: the parser asks the scanner for what may come next. Each
method moves on and returns the token, or returns nothing and stays.
"""

import re

from shikra.rules import diagnostics, tree

BLANKS = " \t\b\r\n"

_BLANK = re.compile(r"[ \t\x08\r\n]+")
_IDENTIFIER = re.compile(r"[a-zA-Z]+[a-zA-Z0-9_]*")
_FIELD_NAME = re.compile(r"[a-zA-Z]+[a-zA-Z0-9_]*(?:\.[a-zA-Z]+[a-zA-Z0-9_]*)+")
_NUMBER = re.compile(r"0[xX][0-9a-fA-F]+|[+-]?[0-9]+\.?[0-9]*(?:[eE][+-][0-9]+)?")
_BARE_STRING = re.compile(r"[^()\"' \t\n\v\f\r=,]+")
_BARE_ARGUMENT = re.compile(r"[^\]\[\"' \t\n\v\f\r]+")
_QUOTED = {  # up to the first quote without a backslash; Python 3.11.2 gets "*+" wrong
    '"': re.compile(r'"([^"]*(?:(?<=\\)"[^"]*)*)(?<!\\)"'),
    "'": re.compile(r"'([^']*(?:(?<=\\)'[^']*)*)(?<!\\)'"),
}
_PART = re.compile(r"[^\\]+|\\(x[0-9a-fA-F]{2}|.)", re.DOTALL)
_ESCAPES = {
    "b": b"\b",
    "f": b"\f",
    "n": b"\n",
    "r": b"\r",
    "t": b"\t",
    "\\": b"\\",
    "/": b"/",
    " ": b"\\",  # an old spelling of the backslash
}


class Scanner:
    """A condition's text and how far it has been read."""

    def __init__(self, text: str, position: int = 0) -> None:
        """Start at this position."""
        self.text = text
        self.position = position
        self.last = ""  # the token read last, for messages

    @property
    def is_at_end(self) -> bool:
        """Nothing is left."""
        return self.position >= len(self.text)

    def peek(self) -> str:
        """Return the next character, or nothing at the end."""
        return self.text[self.position : self.position + 1]

    def blank(self) -> bool:
        """Skip blanks; say whether there were any."""
        found = _BLANK.match(self.text, self.position)
        if found:
            self.position = found.end()
        return bool(found)

    def symbol(self, symbol: str) -> bool:
        """Read exactly this, whatever follows."""
        if not self.text.startswith(symbol, self.position):
            return False
        self._advance(symbol)
        return True

    def word(self, word: str) -> bool:
        """Read exactly this where a blank or the end follows."""
        after = self.position + len(word)
        is_whole = after >= len(self.text) or self.text[after] in BLANKS
        return is_whole and self.symbol(word)

    def identifier(self) -> str | None:
        """Read a macro's or a transformer's name."""
        return self._take(_IDENTIFIER)

    def field_name(self) -> str | None:
        """Read a name with dots."""
        return self._take(_FIELD_NAME)

    def number(self) -> str | None:
        """Read a number: signed, with a fraction, or hexadecimal."""
        return self._take(_NUMBER)

    def string(self) -> bytes | None:
        """Read a string in quotes or a bare one."""
        quoted = self.quoted()
        if quoted is not None:
            return quoted
        bare = self._take(_BARE_STRING)
        return None if bare is None else encoded(bare)

    def argument(self) -> str | None:
        """Read what stands between the brackets of a field."""
        quoted = self.quoted()
        if quoted is not None:
            return quoted.decode("utf-8", "surrogateescape")
        return self._take(_BARE_ARGUMENT)

    def quoted(self) -> bytes | None:
        r"""
        Read a string in quotes and resolve its escapes.

        As in Falco it ends at the first quote that no backslash precedes, so a quoted string
        can't end in a backslash unless that is written ``\x5c``.
        """
        quote = self.peek()
        if not quote or quote not in _QUOTED:
            return None
        start = self.position
        found = _QUOTED[quote].match(self.text, start)
        if found is None:
            self.position = len(self.text)
            raise self.stop(
                f"a string that begins with {quote} has no end", f"close it with {quote}", start
            )
        self._advance(found[0])
        parts = _PART.finditer(self.text, start + 1, self.position - 1)
        return b"".join(_unescaped(part, quote) for part in parts)

    def stop(self, message: str, hint: str = "", start: int | None = None) -> Exception:
        """Return the error that says what is wrong here, or from ``start`` to here."""
        begin = self.position if start is None else start
        end = max(self.position, begin + 1)
        return diagnostics.MistakeError(
            diagnostics.Mistake(message=message, at=tree.At(begin, end), hint=hint)
        )

    def _take(self, pattern: re.Pattern[str]) -> str | None:
        found = pattern.match(self.text, self.position)
        if not found:
            return None
        self._advance(found[0])
        return found[0]

    def _advance(self, token: str) -> None:
        self.position += len(token)
        self.last = token


def _unescaped(part: re.Match[str], quote: str) -> bytes:
    escape = part[1]
    if escape is None:
        return encoded(part[0])
    if escape == quote:
        return quote.encode()
    if escape in _ESCAPES:
        return _ESCAPES[escape]
    if len(escape) > 1:
        return bytes.fromhex(escape[1:])
    raise diagnostics.MistakeError(
        diagnostics.Mistake(
            message="unsupported string escape sequence",
            at=tree.At(*part.span()),
            hint=r"write \\ for a backslash",
        )
    )


def encoded(text: str) -> bytes:
    """Return text as a rule's constants are held; a lone surrogate of YAML's becomes ``?``."""
    return text.encode("utf-8", "replace")
