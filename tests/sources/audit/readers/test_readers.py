"""Readers and the catalogue agree."""

from shikra.model.field import Filled
from shikra.model.fields import CATALOGUE
from shikra.sources.audit.readers import READERS


def test_every_field_has_a_reader_and_every_reader_a_field() -> None:
    """What the catalogue promises of the audit log is read, and nothing else."""
    promised = {name for name, field in CATALOGUE.items() if field.filled is Filled.AUDIT}
    assert promised <= set(READERS) <= set(CATALOGUE)
    assert all(CATALOGUE[name].source in ("", "k8s_audit") for name in READERS)
