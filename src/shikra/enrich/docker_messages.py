"""
What Docker and Podman say of a container, as ``model.container``.

In: the JSON of the Docker Engine API. Out: a ``Container`` whose key is left 0: who asked knows
it. Pure. Environment and command aren't kept: they hold secrets. Kubernetes' labels are read,
since cri-dockerd puts them on. Whoever starts containers writes most of this, so it is bounded.
"""

from collections.abc import Mapping
from typing import Any

import msgspec

from shikra.enrich import image
from shikra.model.container import Container, Knowledge, Mount

MAX_LABELS = 256
MAX_MOUNTS = 256
MAX_TEXT = 4096

_POD = "io.kubernetes.pod"
_KIND = "io.kubernetes.docker.type"  # cri-dockerd's: "podsandbox" or "container"
_ALGORITHM = "sha256:"


class _Wire(msgspec.Struct, frozen=True, rename="pascal"):
    pass


class Listed(_Wire, frozen=True):
    """A row of the list; also what is called ``Actor`` in an event."""

    id: str = msgspec.field(name="Id", default="")


class _State(_Wire, frozen=True):
    pid: int = 0


class _Config(_Wire, frozen=True):
    image: str = ""
    labels: dict[str, str] | None = None


class _HostConfig(_Wire, frozen=True):
    privileged: bool | None = None


class _Mount(_Wire, frozen=True):
    source: str = ""
    destination: str = ""
    propagation: str = ""
    is_writable: bool = msgspec.field(name="RW", default=False)


class Inspected(_Wire, frozen=True):
    """One container."""

    id: str
    name: str = ""
    image: str = ""  # its id
    state: _State = _State()
    config: _Config = _Config()
    host_config: _HostConfig = _HostConfig()
    mounts: list[_Mount] | None = None


class Happened(msgspec.Struct, frozen=True):
    """An event."""

    status: str = ""
    id: str = ""


class _Component(_Wire, frozen=True):
    name: str = ""


class Version(_Wire, frozen=True):
    """Who answers."""

    components: list[_Component] | None = None

    @property
    def engine(self) -> str:
        """``podman`` or ``docker``."""
        names = [component.name for component in self.components or []]
        return "podman" if any(name.startswith("Podman") for name in names) else "docker"


def decode(data: bytes, kind: Any) -> Any:
    """Read an answer; what isn't as expected raises ``ValueError``."""
    try:
        return msgspec.json.decode(data, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ValueError(f"not understood: {error}") from error


def container(inspected: Inspected, engine: str) -> Container:
    """Describe a container of this engine."""
    written = inspected.config.image
    reference = image.parse(written)
    labels = _labels(inspected.config.labels or {})
    is_sandbox = labels.get(_KIND) == "podsandbox"
    return Container(
        key=0,
        full_id=_text(inspected.id),
        knowledge=Knowledge.KNOWN,
        runtime=engine,
        name=labels.get("io.kubernetes.container.name") or _text(inspected.name.removeprefix("/")),
        image=_text(written),
        repository=_text(reference.repository),
        tag=_text(reference.tag),
        digest=_text(reference.digest if reference.repository else ""),
        image_id=_text(inspected.image.removeprefix(_ALGORITHM)),
        namespace=labels.get(f"{_POD}.namespace", ""),
        pod_name=labels.get(f"{_POD}.name", ""),
        pod_uid=labels.get(f"{_POD}.uid", ""),
        sandbox_id=labels.get("io.kubernetes.sandbox.id", ""),
        labels=labels,
        first_pid=inspected.state.pid,
        is_privileged=inspected.host_config.privileged,
        is_sandbox=is_sandbox,
        mounts=tuple(_mount(each) for each in (inspected.mounts or [])[:MAX_MOUNTS]),
    )


def _mount(mount: _Mount) -> Mount:
    return Mount(
        source=_text(mount.source),
        destination=_text(mount.destination),
        is_writable=mount.is_writable,
        propagation=_text(mount.propagation),
    )


def _labels(labels: Mapping[str, str]) -> dict[str, str]:
    return {_text(key): _text(labels[key]) for key in sorted(labels)[:MAX_LABELS]}


def _text(text: str) -> str:
    return text[:MAX_TEXT]
