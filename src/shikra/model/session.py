"""
Somebody in a running container: as the kernel sees it, and as the API server does.

``Session`` is what one process that came from outside has created, ``Entry`` a request to the API
server that lets such a process in. Which belong together is for others to find out.
"""

import msgspec


class Session(msgspec.Struct, frozen=True, kw_only=True):
    """What one process that entered a container has created, itself included."""

    id: str
    container_id: str
    container_name: str  # empty: not known
    namespace: str
    pod: str
    command: str  # of the process that entered: its words, joined by blanks
    started_ns: int  # since the epoch, by this machine's clock


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """A request that was answered by starting a process in a container."""

    namespace: str
    pod: str
    container_name: str  # empty: the pod has but one
    command: str
    user: str
    source_ips: tuple[str, ...]
    at_ns: int  # since the epoch, by the API server's clock
