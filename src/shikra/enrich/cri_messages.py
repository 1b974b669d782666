"""
What a CRI runtime says of a container, as ``model.container``.

In: protobuf messages of CRI v1 and the JSON of their verbose part. Out: a ``Container`` whose
key is left 0: who asked knows it. Pure. Environment, command and annotations aren't kept: they
hold secrets. Pods' authors write most of this, so its size is bounded.
"""

from collections.abc import Mapping

import msgspec
from cri_api.v1 import api_pb2 as cri

from shikra.enrich import image
from shikra.model.container import Container, Knowledge, Mount

MAX_LABELS = 256
MAX_MOUNTS = 256
MAX_TEXT = 4096

_POD_LABEL = "io.kubernetes.pod"
_PROPAGATION = {
    cri.PROPAGATION_PRIVATE: "private",
    cri.PROPAGATION_HOST_TO_CONTAINER: "rslave",
    cri.PROPAGATION_BIDIRECTIONAL: "rshared",
}


class _Security(msgspec.Struct, frozen=True):
    privileged: bool = False


class _Linux(msgspec.Struct, frozen=True):
    security_context: _Security = _Security()


class _Config(msgspec.Struct, frozen=True):
    linux: _Linux = _Linux()


class Info(msgspec.Struct, frozen=True):
    """The verbose part of a status; containerd and CRI-O write it differently."""

    pid: int = 0
    image: str = ""  # of a sandbox
    privileged: bool | None = None  # CRI-O
    config: _Config | None = None  # containerd

    @property
    def is_privileged(self) -> bool | None:
        """Whether it runs privileged, where the runtime says so."""
        if self.privileged is None and self.config is not None:
            return self.config.linux.security_context.privileged
        return self.privileged


def info(verbose: Mapping[str, str]) -> Info:
    """Read the verbose part; what isn't as expected raises ``ValueError``."""
    try:
        return msgspec.json.decode(verbose.get("info", "{}"), type=Info)
    except msgspec.DecodeError as error:
        raise ValueError(f"verbose status: {error}") from error


def sandbox(pod: cri.PodSandbox, verbose: Info) -> Container:
    """Describe a pod's own container; its runtime is left to who asked."""
    reference = image.parse(verbose.image)
    labels = _labels(pod.labels)
    return Container(
        key=0,
        full_id=_text(pod.id),
        knowledge=Knowledge.KNOWN,
        name=_text(pod.metadata.name),
        image=_text(verbose.image),
        repository=_text(reference.repository),
        tag=_text(reference.tag),
        digest=_text(reference.digest),
        namespace=_text(pod.metadata.namespace),
        pod_name=_text(pod.metadata.name),
        pod_uid=_text(pod.metadata.uid),
        sandbox_id=_text(pod.id),
        labels=labels,
        pod_labels=labels,
        first_pid=verbose.pid,
        is_privileged=verbose.is_privileged,
        is_sandbox=True,
    )


def container(
    listed: cri.Container, status: cri.ContainerStatus, verbose: Info, pod: cri.PodSandbox
) -> Container:
    """Describe a container of a pod; its runtime is left to who asked."""
    labels = _labels(status.labels)
    written = _written(listed, status)
    reference = image.parse(written)
    pulled = image.parse(status.image_ref or listed.image_ref)
    if not reference.repository:
        reference = image.Reference(pulled.repository, pulled.tag)
    return Container(
        key=0,
        full_id=_text(listed.id),
        knowledge=Knowledge.KNOWN,
        name=_text(status.metadata.name),
        image=_text(written),
        repository=_text(reference.repository),
        tag=_text(reference.tag),
        # A digest without a repository is the image's id.
        digest=_text(reference.digest or (pulled.digest if pulled.repository else "")),
        image_id=_image_id(listed, status),
        namespace=_text(pod.metadata.namespace) or labels.get(f"{_POD_LABEL}.namespace", ""),
        pod_name=_text(pod.metadata.name) or labels.get(f"{_POD_LABEL}.name", ""),
        pod_uid=_text(pod.metadata.uid) or labels.get(f"{_POD_LABEL}.uid", ""),
        sandbox_id=_text(listed.pod_sandbox_id),
        labels=labels,
        pod_labels=_labels(pod.labels),
        first_pid=verbose.pid,
        is_privileged=verbose.is_privileged,
        mounts=tuple(_mount(each) for each in status.mounts[:MAX_MOUNTS]),
    )


def _written(listed: cri.Container, status: cri.ContainerStatus) -> str:
    """Return the image's name: the pod's, where it is told, else one of those the runtime has."""
    names = (
        listed.image.user_specified_image,
        status.image.user_specified_image,
        listed.image.image,  # of an image with two names, the status may tell the other
        status.image.image,
    )
    return next((name for name in names if image.parse(name).repository), listed.image.image)


def _image_id(listed: cri.Container, status: cri.ContainerStatus) -> str:
    candidates = (status.image_id, listed.image_id, listed.image_ref, status.image_ref)
    found = next((c for c in candidates if c.startswith("sha256:")), "")
    return _text(found.removeprefix("sha256:"))


def _mount(mount: cri.Mount) -> Mount:
    return Mount(
        source=_text(mount.host_path),
        destination=_text(mount.container_path),
        is_writable=not mount.readonly,
        propagation=_PROPAGATION.get(mount.propagation, ""),
    )


def _labels(labels: Mapping[str, str]) -> dict[str, str]:
    kept = sorted(labels)[:MAX_LABELS]
    return {_text(key): _text(labels[key]) for key in kept}


def _text(text: str) -> str:
    return text[:MAX_TEXT]
