"""
A container runtime's socket that answers as it is told: recorded answers, events, silence.

For what a real runtime can't be made to do: hang, vanish, answer nonsense, send events that this
machine's containerd doesn't.
"""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import grpc
import grpc.aio
from cri_api.v1 import api_pb2 as cri
from cri_api.v1.api_pb2_grpc import (
    RuntimeServiceServicer,
    add_RuntimeServiceServicer_to_server,
)
from google.protobuf.json_format import ParseDict


class Recorded(RuntimeServiceServicer):
    """Answers as a runtime once did, with what a test changed."""

    def __init__(self, answers: Mapping[str, Any], *, has_events: bool = False) -> None:
        """Take recorded answers: lists, and a status each for a container and a sandbox."""
        self.containers = ParseDict(answers["ListContainers"], cri.ListContainersResponse())
        self.pods = ParseDict(answers["ListPodSandbox"], cri.ListPodSandboxResponse())
        self.status = cri.ContainerStatusResponse()
        ParseDict(_verbose(answers["ContainerStatus"]), self.status)
        self.pod_status = cri.PodSandboxStatusResponse()
        ParseDict(_verbose(answers["PodSandboxStatus"]), self.pod_status)
        self.events: asyncio.Queue[cri.ContainerEventResponse] = asyncio.Queue()
        self.has_events = has_events
        self.is_hanging = False
        self.released = asyncio.Event()  # ends what hangs
        self.asked: list[str] = []

    async def Version(self, request: Any, context: Any) -> cri.VersionResponse:  # noqa: N802, ARG002  gRPC names and calls it
        """Say who it is."""
        await self._note("Version")
        return cri.VersionResponse(runtime_name="containerd", runtime_api_version="v1")

    async def ListContainers(self, request: Any, context: Any) -> cri.ListContainersResponse:  # noqa: N802, ARG002  gRPC names and calls it
        """List containers by the beginning of their id, as containerd does."""
        await self._note("ListContainers")
        wanted = request.filter.id
        found = [each for each in self.containers.containers if each.id.startswith(wanted)]
        return cri.ListContainersResponse(containers=found)

    async def ListPodSandbox(self, request: Any, context: Any) -> cri.ListPodSandboxResponse:  # noqa: N802, ARG002  gRPC names and calls it
        """List sandboxes by the beginning of their id."""
        await self._note("ListPodSandbox")
        wanted = request.filter.id
        found = [each for each in self.pods.items if each.id.startswith(wanted)]
        return cri.ListPodSandboxResponse(items=found)

    async def ContainerStatus(self, request: Any, context: Any) -> cri.ContainerStatusResponse:  # noqa: N802  gRPC names it
        """Tell of a container."""
        await self._note("ContainerStatus")
        if request.container_id != self.status.status.id:
            await context.abort(grpc.StatusCode.NOT_FOUND, "not found")
        return self.status

    async def PodSandboxStatus(self, request: Any, context: Any) -> cri.PodSandboxStatusResponse:  # noqa: N802  gRPC names it
        """Tell of a sandbox."""
        await self._note("PodSandboxStatus")
        if request.pod_sandbox_id != self.pod_status.status.id:
            await context.abort(grpc.StatusCode.NOT_FOUND, "not found")
        return self.pod_status

    async def GetContainerEvents(  # noqa: N802  gRPC names it
        self,
        request: Any,  # noqa: ARG002  gRPC calls it
        context: Any,
    ) -> AsyncIterator[cri.ContainerEventResponse]:
        """Send events as they are put into the queue."""
        if not self.has_events:
            await context.abort(grpc.StatusCode.UNIMPLEMENTED, "not implemented")
        while True:
            yield await self.events.get()

    async def _note(self, call: str) -> None:
        self.asked.append(call)
        if self.is_hanging:
            await self.released.wait()


@contextlib.asynccontextmanager
async def serving(answers: Recorded, socket: Path) -> AsyncIterator[None]:
    """Answer at this socket until the block ends."""
    server = grpc.aio.server()
    add_RuntimeServiceServicer_to_server(answers, server)  # type: ignore[no-untyped-call]  # it has no hints
    server.add_insecure_port(f"unix:{socket}")
    await server.start()
    try:
        yield
    finally:
        answers.released.set()  # the server waits for all that it has begun
        await server.stop(grace=None)


@contextlib.asynccontextmanager
async def silence(socket: Path) -> AsyncIterator[None]:
    """Take connections at this socket and say nothing until the block ends."""
    connections: list[asyncio.StreamWriter] = []

    async def listen(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connections.append(writer)

    server = await asyncio.start_unix_server(listen, socket)
    try:
        yield
    finally:
        server.close()
        for writer in connections:
            writer.close()


def _verbose(answer: Mapping[str, Any]) -> dict[str, Any]:
    """Put the verbose part back into the text that it comes as."""
    return {"status": answer["status"], "info": {"info": json.dumps(answer["info"])}}
