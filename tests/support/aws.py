"""
Stand in for AWS on loopback: moto's server, and a gate in front of it that can go wrong.

In: log events, and the faults that the next requests meet. Out: addresses to ask. moto ignores
prefixes of streams and gives all events in one page; the gate asks it for small ones.
"""

import asyncio
import collections
import contextlib
import json
import os
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from typing import Any

import aiohttp
import boto3
from aiohttp import web

from support import waiting

REGION = "eu-central-1"
ENVIRONMENT = {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_DEFAULT_REGION": REGION,
    "AWS_EC2_METADATA_DISABLED": "true",  # nobody asks an address that isn't on loopback
    "AWS_CONFIG_FILE": "/nowhere",
    "AWS_SHARED_CREDENTIALS_FILE": "/nowhere",
}
STREAM = "kube-apiserver-audit-0123456789abcdef"
_JSON = "application/x-amz-json-1.1"
_PAGE_EVENTS = 7


@contextlib.contextmanager
def moto() -> Iterator[str]:
    """Run moto's server; yield its address."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    server = subprocess.Popen(
        [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=os.environ | ENVIRONMENT,
    )
    try:
        waiting.until(lambda: _listens(port), "moto's server", seconds=60)
        yield url
    finally:
        server.kill()
        server.wait()


class LogGroup:
    """The log group of a cluster of its own."""

    def __init__(self, url: str, cluster: str) -> None:
        """Make it, with a stream of audit events and one of others."""
        self.cluster = cluster
        self._name = f"/aws/eks/{cluster}/cluster"
        self._logs = boto3.client(
            "logs",
            endpoint_url=url,
            region_name=REGION,
            aws_access_key_id="testing",
            aws_secret_access_key="testing",  # noqa: S106  no secret
        )
        self._logs.create_log_group(logGroupName=self._name)
        for stream in (STREAM, "authenticator-0"):
            self._logs.create_log_stream(logGroupName=self._name, logStreamName=stream)

    def close(self) -> None:
        """Let go of the line to the server."""
        self._logs.close()

    def put(self, at_ms: int, *texts: str, stream: str = STREAM) -> None:
        """Ingest events that happened then."""
        events = [{"timestamp": at_ms, "message": text} for text in texts]
        answer = self._logs.put_log_events(
            logGroupName=self._name, logStreamName=stream, logEvents=events
        )
        assert "rejectedLogEventsInfo" not in answer, answer


class Gate:
    """Passes requests on, but for those that are to meet a fault: a code of AWS', or a word."""

    def __init__(self, behind: str) -> None:
        """Stand in front of this address."""
        self.faults: collections.deque[str] = collections.deque()  # one a request
        self.asked: list[dict[str, Any]] = []
        self.url = ""
        self._behind = behind
        self._out: aiohttp.ClientSession | None = None

    async def answer(self, request: web.Request) -> web.Response:
        """Answer a request."""
        asked = json.loads(await request.read())
        self.asked.append(asked)
        if self.faults:
            return await _wrong(request, self.faults.popleft())
        assert self._out is not None
        headers = {key: request.headers[key] for key in ("X-Amz-Target", "Content-Type")}
        headers["Authorization"] = request.headers["Authorization"]
        body = json.dumps(asked | {"limit": _PAGE_EVENTS})
        async with self._out.post(self._behind, data=body, headers=headers) as answered:
            return web.Response(
                body=await answered.read(), status=answered.status, content_type=_JSON
            )

    @contextlib.asynccontextmanager
    async def opened(self) -> "AsyncIterator[Gate]":
        """Serve until the end of the context."""
        application = web.Application()
        application.router.add_post("/", self.answer)
        runner = web.AppRunner(application, shutdown_timeout=0.1)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        host, port = runner.addresses[0][:2]
        self.url = f"http://{host}:{port}"
        async with aiohttp.ClientSession() as self._out:
            try:
                yield self
            finally:
                await runner.cleanup()


async def _wrong(request: web.Request, fault: str) -> web.Response:
    match fault:
        case "hang":
            await asyncio.sleep(3600)  # noqa: TID251  nothing answers
        case "hang up":
            assert request.transport is not None
            request.transport.close()
        case "garbage":
            return web.Response(text="<html>", content_type=_JSON)
        case "500":
            return web.Response(text="", status=500)
    body = json.dumps({"__type": fault, "message": "as the test asked"})
    return web.Response(text=body, status=400, content_type=_JSON)


def _listens(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
        return True
    return False
