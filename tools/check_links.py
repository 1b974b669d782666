"""
Hold the documents to what is there: a link to a file of the repository leads to one.

In: the Markdown files that git tracks. Out: one line for each broken link, and exit code 1.
"""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LINK = re.compile(r"\]\(([^)#:\s]+)(?:#[^)\s]*)?\)")  # with a colon it is an address of the web


def main() -> int:
    """Print the links that lead nowhere."""
    listed = subprocess.run(
        ["git", "ls-files", "*.md"],  # noqa: S607  whichever git there is
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    pages = [ROOT / line for line in listed.stdout.splitlines() if (ROOT / line).is_file()]
    broken = [(page, target) for page in pages for target in broken_links(page)]
    for page, target in broken:
        print(f"{page.relative_to(ROOT)}: {target} isn't there")
    return 1 if broken else 0


def broken_links(page: Path) -> Iterator[str]:
    """Return the targets of a page's links that don't exist."""
    for target in LINK.findall(page.read_text()):
        if not (page.parent / target).exists():
            yield target


if __name__ == "__main__":
    sys.exit(main())
