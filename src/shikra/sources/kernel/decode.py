"""
Turn the bytes of the ring into records.

In: bytes laid out as the object's own types say. Out: ``records``. A record that is short or of
an unknown kind is counted and skipped, never raised: the kernel side may be newer than we are.
"""

import struct
from collections.abc import Callable, Iterable, Iterator

from shikra.sources.kernel import btf, layout, records

_KINDS: tuple[tuple[str, str, type[records.Record]], ...] = (
    ("RECORD_FORK", "fork_record", records.ForkRecord),
    ("RECORD_EXEC", "exec_record", records.ExecRecord),
    ("RECORD_MOVE", "move_record", records.MoveRecord),
    ("RECORD_EXIT", "exit_record", records.ExitRecord),
    ("RECORD_CONTAINER", "container_record", records.ContainerRecord),
    ("RECORD_CALL", "call_record", records.CallRecord),
    ("RECORD_HEARTBEAT", "heartbeat_record", records.HeartbeatRecord),
)


class Decoder:
    """Decodes the records of one object, and counts what it can't."""

    def __init__(self, types: btf.Btf) -> None:
        """Look up where everything lies; what isn't there raises ``LayoutError``."""
        numbers = types.enum("record_kind")
        self._makers: dict[int, Callable[[bytes], records.Record]] = {
            numbers[kind]: layout.reader(types, name, record) for kind, name, record in _KINDS
        }
        kind = types.leaves("record")["kind"]
        self._kind = struct.Struct(f"<{kind.offset}x{kind.code}").unpack_from
        self.skipped_short = 0
        self.skipped_unknown = 0

    def decode(self, raws: Iterable[bytes]) -> Iterator[records.Record]:
        """Yield the records that can be read."""
        makers, kind_of = self._makers, self._kind
        for raw in raws:
            try:
                make = makers.get(kind_of(raw)[0])
                if make is not None:
                    yield make(raw)
                else:
                    self.skipped_unknown += 1
            except struct.error:
                self.skipped_short += 1
