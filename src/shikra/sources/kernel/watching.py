"""
Tables that let every event of some types through.

In: event types, and those that the host makes, too. Out: tables whose conditions nothing excludes,
but for one bit: that it is a container.
"""

from shikra.model import kernel_tables as model

IS_CONTAINER = 0
ON_HOST = model.ContainerBits(matched=0)
_NODE = 1


def tables(event_types: frozenset[str], on_host: frozenset[str]) -> model.KernelTables:
    """Return the tables; the host is told ``ON_HOST``, of containers nothing need be told."""
    ordered = sorted(event_types)
    return model.KernelTables(
        rules=(frozenset(),) * len(ordered),
        urgent=frozenset(),
        process=model.Program(
            atoms=(model.Atom(_NODE, model.OfContainer(IS_CONTAINER)),),
            requirements=tuple(
                (2 * _NODE, condition)
                for condition, name in enumerate(ordered)
                if name not in on_host
            ),
        ),
        images={},
        views={},
        classes=tuple(
            model.EventClass(
                event_type=name,
                conditions=frozenset({condition}),
                numbers=model.Program(),
                named=frozenset(),
                opened_only=frozenset(),
                full=model.Program(),
            )
            for condition, name in enumerate(ordered)
        ),
    )


NOTHING = tables(frozenset(), frozenset())
