"""
What the transformers of the language do to values.

In: values, never ``None``. Out: a value, or ``None`` where there is none (a text that isn't
base64). On a list those of text work element by element. Nothing here raises on any value.
"""

import base64
import binascii
from collections.abc import Callable, Iterator

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


def options(
    arguments: tuple[Value, ...], accepted: bytes
) -> Iterator[tuple[bytes, tuple[bytes, ...]]]:
    """
    Read arguments as ``getopt(3)`` does, with ``POSIXLY_CORRECT``: up to the first that is none.

    Each option comes with what is printed of it, its value last. As in Falco one that wants a
    value and has none is the empty text, one that isn't accepted has no name and is printed as
    ``?``, and long options are passed over.
    """
    pending = [argument for argument in arguments if isinstance(argument, bytes)]
    pending.reverse()
    while pending and pending[-1].startswith(b"-") and pending[-1] not in (b"-", b"--"):
        letters = pending.pop()[1:]
        if letters.startswith(b"-"):
            continue
        while letters:
            letter, letters = letters[:1], letters[1:]
            wants = _wants_value(letter, accepted)
            if wants is None:
                yield b"", (b"?",)
            elif not wants:
                yield letter, (letter,)
            elif letters or pending:
                yield letter, (letter, letters or pending.pop())
                letters = b""
            else:
                yield letter, (b"",)


def _wants_value(letter: bytes, accepted: bytes) -> bool | None:
    """Say whether an option takes a value; ``None``: it isn't accepted."""
    if letter == b":" or letter not in accepted:
        return None
    return letter + b":" in accepted


def all_options(arguments: tuple[Value, ...], accepted: bytes) -> Value:
    """Return options and their values, one after the other."""
    return tuple(part for _, parts in options(arguments, accepted) for part in parts)


def one_option(arguments: tuple[Value, ...], accepted: bytes, name: bytes) -> Value:
    """Return the value of the last option of this name: the name itself if it takes none."""
    found = [parts[-1] for option, parts in options(arguments, accepted) if option == name]
    return found[-1] if found else None
