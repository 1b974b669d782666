"""What came of the audit log, for those who show it."""

from collections.abc import Mapping
from http import HTTPStatus

import msgspec

from shikra.sources.audit.intake import Counts


class AuditFigures(msgspec.Struct, frozen=True):
    """All figures of one moment."""

    counts: Counts
    waiting: int  # events that are still to be evaluated
    answers: Mapping[HTTPStatus, int]  # of the webhook
    incidents: Mapping[tuple[str, str], int]  # by way in and reason, where it fetches by itself
