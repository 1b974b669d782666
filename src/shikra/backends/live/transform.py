"""
What the transformers of the language do to values.

In: values, never ``None``. Out: a value, or ``None`` where there is none (a text that isn't
base64). On a list those of text work element by element. Nothing here raises on any value.
"""

import base64
import binascii
from collections.abc import Callable

from shikra.model.value import Value


def on_each(function: Callable[[bytes], Value]) -> Callable[[Value], Value]:
    """Make a function on text work on lists of text too; an element without result is left out."""

    def transform(value: Value) -> Value:
        """Transform one value or every element."""
        if isinstance(value, tuple):
            done = (transform(element) for element in value)
            return tuple(element for element in done if element is not None)
        return function(value) if isinstance(value, bytes) else None

    return transform


def decode_base64(text: bytes) -> Value:
    """Return what the text encodes; padding may be absent."""
    try:
        bare = text.rstrip(b"=")
        return base64.b64decode(bare + b"=" * (-len(bare) % 4), validate=True)
    except (binascii.Error, ValueError):
        return None


def basename(text: bytes) -> Value:
    """Return what follows the last slash."""
    return text[text.rfind(b"/") + 1 :]


def length(value: Value) -> Value:
    """Return how many bytes a text has, or how many elements a list."""
    return len(value) if isinstance(value, bytes | tuple) else None


def join(separator: bytes, values: tuple[Value, ...]) -> Value:
    """Join texts, and numbers as they are written."""
    return separator.join(
        value if isinstance(value, bytes) else str(value).encode()
        for value in values
        if isinstance(value, bytes | int)
    )


def options(arguments: tuple[Value, ...], accepted: bytes) -> list[tuple[bytes, bytes | None]]:
    """
    Read arguments as ``getopt(3)`` does, with ``POSIXLY_CORRECT``: up to the first that is none.

    Return each option with its value; an option that wants one and has none gets the empty text,
    one that isn't accepted is called ``?``.
    """
    found: list[tuple[bytes, bytes | None]] = []
    pending = [argument for argument in arguments if isinstance(argument, bytes)]
    while pending and pending[0].startswith(b"-") and pending[0] not in (b"-", b"--"):
        letters = pending.pop(0)[1:]
        while letters:
            letter, letters = letters[:1], letters[1:]
            wants = _wants_value(letter, accepted)
            if wants is None:
                found.append((b"?", None))
            elif not wants:
                found.append((letter, None))
            elif letters:
                found.append((letter, letters))
                letters = b""
            else:
                found.append((letter, pending.pop(0) if pending else b""))
    return found


def _wants_value(letter: bytes, accepted: bytes) -> bool | None:
    """Say whether an option takes a value; ``None``: it isn't accepted."""
    at = accepted.find(letter)
    if at < 0 or letter == b":":
        return None
    return accepted[at + 1 : at + 2] == b":"


def all_options(arguments: tuple[Value, ...], accepted: bytes) -> Value:
    """Return options and their values, one after the other."""
    return tuple(part for pair in options(arguments, accepted) for part in pair if part is not None)


def one_option(arguments: tuple[Value, ...], accepted: bytes, name: bytes) -> Value:
    """Return the value of the last option of this name: the empty text if it takes none."""
    values = [value for option, value in options(arguments, accepted) if option == name]
    return (values[-1] or b"") if values else None
