"""The program's own messages."""

import logging
import os
import subprocess
import sys

import pytest

from shikra.app import log

LOG = logging.getLogger("shikra.test")


def test_messages_are_lines_of_ours(capfd: pytest.CaptureFixture[str]) -> None:
    """Each names the program and, from warnings up, the level; nothing hostile gets through."""
    with log.to_standard_error():
        LOG.debug("not shown")
        LOG.info("ready")
        LOG.warning("file %s", "/tmp/\x1b[2J\u202e\nshikra: fake")  # noqa: S108  not opened
    assert capfd.readouterr().err.splitlines() == [
        "shikra: ready",
        r"shikra: warning: file /tmp/\u001b[2J\u202e",
        "    shikra: fake",
    ]


def test_a_reader_that_stopped_does_not_hold_up_the_program() -> None:
    """A full pipe costs messages; neither logging nor the program's end waits for it."""
    program = (
        "import logging\n"
        "from shikra.app import log\n"
        "with log.to_standard_error():\n"
        "    for at in range(5000): logging.warning('x' * 1000)\n"
        "print('done')\n"
    )
    reading, writing = os.pipe()
    try:
        done = subprocess.run(  # noqa: S603  our own program
            [sys.executable, "-c", program],
            stderr=writing,
            stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": "src"},
            timeout=30,
            check=True,
        )
    finally:
        os.close(writing)
        os.close(reading)
    assert done.stdout == b"done\n"
