"""
The fields on what is done to the cluster: one request to the API server, as its audit log has it.

All hold text, flags and numbers too; what the log doesn't have has no value. A list that is taken
by its index holds the one element.
"""

from collections.abc import Mapping
from typing import Any

from shikra.model.field import Field, Stage
from shikra.model.fields.rows import ALLOWED, AUDIT, REQUIRED, TEXT, Family

SOURCE = "k8s_audit"

_asked = Family(Stage.EVENT, SOURCE)

_LIST = {"is_list": True}
_INDEXED = _LIST | {"argument": ALLOWED, "argument_is_index": True}
_KEYED = {"argument": REQUIRED}
_OLD = {"is_deprecated": True}


def _text(name: str, description: str, **flags: Any) -> Field:
    return _asked(f"ka.{name}", TEXT, AUDIT, description, **flags)


def _texts(name: str, description: str) -> Field:
    return _asked(f"ka.{name}", TEXT, AUDIT, description, **_LIST)


def _each(name: str, description: str) -> Field:
    return _asked(f"ka.{name}", TEXT, AUDIT, description, **_INDEXED)


def _keyed(name: str, description: str, **flags: Any) -> Field:
    return _asked(f"ka.{name}", TEXT, AUDIT, description, **_KEYED, **flags)


REQUEST: tuple[Field, ...] = (
    _text("auditid", "Id of the audit event."),
    _text("stage", "How far the request had come: ResponseComplete, for one."),
    _text("verb", "What was asked for: get, create, delete, and so on."),
    _text("uri", "The request's URI."),
    _keyed("uri.param", "One parameter of the URI's query."),
    _text("user.name", "Who asked."),
    _texts("user.groups", "The groups of who asked."),
    _text("impuser.name", "In whose name it was asked, where that is another's."),
    _text("impersonated.user.name", "The same, by the name that the audit log has for it."),
    _text("useragent", "What the client calls itself."),
    _each("sourceips", "Addresses that the request came by."),
    _text("cluster.name", "The cluster, as its operator calls it."),
    _text("auth.decision", "Whether it was allowed."),
    _text("auth.reason", "Why it was allowed, or not."),
    _text("forbidden", "Whether it was refused: by the authorizers or with status 403."),
    _text("truncated", "Whether it was so long that only its shorter parts are there."),
    _text("auth.openshift.decision", "What OpenShift's server decided about the login."),
    _text("auth.openshift.username", "Who logged in at OpenShift's server."),
    _text("validations.admission.policy.failure", "The admission policy's check that failed."),
    _text("security.pod.violations", "What of the pod security standard was violated."),
)

TARGET: tuple[Field, ...] = (
    _text("target.name", "Name of the object that is asked about."),
    _text("target.namespace", "Its namespace."),
    _text("target.resource", "Its kind, in the plural: pods, secrets."),
    _text("target.subresource", "The part of it that is asked for: exec, log."),
    _text("target.pod.name", "Name of the pod, where a pod is asked about."),
)

SESSIONS: tuple[Field, ...] = (
    _text("exec.command", "What is run in a container by exec: its words, joined by blanks."),
    _text("exec.container", "The container that is entered, where exec or attach names one."),
    _text("exec.tty", "Whether exec or attach asks for a terminal."),
)

RESPONSE: tuple[Field, ...] = (
    _text("resp.name", "Name of the object in the answer."),
    _text("response.code", "The answer's HTTP status."),
    _text("response.reason", "Why it failed, if it did."),
)

ROLES: tuple[Field, ...] = (
    _texts("req.binding.subjects", "Whom a role is given to."),
    _texts("req.binding.subjects.user_names", "The users among them."),
    _texts("req.binding.subjects.serviceaccount_names", "The service accounts among them."),
    _texts(
        "req.binding.subjects.serviceaccount_ns_names",
        "The service accounts among them, with their namespaces.",
    ),
    _texts("req.binding.subjects.group_names", "The groups among them."),
    _text("req.binding.role", "The role that is given."),
    _keyed("req.binding.subject.has_name", "Always N/A.", **_OLD),
    _texts("req.role.rules", "The rules of a role."),
    _each("req.role.rules.apiGroups", "The API groups of its rules."),
    _each("req.role.rules.nonResourceURLs", "The URLs of its rules that are no objects'."),
    _each("req.role.rules.verbs", "The verbs of its rules."),
    _each("req.role.rules.resources", "The kinds of object of its rules."),
)

