"""
How the fields of a kernel event are read: one table a family, all of them in ``READERS``.

A reader gets the event and the text between the brackets, if any, and returns the field's value,
or ``None`` where there is none. What each field means and of which type it is says the catalogue.
"""

from shikra.model import event, time_readers
from shikra.sources.kernel.readers import (
    arguments,
    counts,
    creators,
    environment,
    evt,
    executable,
    files,
    ids,
    leaders,
    paths,
    proc,
    resources,
    services,
    sockets,
    streams,
    traffic,
)

READERS: event.Readers = {
    **time_readers.READERS,
    **evt.READERS,
    **arguments.READERS,
    **proc.READERS,
    **creators.READERS,
    **ids.READERS,
    **files.READERS,
    **paths.READERS,
    **sockets.READERS,
    **services.READERS,
    **leaders.READERS,
    **environment.READERS,
    **executable.READERS,
    **resources.READERS,
    **streams.READERS,
    **traffic.READERS,
    **counts.READERS,
}
"""Every field that the kernel fills."""
