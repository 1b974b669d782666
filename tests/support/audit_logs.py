"""
Write an audit log as API servers and those who rotate it do.

In: what is done to it. Out: the file, and the ids of the events that were written.
"""

import json
import os
import shutil
import time
from pathlib import Path

from support.audited import document


class AuditLog:
    """One log, and what it was rotated into."""

    def __init__(self, folder: Path) -> None:
        """Write nothing yet."""
        self.path = folder / "audit.log"
        self.ids: list[str] = []

    def write(self, count: int = 1) -> list[str]:
        """Append events; return their ids."""
        ids = [f"id-{len(self.ids) + number}" for number in range(count)]
        self.append(b"".join(line(one) for one in ids))
        self.ids += ids
        return ids

    def append(self, text: bytes) -> None:
        """Append anything."""
        with self.path.open("ab") as file:
            file.write(text)

    def rename(self) -> None:
        """Rotate as API servers do."""
        self.path.rename(self._rotated())

    def copy_and_truncate(self) -> None:
        """Rotate as ``logrotate`` does for programs that can't open a file again."""
        shutil.copyfile(self.path, self._rotated())
        os.truncate(self.path, 0)

    def _rotated(self) -> Path:
        time.sleep(0.005)  # file systems stamp the time no finer than a tick
        number = len(list(self.path.parent.glob("audit-*.log")))
        return self.path.with_name(f"audit-2026-01-{number:04}.log")


def line(audit_id: str, **changed: object) -> bytes:
    """Return one event as it stands in a log."""
    return json.dumps(document(auditID=audit_id, **changed)).encode() + b"\n"


def audit_id(text: bytes) -> str:
    """Return the id of an event in a log."""
    return str(json.loads(text)["auditID"])
