"""
Continue whom a killed process had attached to.

In: the record of a call. A tracer that is killed after PTRACE_ATTACH leaves its target stopped: the
kernel had sent it a SIGSTOP, and nobody is left to let it go on. SIGCONT undoes that whenever it
comes, also before the tracer is gone. Only the last four that the killed thread traced are known.
"""

import contextlib
import os
import signal
import struct

from shikra.sources.kernel import records

_PID = struct.Struct("<I")


def let_go_on(call: records.CallRecord) -> None:
    """Continue them, if the caller was killed and traced any."""
    for (pid,) in _PID.iter_unpack(call.tracees):
        if pid:
            with contextlib.suppress(ProcessLookupError):  # it is gone, too
                os.kill(pid, signal.SIGCONT)
