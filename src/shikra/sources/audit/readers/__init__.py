"""
Read the fields of audit events: one table a part of the event, all of them joined here.

In: an event whose ``data`` is ``events.Audited``. Out: values; what the event doesn't say has none.
"""

from shikra.model.event import Readers
from shikra.sources import origin
from shikra.sources.audit.readers import (
    containers,
    pods,
    requests,
    roles,
    sessions,
    whole,
)

READERS: Readers = {
    **origin.READERS,
    **requests.READERS,
    **roles.READERS,
    **containers.READERS,
    **pods.READERS,
    **sessions.READERS,
    **whole.READERS,
}
"""Every field of the catalogue that events of the audit log have."""
