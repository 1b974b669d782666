"""
Hold the repository to its layout.

In: the files that git tracks. Out: one line for each that breaks a rule of the house, and exit
code 1. The rules: tests mirror what they test, files stay short, names say something, a rule has
its events beside it, nothing names a folder of the machine it was written on.
"""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
MAX_LINES = {".py": 500, ".c": 200, ".h": 300}
VAGUE = re.compile(r"(utils?|helpers?|common|misc|manager)\.(py|c|h)")
WITHOUT_MIRROR = (
    "kernel",
    "kernels",
    "agreement",
    "conformance",
    "scenarios",
    "support",
)  # tests of several parts
ANYBODYS = [Path(path) for path in ("/", "/home", "/opt", "/root", "/srv", "/tmp")]  # noqa: S108  not opened


def main() -> int:
    """Print what breaks a rule."""
    listed = subprocess.run(
        ["git", "ls-files"],  # noqa: S607  whichever git there is
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    files = [Path(line) for line in listed.stdout.splitlines() if (ROOT / line).is_file()]
    complaints = [complaint for file in files for complaint in check(file)]
    print("\n".join(complaints), end="\n" if complaints else "")
    return 1 if complaints else 0


def check(file: Path) -> Iterator[str]:
    """Complain of one file."""
    if VAGUE.fullmatch(file.name):
        yield f"{file}: the name doesn't say what is in it"
    try:
        text = (ROOT / file).read_text()
    except UnicodeDecodeError:
        return
    if (lines := text.count("\n")) > MAX_LINES.get(file.suffix, lines):
        yield f"{file}: {lines} lines, at most {MAX_LINES[file.suffix]}"
    if ROOT.parent not in ANYBODYS and f"{ROOT.parent}/" in text:
        yield f"{file}: names {ROOT.parent}, a folder of this machine"
    if (
        file.parts[0] == "rules"
        and file.suffix != ".md"
        and re.search(r"^- rule:", text, re.MULTILINE)
    ):
        events = file.with_suffix(".test.yaml")
        if not (ROOT / events).exists():
            yield f"{file}: has no {events.name} beside it"
    if file.parts[0] == "tests" and file.name.startswith("test_"):
        yield from check_mirror(file)


def check_mirror(test: Path) -> Iterator[str]:
    """Complain of a test that doesn't stand where what it tests stands."""
    folders, name = test.parts[1:-1], test.stem.removeprefix("test_")
    part = folders[0] if folders else ""
    if part in WITHOUT_MIRROR:
        return
    home = ROOT if part == "tools" else ROOT / "src" / "shikra"
    tested = home.joinpath(*folders, f"{name}.py")
    package = home.joinpath(*folders) if name in folders[-1:] else tested.with_suffix("")
    if not tested.exists() and not package.is_dir():
        yield f"{test}: tests nothing: {tested.relative_to(ROOT)} is absent"


if __name__ == "__main__":
    sys.exit(main())
