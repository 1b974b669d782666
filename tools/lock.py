"""
Pin every Python package that the project, its build and its tests use.

In: the requirements in ``pyproject.toml``. Out: ``requirements.lock``, with a hash for every file
and no address of a registry, so that it works wherever a mirror is configured. Its first line is
a digest of the requirements: ``--check`` compares that, without network, and exits 1 on drift.
"""

import hashlib
import json
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LOCK = ROOT / "requirements.lock"
GROUPS = ("build", "dev")
COMPILE = ["uv", "pip", "compile", "pyproject.toml", "--universal", "--generate-hashes", "--quiet"]
COMPILE += ["--no-annotate", "--no-header", *(f"--group={group}" for group in GROUPS)]
COMPILE += ["--output-file", LOCK.name]  # pins that still fit stay


def first_line() -> str:
    """Return the line that a lock of today's requirements begins with."""
    document = tomllib.loads((ROOT / "pyproject.toml").read_text())
    project = document["project"]
    asked = [project["requires-python"], project["dependencies"], document["dependency-groups"]]
    digest = hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()
    return f"# Made by `make lock` from requirements with digest {digest[:16]}"


def main(arguments: list[str]) -> int:
    """Write the lock, or check it."""
    if arguments == ["--check"]:
        if LOCK.read_text().partition("\n")[0] == first_line():
            return 0
        print("requirements.lock is older than pyproject.toml: run make lock", file=sys.stderr)
        return 1
    subprocess.run(COMPILE, cwd=ROOT, check=True)
    LOCK.write_text(f"{first_line()}\n{LOCK.read_text()}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
