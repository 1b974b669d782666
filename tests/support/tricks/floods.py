"""
Opens that are refused, as fast as one process can ask for them.

Each prints how many it tried and how many were granted; ``kernel`` says how they are run.
"""

import os
import subprocess
import sys
import time
from pathlib import Path

import kernel

CREDENTIAL = "/mnt/secrets/db-password"
AT_A_TIME = 100
A_FEW = 3
PAUSE = 0.0005


def tries(name: str, times: int) -> int:
    """Open a file again and again; return how often that was granted."""
    granted = 0
    for _ in range(times):
        try:
            os.close(os.open(name, os.O_RDONLY))
            granted += 1
        except PermissionError:
            pass
    return granted


def flood(name: str) -> None:
    """Try for as many seconds as the command line says."""
    end = time.monotonic() + float(sys.argv[2])
    tried = granted = 0
    while time.monotonic() < end:
        tried += AT_A_TIME
        granted += tries(name, AT_A_TIME)
    os.write(1, f"{tried} {granted}\n".encode())


def by_name() -> None:
    """Open it by the name that the rule has."""
    flood(CREDENTIAL)


def by_many_processes() -> None:
    """Have a process of its own for every few tries; none of them lives to be looked at."""
    end = time.monotonic() + float(sys.argv[2])
    tried = granted = 0
    while time.monotonic() < end:
        tried += A_FEW
        child = os.fork()
        if child == 0:
            os._exit(tries(CREDENTIAL, A_FEW))
        granted += os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    os.write(1, f"{tried} {granted}\n".encode())


def by_a_link() -> None:
    """Open it by another name, which is all that is seen of an open that fails."""
    Path("link").symlink_to(CREDENTIAL)
    flood("link")


def again_and_again() -> None:
    """Try for so many seconds, not as fast as can be; print for how long it was granted."""
    end = time.monotonic() + float(sys.argv[2])
    granted = [0.0]
    while time.monotonic() < end:
        try:
            os.close(os.open(CREDENTIAL, os.O_RDONLY))
            granted.append(time.monotonic())
        except PermissionError:
            pass
        time.sleep(PAUSE)
    os.write(1, f"{granted[-1] - min(granted[1:], default=granted[-1]):f}\n".encode())


def by_programs() -> None:
    """Run one program after the other that prints it, as many as the command line says."""
    programs = [["cat", CREDENTIAL]] * 9
    programs.append([sys.executable, "-I", "-S", "-c", f"print(open({CREDENTIAL!r}).read())"])
    tried, got = int(sys.argv[2]), 0
    for number in range(tried):
        line = programs[number % len(programs)]
        got += b"s3cret" in subprocess.run(line, capture_output=True, check=False).stdout
    os.write(1, f"{tried} {got}\n".encode())


if __name__ == "__main__":
    kernel.main(globals())
