"""A rule that matched an event: what every output, response and history is given."""

from collections.abc import Mapping

import msgspec

from shikra.model.enforcement import Action, Mechanism
from shikra.model.rule import RuleInfo
from shikra.model.session import Entry, Session

OutputValue = str | int | float | bool | None | list["OutputValue"]
"""A field's value as an output prints it: text is decoded, a list stays a list."""


class Alert(msgspec.Struct, frozen=True, kw_only=True):
    """One match. Its text is decoded but not escaped: each output escapes for its medium."""

    uuid: str  # version 7: sorts by time
    time_ns: int
    rule: RuleInfo
    message: str  # the rule's output with its fields filled in
    fields: Mapping[str, OutputValue]
    hostname: str
    lineage: tuple[str, ...] = ()  # names of creators up to the container's start, nearest first
    matched_name: str | None = None  # which of the file's names matched: event.NameKind
    matched_path: str | None = None  # that name
    is_inferred: bool = False  # lineage was guessed, or the name that matched may be another
    is_truncated: bool = False  # something of the event was longer than is kept
    metadata_missing: bool = False  # the container's metadata did not come in time
    count: int = 1  # how many it stands for
    action: Action | None = None  # what was done about it; None: its rule only alerts
    mechanism: Mechanism | None = None  # what did it, or would have
    session: Session | None = None  # in which it happened, if in one that came from outside
    entry: Entry | None = None  # it is about, if it is about one
    updates: tuple[str, ...] = ()  # alerts, by their uuid, of which it tells more
    is_summary: bool = False  # of those alone that weren't told: the last that was, once more
