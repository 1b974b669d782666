"""
Hold the documents to what is there: a link leads to a file, a command can be typed in a clone.

In: the Markdown files that git tracks. Out: one line for each broken link and for each command line
that calls ``shikra`` as if it were installed, and exit code 1.
"""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LINK = re.compile(r"\]\(([^)#:\s]+)(?:#[^)\s]*)?\)")  # with a colon it is an address of the web
BARE_COMMAND = re.compile(r"^(?:[#$] )?(?:sudo )?shikra [a-z]\S*", re.MULTILINE)


def main() -> int:
    """Print the links that lead nowhere, and the commands that aren't found."""
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
    bare = [(page, command) for page in pages for command in bare_commands(page)]
    for page, command in bare:
        print(f"{page.relative_to(ROOT)}: {command} is .venv/bin/shikra in a clone")
    return 1 if broken or bare else 0


def broken_links(page: Path) -> Iterator[str]:
    """Return the targets of a page's links that don't exist."""
    for target in LINK.findall(page.read_text()):
        if not (page.parent / target).exists():
            yield target


def bare_commands(page: Path) -> Iterator[str]:
    """Return the commands that stand on lines of their own and that a shell wouldn't find."""
    for block in page.read_text().split("```")[1::2]:
        yield from BARE_COMMAND.findall(block)


if __name__ == "__main__":
    sys.exit(main())
