"""
Everybody who reads a secret that isn't theirs, with the machine's own programs.

In: which programs there are. Out: how each reads. What is missing here is left out.
"""

import enum
import shutil
from collections.abc import Callable

import msgspec

from shikra.app.demo_vault import bundle

FILE = f"{bundle.SECRETS}/db-password"
COPY = "/tmp/copy"  # noqa: S108  in the container
PLACES = "/usr/local/bin:/usr/bin:/bin"


class Way(enum.Enum):
    """How a reader comes into the container."""

    ENTERED = "entered"  # from outside, as kubectl exec does
    TRICKED = "tricked"  # the application was made to start it


class Reader(msgspec.Struct, frozen=True, kw_only=True):
    """One of them."""

    name: str  # as the table has it
    command: tuple[str, ...]
    way: Way = Way.ENTERED


_RENAMED = (
    f"import ctypes; ctypes.CDLL(None).prctl(15, b'python3', 0, 0, 0);print(open('{FILE}').read())"
)
_IMPOSTOR = f"cd {bundle.IMPOSTOR} && exec python3 app.py"
# Copies what the application has written to in memory, area by area, and looks for the secret.
_COPY_MEMORY = f"""
for process in /proc/[0-9]*; do
    [ $process = /proc/1 ] || [ $process = /proc/$$ ] || while read -r area rights _ _ _ name; do
        case $rights$name in rw*/*|r-*|-*|---*) continue ;; esac
        start=$((0x${{area%-*}} / 4096)) end=$((0x${{area#*-}} / 4096))
        dd if=$process/mem of={COPY} bs=4096 skip=$start count=$((end - start)) || exit
        grep -ao 'pw-[0-9a-f]*;' {COPY} && rm {COPY} && exit
    done <$process/maps
done 2>/dev/null
"""


def _intruder(how: str) -> tuple[str, ...]:
    return ("python3", bundle.INTRUDER, how)


ALL = (
    Reader(name="cat", command=("cat", FILE)),
    Reader(name="head", command=("head", "-n", "1", FILE)),
    Reader(name="tail", command=("tail", "-n", "1", FILE)),
    Reader(name="dd if=", command=("dd", f"if={FILE}")),
    Reader(name="awk '{print}'", command=("awk", "{print}", FILE)),
    Reader(name="sed ''", command=("sed", "", FILE)),
    Reader(name="cp, and what it copied", command=("cp", FILE, COPY)),
    Reader(name="base64", command=("base64", "-w", "0", FILE)),
    Reader(name="sh -c 'cat ...'", command=("sh", "-c", f"cat {FILE}")),
    Reader(name="bash's own $(<...)", command=("bash", "-c", f'x=$(<{FILE}) && echo "$x"')),
    Reader(name="python3 -c", command=("python3", "-c", f"print(open('{FILE}').read())")),
    Reader(name="curl file://", command=("curl", "-s", f"file://{FILE}")),
    Reader(name="cat of a link in /tmp", command=("sh", "-c", f"ln -s {FILE} /tmp/l; cat /tmp/l")),
    Reader(name="cat by /proc/self/root", command=("cat", f"/proc/self/root{FILE}")),
    Reader(
        name="cat that is called python3", command=("bash", "-c", f"exec -a python3 cat {FILE}")
    ),
    Reader(name="python3 that renames itself", command=("python3", "-c", _RENAMED)),
    Reader(name="python3 app.py, another's", command=("sh", "-c", _IMPOSTOR)),
    Reader(name="cat by the tricked app", command=("cat", FILE), way=Way.TRICKED),
    Reader(name="sh by the tricked app", command=("sh", "-c", f"cat {FILE}"), way=Way.TRICKED),
    Reader(name="dd of the app's memory", command=("sh", "-c", _COPY_MEMORY)),
    Reader(name="/proc/PID/mem of the app", command=_intruder("mem")),
    Reader(name="process_vm_readv of the app", command=_intruder("call")),
    Reader(name="ptrace of the app", command=_intruder("debugger")),
)

Found = Callable[[str], object]


def present(found: Found = lambda name: shutil.which(name, path=PLACES)) -> tuple[Reader, ...]:
    """Return those whose program there is; python is the application's own, so it is there."""
    return tuple(
        reader for reader in ALL if reader.command[0] == "python3" or found(reader.command[0])
    )