_OF_EACH_CONTAINER = {
    "name": "Names of {}.",
    "image": "Images of {}.",
    "image.repository": "Where the images of {} come from.",
    "image.registry": "Hosts that the images of {} come from; docker.io where none is named.",
    "command": "Commands of {}.",
    "args": "Arguments of {}.",
    "privileged": "Whether {} are privileged.",
    "allow_privilege_escalation": "Whether a process of {} may gain privileges.",
    "read_only_fs": "Whether the root file systems of {} are read-only.",
    "run_as_user": "The users that {} ask to run as.",
    "eff_run_as_user": "The users that {} will run as: their own, the pod's, or 0.",
    "run_as_group": "The groups that {} ask to run as.",
    "eff_run_as_group": "The groups that {} will run as: their own, the pod's, or 0.",
    "proc_mount": "How /proc is mounted in {}.",
    "add_capabilities": "Capabilities that are added to {}.",
}
_PORTS = {"host_port": "Ports on the host of {}; where they have none, their own."}


def _of_containers(kind: str, called: str, asked: Mapping[str, str]) -> tuple[Field, ...]:
    return tuple(
        _each(f"req.pod.{kind}.{name}", told.format(called)) for name, told in asked.items()
    )


CONTAINERS: tuple[Field, ...] = (
    *_of_containers("containers", "a pod's containers", _OF_EACH_CONTAINER | _PORTS),
    *_of_containers("initContainers", "a pod's init containers", _OF_EACH_CONTAINER | _PORTS),
    *_of_containers("ephemeralContainers", "a pod's ephemeral containers", _OF_EACH_CONTAINER),
    _text("req.container.image", "Image of the first container.", **_OLD),
    _text("req.container.image.repository", "Where it comes from.", **_OLD),
    _text("req.container.privileged", "Whether one is privileged.", **_OLD),
    _text("req.container.host_network", "Whether a pod shares the host's network.", **_OLD),
)

POD: tuple[Field, ...] = (
    _text("req.pod.host_ipc", "Whether a pod shares the host's IPC namespace."),
    _text("req.pod.host_network", "Whether it shares the host's network."),
    _text("req.pod.host_pid", "Whether it shares the host's pid namespace."),
    _text("req.pod.run_as_user", "The user that it asks to run as."),
    _text("req.pod.run_as_group", "The group that it asks to run as."),
    _text("req.pod.fs_group", "The group that owns its volumes."),
    _texts("req.pod.supplemental_groups", "Its further groups."),
    _each("req.pod.volumes.hostpath", "Paths of the host that are its volumes."),
    _each("req.pod.volumes.flexvolume_driver", "Drivers of its flex volumes."),
    _each("req.pod.volumes.volume_type", "Kinds of its volumes."),
    _keyed("req.volume.hostpath", "Whether a path of the host is a volume.", **_OLD),
)

OTHERS: tuple[Field, ...] = (
    _text("req.configmap.name", "Name of a config map."),
    _text("req.configmap.obj", "All of a config map."),
    _text("req.service.type", "Type of a service."),
    _each("req.service.ports", "Ports of a service."),
)


def _document(prefix: str) -> tuple[Field, ...]:
    return (
        _asked(
            f"{prefix}.value",
            TEXT,
            AUDIT,
            "What a JSON pointer leads to in the event.",
            **_KEYED,
        ),
        _asked(f"{prefix}.obj", TEXT, AUDIT, "The whole event."),
        _asked(f"{prefix}.rawtime", TEXT, AUDIT, "Time of the event, in nanoseconds."),
    )


FIELDS = (
    REQUEST
    + TARGET
    + SESSIONS
    + RESPONSE
    + ROLES
    + CONTAINERS
    + POD
    + OTHERS
    + _document("json")
    + _document("jevt")
)
