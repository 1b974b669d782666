"""The codes of diagnostics."""

import re
from pathlib import Path

from shikra import rules
from shikra.rules import codes

CODE = re.compile(r'"((?:LOAD|SHIKRA)_[A-Z_]+[A-Z])"')


def test_each_code_that_loading_gives_is_told() -> None:
    """Nothing gives a code that the table lacks."""
    files = Path(rules.__file__).parent.glob("*.py")
    given = {code for file in files for code in CODE.findall(file.read_text())}
    assert len(given) > 20
    assert given <= codes.ABOUT.keys()
