"""
What is asked of CloudWatch Logs and what it answers, without AWS' own types.

A ``Span`` of time is asked for page by page. Each page is there, or the request was ``Refused``.
"""

from collections.abc import Sequence
from typing import Protocol

import msgspec


class Span(msgspec.Struct, frozen=True, kw_only=True):
    """Which events to ask for, by their time."""

    start_ms: int  # these, too
    end_ms: int | None  # not these any more; ``None``: up to the newest
    is_whole: bool  # it begins where the window does


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """One event of a log stream."""

    key: bytes  # a digest of its id
    at_ms: int
    text: str


class Page(msgspec.Struct, frozen=True):
    """A part of what there is in a span; it may be empty and yet not the last."""

    messages: Sequence[Message]
    next_token: str | None  # of the next page


class Refused(Exception):  # noqa: N818  it is told as what it is
    """There is no page."""

    def __init__(self, code: str, details: str, *, is_of_request: bool = False) -> None:
        """Keep AWS' word for it; whether asking the same again is in vain."""
        super().__init__(f"{code}: {details}")
        self.code = code
        self.is_of_request = is_of_request


class Pages(Protocol):
    """Where pages are had."""

    async def page(self, span: Span, token: str | None) -> Page:
        """Return a page; raise ``Refused``."""
        ...

    async def close(self) -> None:
        """Hang up. Harmless when repeated."""
        ...
