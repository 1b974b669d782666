"""
Send audit events as an API server does.

In: a port, a body, perhaps TLS and headers. Out: the status of the answer.
"""

import http.client
import json
import ssl
from collections.abc import Mapping
from typing import Any

PATH = "/k8s-audit?timeout=30s"
SECONDS = 30.0


def event_list(*documents: Mapping[str, Any]) -> bytes:
    """Return a batch of events."""
    batch = {"kind": "EventList", "apiVersion": "audit.k8s.io/v1", "items": list(documents)}
    return json.dumps(batch).encode()


def post(
    port: int,
    body: bytes,
    *,
    tls: ssl.SSLContext | None = None,
    headers: Mapping[str, str] | None = None,
    path: str = PATH,
) -> int:
    """Send one request to this machine."""
    connection: http.client.HTTPConnection
    if tls is None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=SECONDS)
    else:
        connection = http.client.HTTPSConnection("localhost", port, context=tls, timeout=SECONDS)
    try:
        connection.request(
            "POST", path, body, {"Content-Type": "application/json"} | (headers or {})
        )
        return connection.getresponse().status
    finally:
        connection.close()
