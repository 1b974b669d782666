"""
The application of the demonstration, as it runs in its container: ``python3 app.py``.

Two forked workers and a daemon open both files of the secret for every request, on purpose:
rotation needs no restart. On standard output, a line of JSON each: ``{"read": 10, "by": 7}`` for
every ten requests, ``{"missed": "why"}`` for each that couldn't be served. The first process runs
what comes on standard input, as an application does that was tricked into it, and prints what came
of that; it ends, and its container with it, when nobody holds the other end any more.
"""

import base64
import json
import os
import shlex
import subprocess
import sys
import time
from pathlib import Path

SECRETS = Path("/mnt/secrets")
FILES = ("db-username", "db-password")
WORKERS = 2
REQUESTS = 10
PAUSE_SECONDS = 0.005
MAX_OUTPUT = 1024  # a line must fit into a pipe at once, or those of two processes mix


def say(**told: object) -> None:
    """Print a line, in one call."""
    os.write(1, json.dumps(told).encode() + b"\n")


def request() -> list[str]:
    """Serve one request: read the secret, and look whether it is whole."""
    credential = [(SECRETS / name).read_text() for name in FILES]
    if not all(value.endswith(";") for value in credential):
        raise ValueError(f"a part of a secret: {credential}")
    return credential


def serve() -> None:
    """Serve requests for ever; what was read last stays in memory, as in any application."""
    served = 0
    kept: list[str] = []
    while kept is not None:
        try:
            kept = request()
        except (OSError, ValueError) as error:
            say(missed=str(error))
        served += 1
        if served % REQUESTS == 0:
            say(read=REQUESTS, by=os.getpid())
        time.sleep(PAUSE_SECONDS)


def start() -> None:
    """Fork the workers, and a daemon that the container's first process adopts."""
    for _ in range(WORKERS):
        if os.fork() == 0:
            serve()
    daemon = os.fork()
    if daemon == 0:
        os.setsid()
        if os.fork() == 0:
            serve()
        os._exit(0)
    os.waitpid(daemon, 0)


def main() -> None:
    """Start, and do as told."""
    start()
    for order in sys.stdin:
        # The flaw that this application has.
        done = subprocess.run(shlex.split(order), check=False, capture_output=True)
        output = base64.b64encode((done.stdout + done.stderr)[:MAX_OUTPUT])
        say(ran=order.strip(), code=done.returncode, output=output.decode())


if __name__ == "__main__":
    main()
