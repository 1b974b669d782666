"""
Make events of the API server's audit log, as small as a test needs them.

In: what differs from a plain ``get`` of a pod. Out: the document, or the event that it makes.
"""

import json
from typing import Any

from shikra.model.event import Event
from shikra.sources.audit.events import Decoder

PLAIN: dict[str, Any] = {
    "kind": "Event",
    "apiVersion": "audit.k8s.io/v1",
    "level": "Metadata",
    "auditID": "0b3a1f8e-0000-4000-8000-000000000001",
    "stage": "ResponseComplete",
    "requestURI": "/api/v1/namespaces/shop/pods/cart",
    "verb": "get",
    "user": {"username": "ann@example.org", "groups": ["dev", "system:authenticated"]},
    "sourceIPs": ["192.0.2.7"],
    "userAgent": "kubectl/v1.36",
    "objectRef": {"resource": "pods", "namespace": "shop", "name": "cart", "apiVersion": "v1"},
    "responseStatus": {"metadata": {}, "code": 200},
    "requestReceivedTimestamp": "2026-03-01T10:00:00.000001Z",
    "stageTimestamp": "2026-03-01T10:00:00.250000Z",
    "annotations": {"authorization.k8s.io/decision": "allow", "authorization.k8s.io/reason": ""},
}


def document(**changed: Any) -> dict[str, Any]:
    """Return the plain event with some parts changed; ``None`` takes a part out."""
    merged = PLAIN | changed
    return {key: value for key, value in merged.items() if value is not None}


def body(**changed: Any) -> bytes:
    """Return it as the API server writes it."""
    return json.dumps(document(**changed)).encode()


def event(**changed: Any) -> Event:
    """Return it as an event."""
    (read,) = Decoder().read(body(**changed))
    assert isinstance(read, Event), read
    return read


def of_pod(spec: dict[str, Any]) -> Event:
    """Return the creation of a pod."""
    return event(verb="create", requestObject={"kind": "Pod", "spec": spec})
