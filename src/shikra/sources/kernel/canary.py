"""
Try whether the kernel ends a process before its call returns to it.

In: the loaded probe. Out: yes or no. A child of ours waits in a call; a program of the probe that
is attached for it alone kills it when the call returns. If what it would do next is done, or it
ends in another way, rules that kill must not be offered on this kernel.
"""

import signal
import struct
import subprocess
import sys
from typing import IO, cast

from shikra.sources.kernel import probe

_ONLY = bytes(4)  # the key of an array of one
_PID = struct.Struct("<I")
_SECONDS = 10.0
_WAITS = "import os; os.write(1, b'.'); os.read(0, 1); os.write(1, b'!')"


def dies(loaded: probe.Probe) -> bool:
    """Return whether it died before it did anything else."""
    command = (sys.executable, "-I", "-S", "-c", _WAITS)
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:  # noqa: S603  a constant
        try:
            cast("IO[bytes]", child.stdout).read(1)
            loaded.map("canary").set(_ONLY, _PID.pack(child.pid))
            with loaded.attached("canary_returned"):
                said, _ = child.communicate(timeout=_SECONDS)
        except subprocess.TimeoutExpired:
            return False
        finally:
            loaded.map("canary").set(_ONLY, _PID.pack(0))
            child.kill()
    return child.returncode == -signal.SIGKILL and not said
