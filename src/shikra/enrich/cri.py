"""
Ask a container runtime by CRI v1, over its Unix socket.

In: ids of containers. Out: what the runtime says of them. Every call has a time-out, and after
a failure the runtime counts as away until a new session with it has begun, so a socket that
hangs or vanishes costs one time-out and then nothing. ``run`` keeps the session: it tells of all
containers that there are and of each new one, by the runtime's events where it has them, else
by listing. Failures are counted by reason.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeVar

import grpc
import grpc.aio
import msgspec
from cri_api.v1 import api_pb2 as cri
from cri_api.v1.api_pb2_grpc import RuntimeServiceStub

from shikra.enrich import cri_messages
from shikra.enrich.session import Away, Tell
from shikra.enrich.talk import MAX_TOLD, Talk
from shikra.model.container import Container

SOCKETS = (
    "/run/containerd/containerd.sock",
    "/run/k3s/containerd/containerd.sock",
    "/run/crio/crio.sock",
    "/var/run/containerd/containerd.sock",
    "/var/run/k3s/containerd/containerd.sock",
    "/var/run/crio/crio.sock",
)
MAX_MESSAGE_BYTES = 16 << 20  # what the kubelet takes

_OPTIONS = (
    ("grpc.max_receive_message_length", MAX_MESSAGE_BYTES),
    ("grpc.enable_retries", 0),
    ("grpc.use_local_subchannel_pool", 1),  # else a new channel waits for an old one's backoff
)

_BEGINNINGS = frozenset({cri.CONTAINER_CREATED_EVENT, cri.CONTAINER_STARTED_EVENT})
_ALIVE = frozenset({cri.CONTAINER_CREATED, cri.CONTAINER_RUNNING})
_AWAY = frozenset(
    {
        grpc.StatusCode.UNAVAILABLE,
        grpc.StatusCode.DEADLINE_EXCEEDED,
        grpc.StatusCode.UNIMPLEMENTED,
        grpc.StatusCode.PERMISSION_DENIED,
        grpc.StatusCode.UNAUTHENTICATED,
    }
)

Answer = TypeVar("Answer")


class Cri(Talk[RuntimeServiceStub]):
    """One runtime."""

    async def _session(self, tell: Tell, group: asyncio.TaskGroup) -> None:
        """Connect and talk."""
        async with grpc.aio.insecure_channel(f"unix:{self.socket}", options=_OPTIONS) as channel:
            stub = RuntimeServiceStub(channel)  # type: ignore[no-untyped-call]  # it has no hints
            version = await self._call(stub.Version, cri.VersionRequest())
            if version is not None:
                self.name = version.runtime_name
                await self._talk(stub, tell, group)

    async def _follow_events(self, stub: RuntimeServiceStub, tell: Tell) -> None:
        try:
            async for event in stub.GetContainerEvents(cri.GetEventsRequest()):
                if event.container_event_type in _BEGINNINGS:
                    self._tell(tell, await self.describe(event.container_id))
        except grpc.aio.AioRpcError as error:
            if error.code() is grpc.StatusCode.UNIMPLEMENTED:
                return  # there is the list
            if error.code() in _AWAY:
                self._away(_reason(error), error.details())
            else:
                self._count(f"events: {_reason(error)}", error.details())
        except Away:
            return

    async def _tell_of_listed(self, stub: RuntimeServiceStub, tell: Tell) -> None:
        answer = await self._call(stub.ListPodSandbox, cri.ListPodSandboxRequest())
        pods = {pod.id: pod for pod in answer.items[:MAX_TOLD]} if answer else {}
        for pod in pods.values():
            if pod.id not in self._told and pod.state == cri.SANDBOX_READY:
                self._tell(tell, await self._sandbox(stub, pod))
        listed = await self._call(stub.ListContainers, cri.ListContainersRequest())
        for each in listed.containers[:MAX_TOLD] if listed else ():
            if each.id not in self._told and each.state in _ALIVE:
                pod_of_it = pods.get(each.pod_sandbox_id)
                self._tell(tell, await self._container(stub, each, pod_of_it))

    async def _describe(self, stub: RuntimeServiceStub, container_id: str) -> Container | None:
        chosen = cri.ContainerFilter(id=container_id)
        answer = await self._call(stub.ListContainers, cri.ListContainersRequest(filter=chosen))
        # A runtime may take the id for a prefix.
        for listed in answer.containers if answer else ():
            if listed.id == container_id:
                return await self._container(stub, listed)
        pod = await self._pod(stub, container_id)
        return await self._sandbox(stub, pod) if pod else None

    async def _container(
        self, stub: RuntimeServiceStub, listed: cri.Container, pod: cri.PodSandbox | None = None
    ) -> Container | None:
        request = cri.ContainerStatusRequest(container_id=listed.id, verbose=True)
        answer = await self._call(stub.ContainerStatus, request)
        pod = pod or await self._pod(stub, listed.pod_sandbox_id) or cri.PodSandbox()
        if answer is None:  # it died between the questions
            return None
        info = self._info(answer.info)
        description = cri_messages.container(listed, answer.status, info, pod)
        return msgspec.structs.replace(description, runtime=self.name)

    async def _sandbox(self, stub: RuntimeServiceStub, pod: cri.PodSandbox) -> Container | None:
        request = cri.PodSandboxStatusRequest(pod_sandbox_id=pod.id, verbose=True)
        answer = await self._call(stub.PodSandboxStatus, request)
        if answer is None:
            return None
        description = cri_messages.sandbox(pod, self._info(answer.info))
        return msgspec.structs.replace(description, runtime=self.name)

    async def _pod(self, stub: RuntimeServiceStub, sandbox_id: str) -> cri.PodSandbox | None:
        request = cri.ListPodSandboxRequest(filter=cri.PodSandboxFilter(id=sandbox_id))
        answer = await self._call(stub.ListPodSandbox, request)
        return next((pod for pod in answer.items if pod.id == sandbox_id), None) if answer else None

    def _info(self, verbose: Mapping[str, str]) -> cri_messages.Info:
        try:
            return cri_messages.info(verbose)
        except ValueError as error:
            self._count("not understood", str(error))
            return cri_messages.Info()

    async def _call(self, method: Callable[..., Awaitable[Answer]], request: Any) -> Answer | None:
        """Return the answer, ``None`` if there is none; raise ``Away`` if nobody is there."""
        try:
            return await method(request, timeout=self._timeout_s)
        except grpc.aio.AioRpcError as error:
            if error.code() in _AWAY:
                raise self._away(_reason(error), error.details()) from error
            if error.code() is not grpc.StatusCode.NOT_FOUND:
                self._count(_reason(error), error.details())
            return None
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if task is None or task.cancelling():
                raise
            raise Away from None  # the session's channel was closed


def _reason(error: grpc.aio.AioRpcError) -> str:
    return str(error.code().name).lower().replace("_", " ")
