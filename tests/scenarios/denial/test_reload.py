"""Rules are reloaded while a secret is denied: no open falls between the old and the new."""

import threading
from pathlib import Path

import pytest

from support.ground import Ground
from support.sensor import Sensor
from support.waiting import until

pytestmark = pytest.mark.containers

RELOADS = 5


def reloads(denying: Sensor) -> int:
    """Count the reloads so far."""
    return sum("reload" in line for line in denying.log)


def test_no_reload_lets_an_open_through(place: Ground, denying: Sensor, rules: Path) -> None:
    """Until the new tables are told everything, those before decide."""
    text = rules.read_text()
    granted: list[bytes] = []
    is_over = threading.Event()

    def read() -> None:
        while not is_over.is_set():
            done = place.container.exec(*place.command("shared", "tried_for_long"), seconds=60)
            granted.append(done.stdout)

    reader = threading.Thread(target=read)
    reader.start()
    try:
        for number in range(RELOADS):
            before = reloads(denying)
            rules.write_text(f"{text}# {number}\n")
            until(lambda before=before: reloads(denying) > before, "a reload", 20)
    finally:
        is_over.set()
        reader.join()
        rules.write_text(text)
    assert set(granted) == {b"0\n"}
