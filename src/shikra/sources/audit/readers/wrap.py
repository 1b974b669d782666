"""Make readers of paths into the document."""

from collections.abc import Callable
from typing import Any

from shikra.model.event import Event, Reader
from shikra.model.value import Value
from shikra.sources.audit.document import Document, at, each, text, texts


def document_of(event: Event) -> Document:
    """Return what the event says."""
    document: Document = event.data.document
    return document


def one(*keys: str) -> Reader:
    """Read the one thing that is there."""
    return lambda event, _argument: text(at(event.data.document, *keys))


def many(*keys: str) -> Reader:
    """Read a list, or the one element that the argument asks for."""
    return lambda event, argument: texts(each(event.data.document, keys, index_of(argument)))


def made(make: Callable[[Document], Value]) -> Reader:
    """Read what a function makes of the document."""
    return lambda event, _argument: make(event.data.document)


def made_of_each(keys: tuple[str, ...], make: Callable[[Any], Any]) -> Reader:
    """Read a list of what a function makes of each thing there; ``None`` is left out."""

    def read(event: Event, argument: str | None) -> Value:
        found = each(event.data.document, keys, index_of(argument))
        return texts(made for made in map(make, found) if made is not None)

    return read


def index_of(argument: str | None) -> int | None:
    """Return the index that a rule asks for; rules are checked to have a number there."""
    return int(argument) if argument else None
