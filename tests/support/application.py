"""
The application of scenario S1, as it runs in its container: ``python app.py``.

It forks workers and a daemon, each of which opens the credential's two files again and again,
on purpose: rotation needs no restart. It prints ``read <pid>`` for every tenth pair that was
read and ``missed <reason>`` for each that was not. What is written to its orders pipe it runs,
as an application does that was tricked.
"""

import os
import shlex
import subprocess
import time
from pathlib import Path

SECRETS = "/mnt/secrets"
ORDERS = "/run/app/orders"
WORKERS = 2


def serve() -> None:
    """Open both files for every request; one request every twenty milliseconds."""
    count = 0
    while True:
        try:
            for name in ("db-username", "db-password"):
                with Path(SECRETS, name).open() as file:
                    file.read()
        except OSError as error:
            print(f"missed {error}", flush=True)
        count += 1
        if count % 10 == 0:
            print(f"read {os.getpid()}", flush=True)
        time.sleep(0.02)


def main() -> None:
    """Start the workers, and then do as told."""
    for _ in range(WORKERS):
        if os.fork() == 0:
            serve()
    if os.fork() == 0:  # the daemon: adopted by the container's first process
        os.setsid()
        if os.fork() == 0:
            serve()
        os._exit(0)
    os.wait()
    # Open for writing too, the pipe never ends.
    with os.fdopen(os.open(ORDERS, os.O_RDWR)) as orders:
        for order in orders:
            told = subprocess.run(shlex.split(order), check=False, capture_output=True)
            print(f"ran {order.strip()}: {told.returncode}", flush=True)


main()
