"""What this machine is called in alerts."""

import socket
from collections.abc import Mapping


def hostname(environment: Mapping[str, str]) -> str:
    """Return what users of Falco have set, or the machine's own name."""
    return environment.get("FALCO_HOSTNAME") or socket.gethostname()
