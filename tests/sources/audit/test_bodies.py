"""What a sender may send is bounded, in size and in time."""

import asyncio
import gzip
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import pytest

from shikra.sources.audit.bodies import RefusedError, body

GZIP = {b"content-encoding": b"gzip"}


def sender(*parts: bytes) -> Any:
    """Return what sends these parts, and then nothing more."""
    waiting = list(parts)

    async def receive() -> Mapping[str, Any]:
        part = waiting.pop(0)
        return {"type": "http.request", "body": part, "more_body": bool(waiting)}

    return receive


async def taken(receive: Any, headers: Mapping[bytes, bytes], max_bytes: int = 100) -> bytes:
    """Take a body in."""
    return await body(receive, headers, max_bytes=max_bytes, within_s=5)


@pytest.mark.parametrize(
    ("parts", "headers"),
    [
        pytest.param((b"he", b"llo"), {}, id="in parts"),
        pytest.param((b"hello",), {b"content-length": b"5"}, id="at once"),
        pytest.param((gzip.compress(b"hello"),), GZIP, id="packed"),
    ],
)
async def test_a_body_is_put_together(
    parts: tuple[bytes, ...], headers: dict[bytes, bytes]
) -> None:
    """However a body comes, all of it is there."""
    assert await taken(sender(*parts), headers) == b"hello"


@pytest.mark.parametrize(
    ("parts", "headers", "status"),
    [
        pytest.param((b"x" * 60,) * 2, {}, HTTPStatus.REQUEST_ENTITY_TOO_LARGE, id="in parts"),
        pytest.param(
            (b"x",), {b"content-length": b"101"}, HTTPStatus.REQUEST_ENTITY_TOO_LARGE, id="promised"
        ),
        pytest.param(
            (b"x",),
            {b"content-length": b"9" * 5_000},
            HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
            id="promised in many digits",
        ),
        pytest.param(
            (gzip.compress(b"0" * 50_000),),
            GZIP,
            HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
            id="unpacked",
        ),
        pytest.param((b"hello",), GZIP, HTTPStatus.BAD_REQUEST, id="not packed at all"),
        pytest.param((gzip.compress(b"hello")[:-4],), GZIP, HTTPStatus.BAD_REQUEST, id="cut"),
        pytest.param(
            (gzip.compress(b"a") + b"more",), GZIP, HTTPStatus.BAD_REQUEST, id="more behind it"
        ),
        pytest.param(
            (b"x",),
            {b"content-encoding": b"br"},
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
            id="another packing",
        ),
    ],
)
async def test_what_is_not_taken_is_said(
    parts: tuple[bytes, ...], headers: dict[bytes, bytes], status: HTTPStatus
) -> None:
    """What is too long or can't be unpacked is refused, by its status."""
    with pytest.raises(RefusedError) as raised:
        await taken(sender(*parts), headers)
    assert raised.value.status is status


async def test_a_slow_sender_is_not_waited_for() -> None:
    """A sender has so much time for all of a request, not for each part."""

    async def receive() -> Mapping[str, Any]:
        await asyncio.sleep(0.02)  # noqa: TID251  a sender that is slow
        return {"type": "http.request", "body": b"", "more_body": True}

    with pytest.raises(RefusedError) as raised:
        await body(receive, {}, max_bytes=100, within_s=0.1)
    assert raised.value.status is HTTPStatus.REQUEST_TIMEOUT


async def test_a_sender_that_goes_away_is_let_go() -> None:
    """A connection that ends in the middle of a request gives nothing."""

    async def receive() -> Mapping[str, Any]:
        return {"type": "http.disconnect"}

    with pytest.raises(RefusedError):
        await taken(receive, {})
