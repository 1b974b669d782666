"""
Tables that let every event of some types through.

In: event types. Out: tables with a condition for each, which nothing excludes.
"""

from shikra.model import kernel_tables as model


def tables(event_types: frozenset[str]) -> model.KernelTables:
    """Return the tables."""
    ordered = sorted(event_types)
    return model.KernelTables(
        rules=(frozenset(),) * len(ordered),
        urgent=frozenset(),
        process=model.Program(),
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


NOTHING = tables(frozenset())
