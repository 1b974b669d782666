"""
Print what was measured, and keep it in RESULTS.md.

In: a title, what was measured how, the lines of a table. Out: that section of the file, in the
place of what it said before; other sections stay.
"""

import os
import platform
import re
from collections.abc import Iterable
from pathlib import Path

RESULTS = Path(__file__).with_name("RESULTS.md")
HEAD = "# Measured\n\nWritten by `make bench`, a section a script; do not edit.\n"


def keep(title: str, about: str, lines: Iterable[str]) -> None:
    """Print the table and put it into the file."""
    table = "\n".join(lines)
    print(f"{title}\n{table}")
    machine = (
        f"Linux {platform.release()}, {os.cpu_count()} CPUs, Python {platform.python_version()}."
    )
    section = f"\n## {title}\n\n{about}\n{machine}\n\n{table}\n"
    before = RESULTS.read_text() if RESULTS.exists() else HEAD
    others = re.sub(rf"\n## {re.escape(title)}\n.*?(?=\n## |\Z)", "", before, flags=re.DOTALL)
    RESULTS.write_text(others + section)
