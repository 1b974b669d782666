"""
What the kernel said of an event, by conditions of the tables that were in force.

A condition is what some rules require (see ``kernel_tables``). One that isn't among ``may`` can't
hold; one among ``surely`` does, whatever is unknown of the event.
"""

import msgspec


class Verdict(msgspec.Struct, frozen=True, gc=False):
    """Sets of conditions, as bits: condition ``n`` is bit ``n % 8`` of byte ``n // 8``."""

    generation: int  # of the tables
    may: bytes
    surely: bytes
