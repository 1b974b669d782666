"""
Make audit events as an API server's log has them, each with an id of its own.

In: how many. Out: batches, as the API server sends them: most requests read, one in twenty makes a
pod with its whole specification, a few concern secrets or go into a container.
"""

import json
from collections.abc import Iterator
from typing import Any

BATCH = 400  # the API server's own limit, unless it is told another

_CONTAINER = {
    "name": "app",
    "image": "registry.example/shop/cart:1.4.2",
    "env": [{"name": f"SETTING_{number}", "value": "x" * 30} for number in range(12)],
    "ports": [{"containerPort": 8080, "protocol": "TCP"}],
    "resources": {"limits": {"cpu": "500m", "memory": "256Mi"}},
    "securityContext": {"allowPrivilegeEscalation": False, "runAsUser": 1000},
    "volumeMounts": [{"name": "tmp", "mountPath": "/tmp"}],  # noqa: S108  of a pod
}
_POD = {
    "kind": "Pod",
    "apiVersion": "v1",
    "metadata": {"generateName": "cart-", "labels": {"app": "cart"}},
    "spec": {"containers": [_CONTAINER, _CONTAINER], "volumes": [{"name": "tmp", "emptyDir": {}}]},
}


def _event(number: int) -> dict[str, Any]:
    made: dict[str, Any] = {
        "level": "Metadata",
        "auditID": f"0b3a1f8e-0000-4000-8000-{number:012d}",
        "stage": "ResponseComplete",
        "requestURI": "/api/v1/namespaces/shop/pods/cart-7",
        "verb": "get",
        "user": {
            "username": "system:serviceaccount:shop:controller",
            "groups": ["system:serviceaccounts", "system:authenticated"],
        },
        "sourceIPs": ["192.0.2.7"],
        "userAgent": "controller/v1.36 (linux/amd64) kubernetes/0000000",
        "objectRef": {
            "resource": "pods",
            "namespace": "shop",
            "name": "cart-7",
            "apiVersion": "v1",
        },
        "responseStatus": {"metadata": {}, "code": 200},
        "requestReceivedTimestamp": "2026-03-01T10:00:00.000001Z",
        "stageTimestamp": "2026-03-01T10:00:00.250000Z",
        "annotations": {"authorization.k8s.io/decision": "allow"},
    }
    match number % 100:
        case 0:
            made["objectRef"] = made["objectRef"] | {"resource": "secrets", "name": "db"}
            made["verb"] = "delete"
        case 1:
            made["objectRef"] = made["objectRef"] | {"subresource": "exec"}
            made["requestURI"] += "/exec?command=sh&container=app&stdin=true&tty=true"
            made["stage"] = "ResponseStarted"
        case rest if rest % 20 == 2:  # noqa: PLR2004  one in twenty
            made |= {"verb": "create", "level": "RequestResponse", "requestObject": _POD}
            made["responseObject"] = _POD
    return made


def batches(count: int) -> Iterator[bytes]:
    """Yield so many events in batches."""
    for start in range(0, count, BATCH):
        items = [_event(number) for number in range(start, min(start + BATCH, count))]
        batch = {"kind": "EventList", "apiVersion": "audit.k8s.io/v1", "items": items}
        yield json.dumps(batch).encode()
