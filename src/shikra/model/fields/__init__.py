"""
The catalogue: every field that a rule may name.

One table a family. Names, types and flags are Falco's, so that its rules load; the fields that
Falco lacks are ``fd.realpath`` and, of ``proc``, ``below_terminal``, ``entered``,
``in_init_tree``, ``exe_is_init``, ``lineage`` and ``lineage_inferred``.
"""

from shikra.model.field import Catalogue
from shikra.model.fields import audit, container, evt, fd, fspath, k8s, proc, thread, user

CATALOGUE: Catalogue = {
    field.name: field
    for family in (evt, proc, thread, fd, fspath, user, container, k8s, audit)
    for field in family.FIELDS
}
"""Every field by its name."""
