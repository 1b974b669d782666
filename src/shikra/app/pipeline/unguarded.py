"""
Say which place isn't guarded, and why.

In: what the guard's keeper found out, and the containers that it is about. Out: a phrase.
"""

from shikra.app.pipeline.guard_told import Told
from shikra.model.container import Container


def phrase(told: Told, container: Container | None, other: Container | None) -> str:
    """Name the place, its container, the reason, and the container that shares it."""
    where = "" if container is None else f" in {_named(container)}"
    whom = "" if other is None else f" ({_named(other)})"
    why = f": {told.why}{whom}" if told.why else ""
    return f"{told.what or 'a volume'}{where}{why}"


def _named(container: Container) -> str:
    pod = f" of pod {container.namespace}/{container.pod_name}" if container.pod_name else ""
    return f"container {container.id}{pod}"
