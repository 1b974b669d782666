"""Alerts on standard output."""

import os

from shikra.alerts.outputs.stdout import Stdout
from shikra.model.outcome import Done
from support.alerts import alert


def test_each_alert_is_a_line() -> None:
    """Lines are written at once, in order, and the descriptor is left open."""
    reading, writing = os.pipe()
    output = Stdout(lambda one: one.message, writing)
    assert [output.send(alert(message=text)) for text in ("first", "sécond")] == [Done(), Done()]
    output.close()
    assert os.read(reading, 100).decode() == "first\nsécond\n"
    os.close(writing)
    os.close(reading)
