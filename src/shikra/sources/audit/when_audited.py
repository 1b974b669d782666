"""
The time of an audit event: when its stage was reached.

In: the event as it was decoded. Out: nanoseconds since the epoch, or nothing where no time can be
read. Kubernetes writes RFC 3339 with up to nine digits of a second.
"""

import datetime as dt
import re

from shikra.model.when import SECOND_NS
from shikra.sources.audit.document import Document

_WRITTEN = re.compile(
    r"(\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d)(?:\.(\d{1,9})\d*)?([Zz]|[+-]\d\d:\d\d)", re.ASCII
)
_MAX_LENGTH = 64


def time_ns(document: Document) -> int | None:
    """Return when its stage was reached; of events without that, when the request came."""
    for key in ("stageTimestamp", "requestReceivedTimestamp"):
        written = document.get(key)
        if isinstance(written, str) and len(written) <= _MAX_LENGTH:
            return parse(written)
    return None


def parse(written: str) -> int | None:
    """Return the time that is written, ``None`` if none is."""
    found = _WRITTEN.fullmatch(written)
    if found is None:
        return None
    second, fraction, zone = found.groups()
    try:
        whole = dt.datetime.fromisoformat(second.upper() + zone.upper())
    except ValueError:
        return None
    return int(whole.timestamp()) * SECOND_NS + int((fraction or "").ljust(9, "0"))
