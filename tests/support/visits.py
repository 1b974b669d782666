"""A session in a container, and the request that let it in: a test names only what differs."""

from typing import Any

import msgspec

from shikra.model.session import Entry, Session

NOW_NS = 1_700_000_000_000_000_000

SESSION = Session(
    id="s1",
    container_id="0123456789ab",
    container_name="app",
    namespace="shop",
    pod="cart",
    command="sh",
    started_ns=NOW_NS,
)
ENTRY = Entry(
    namespace="shop",
    pod="cart",
    container_name="app",
    command="sh",
    user="ann",
    source_ips=("192.0.2.7",),
    at_ns=NOW_NS + 100_000_000,
)


def session(**changed: Any) -> Session:
    """Return the session with these parts changed."""
    return msgspec.structs.replace(SESSION, **changed)


def entry(**changed: Any) -> Entry:
    """Return the request with these parts changed."""
    return msgspec.structs.replace(ENTRY, **changed)
