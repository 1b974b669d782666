"""What a pod asks of its host; config maps and services too, of which rules ask little."""

from collections.abc import Iterator
from typing import Any

from shikra.model.event import Event, Readers
from shikra.model.value import Value
from shikra.sources.audit.document import at, compact, each, texts
from shikra.sources.audit.readers.wrap import document_of, index_of, made, many, one

_SPEC = ("requestObject", "spec")
_VOLUMES = (*_SPEC, "volumes")


def _volume_types(event: Event, argument: str | None) -> Value:
    """Read what each volume is: its key beside the name."""
    volumes = each(event.data.document, _VOLUMES, index_of(argument))
    return texts(key for volume in volumes for key in _keys(volume) if key != "name")


def _keys(volume: Any) -> Iterator[str]:
    yield from volume if isinstance(volume, dict) else ()


def _is_host_path(event: Event, argument: str | None) -> Value:
    """Whether a volume is this path of the host, or one that begins so where ``*`` ends it."""
    if not argument:
        return None
    paths = [
        path
        for path in each(document_of(event), (*_VOLUMES, "hostPath", "path"))
        if isinstance(path, str)
    ]
    prefix = argument.removesuffix("*")
    if argument.endswith("*"):
        return b"true" if any(path.startswith(prefix) for path in paths) else b"false"
    return b"true" if argument in paths else b"false"


def _data_of_config_map(document: Any) -> Value:
    data = at(document, "requestObject", "data")
    return None if data is None else compact(data)


READERS: Readers = {
    "ka.req.pod.host_ipc": one(*_SPEC, "hostIPC"),
    "ka.req.pod.host_network": one(*_SPEC, "hostNetwork"),
    "ka.req.container.host_network": one(*_SPEC, "hostNetwork"),
    "ka.req.pod.host_pid": one(*_SPEC, "hostPID"),
    "ka.req.pod.run_as_user": one(*_SPEC, "securityContext", "runAsUser"),
    "ka.req.pod.run_as_group": one(*_SPEC, "securityContext", "runAsGroup"),
    "ka.req.pod.fs_group": one(*_SPEC, "securityContext", "fsGroup"),
    "ka.req.pod.supplemental_groups": many(*_SPEC, "securityContext", "supplementalGroups"),
    "ka.req.pod.volumes.hostpath": many(*_VOLUMES, "hostPath", "path"),
    "ka.req.pod.volumes.flexvolume_driver": many(*_VOLUMES, "flexVolume", "driver"),
    "ka.req.pod.volumes.volume_type": _volume_types,
    "ka.req.volume.hostpath": _is_host_path,
    "ka.req.configmap.name": one("objectRef", "name"),
    "ka.req.configmap.obj": made(_data_of_config_map),
    "ka.req.service.type": one(*_SPEC, "type"),
    "ka.req.service.ports": many(*_SPEC, "ports"),
}
