"""A log's lines are read once each, whatever order things happen in."""

import contextlib
import random
from pathlib import Path

import pytest

from shikra.sources.audit.events import Unread
from shikra.sources.audit.place import Place
from shikra.sources.audit.tail import Tail
from support.audit_logs import AuditLog, audit_id

STEPS = 30
SECOND_NS = 1_000_000_000


class Story:
    """What happens to a log and to its reader, by chance but the same for the same seed."""

    def __init__(self, folder: Path, seed: int) -> None:
        """Begin with a log that was read."""
        self.log = AuditLog(folder)
        self.read: list[str] = []
        self._chance = random.Random(seed)  # noqa: S311  no secret
        self._now_ns = 0
        self._place: Place | None = None
        self._tail = self._new_tail()
        self.log.write()
        self.poll(3)

    def tell(self) -> None:
        """Let things happen, and then let the reader come to rest."""
        happenings = [
            lambda: self.log.write(1),
            lambda: self.log.write(1),
            lambda: self.log.write(400),
            self.log.rename,
            self.log.copy_and_truncate,
            lambda: self.poll(1),
            lambda: self.poll(5),
            self.restart,
        ]
        for _ in range(STEPS):
            with contextlib.suppress(FileNotFoundError):  # rotation of no log
                self._chance.choice(happenings)()
        self.log.write()
        self.poll(60)
        self._tail.close()

    def poll(self, times: int) -> None:
        """Read, while time passes."""
        for _ in range(times):
            self._now_ns += self._chance.choice([SECOND_NS // 10, SECOND_NS // 3, 2 * SECOND_NS])
            with contextlib.suppress(FileNotFoundError):  # the log may be away
                if piece := self._tail.read(self._now_ns):
                    self._place = piece.place
                    self.read += map(_id_of, piece.lines)

    def restart(self) -> None:
        """Go on from what is stored."""
        self._tail.close()
        self._tail = self._new_tail()

    def _new_tail(self) -> Tail:
        return Tail(self.log.path, 10_000, self._place, is_all_new=True)


def _id_of(line: bytes | Unread) -> str:
    return audit_id(line) if isinstance(line, bytes) else line.message


@pytest.mark.parametrize("seed", range(20))
def test_nothing_is_lost_and_nothing_comes_twice(tmp_path: Path, seed: int) -> None:
    """Through any order of writing, both kinds of rotation and restarts each event is read once."""
    story = Story(tmp_path, seed)
    story.tell()
    assert sorted(story.read) == sorted(story.log.ids)
