"""The containers of a pod that is created or changed: ordinary, init and ephemeral ones."""

from collections.abc import Callable
from typing import Any

from shikra.model.event import Event, Reader, Readers
from shikra.model.value import Value
from shikra.sources.audit.document import Document, at, each, texts
from shikra.sources.audit.readers.wrap import index_of, made, made_of_each

_SPEC = ("requestObject", "spec")
_ROOT = "0"  # who runs where neither pod nor container names a user; the image may name another

_FIRST_REGISTRY = "docker.io"  # where an image comes from that doesn't say

_Read = Callable[[Any], Any]


def repository(image: Any) -> str | None:
    """Return an image's name without tag and digest; a registry may have a port."""
    if not isinstance(image, str):
        return None
    name = image.partition("@")[0]
    folder, slash, last = name.rpartition("/")
    return folder + slash + last.partition(":")[0]


def registry(image: Any) -> str | None:
    """Return the host that an image comes from, its port included; runtimes know a first one."""
    if not isinstance(image, str):
        return None
    host, slash, _ = image.partition("/")
    is_host = "." in host or ":" in host or host == "localhost"
    return host if slash and is_host else _FIRST_REGISTRY


def _key(*keys: str) -> _Read:
    return lambda container: at(container, *keys)


def _joined(key: str) -> _Read:
    def read(container: Any) -> str | None:
        words = at(container, key)
        if not isinstance(words, list):
            return None
        return " ".join(word for word in words if isinstance(word, str))

    return read


def _ports(container: Any) -> list[Any]:
    ports = at(container, "ports")
    found = ports if isinstance(ports, list) else []
    return [at(port, "hostPort") or at(port, "containerPort") for port in found]


def _flat(kind: str, read_all: Callable[[Any], list[Any]]) -> Reader:
    """Read a list that each container has."""

    def read(event: Event, argument: str | None) -> Value:
        found = each(event.data.document, (*_SPEC, kind), index_of(argument))
        return texts(value for container in found for value in read_all(container))

    return read


def _effective(kind: str, key: str) -> Reader:
    """Read who a container will run as: what it says, what its pod says, or root."""

    def read(event: Event, argument: str | None) -> Value:
        document = event.data.document
        of_pod = at(document, *_SPEC, "securityContext", key)
        found = each(document, (*_SPEC, kind), index_of(argument))
        return texts(_first(at(one, "securityContext", key), of_pod, _ROOT) for one in found)

    return read


def _first(*values: Any) -> Any:
    return next((value for value in values if value is not None), None)


_OF_EACH: dict[str, _Read] = {
    "name": _key("name"),
    "image": _key("image"),
    "image.repository": lambda container: repository(at(container, "image")),
    "image.registry": lambda container: registry(at(container, "image")),
    "command": _joined("command"),
    "args": _joined("args"),
    "privileged": _key("securityContext", "privileged"),
    "allow_privilege_escalation": _key("securityContext", "allowPrivilegeEscalation"),
    "read_only_fs": _key("securityContext", "readOnlyRootFilesystem"),
    "run_as_user": _key("securityContext", "runAsUser"),
    "run_as_group": _key("securityContext", "runAsGroup"),
    "proc_mount": _key("securityContext", "procMount"),
}


def _capabilities(container: Any) -> list[Any]:
    return list(each(container, ("securityContext", "capabilities", "add")))


def _of_kind(kind: str) -> dict[str, Reader]:
    prefix = f"ka.req.pod.{kind}"
    found = {
        f"{prefix}.{name}": made_of_each((*_SPEC, kind), read) for name, read in _OF_EACH.items()
    }
    found[f"{prefix}.eff_run_as_user"] = _effective(kind, "runAsUser")
    found[f"{prefix}.eff_run_as_group"] = _effective(kind, "runAsGroup")
    found[f"{prefix}.add_capabilities"] = _flat(kind, _capabilities)
    return found


def _of_first(read: _Read) -> Reader:
    """Read what the first container says: how rules asked before there were lists."""

    def first(document: Document) -> Value:
        found = texts(iter([read(one) for one in each(document, (*_SPEC, "containers"), 0)]))
        return found[0] if isinstance(found, tuple) else None

    return made(first)


def _is_any_privileged(document: Document) -> Value:
    keys = (*_SPEC, "containers", "securityContext", "privileged")
    found = list(each(document, keys))
    return (b"true" if True in found else b"false") if found else None


READERS: Readers = {
    **_of_kind("containers"),
    **_of_kind("initContainers"),
    **_of_kind("ephemeralContainers"),
    "ka.req.pod.containers.host_port": _flat("containers", _ports),
    "ka.req.pod.initContainers.host_port": _flat("initContainers", _ports),
    "ka.req.container.image": _of_first(_OF_EACH["image"]),
    "ka.req.container.image.repository": _of_first(_OF_EACH["image.repository"]),
    "ka.req.container.privileged": made(_is_any_privileged),
}
