"""
Make text that an attacker wrote harmless on a terminal and in a log.

In: text as it was decoded (invalid UTF-8 is U+FFFD by then). Out: the same with everything
that moves a cursor, hides, joins or turns other characters round written as JSON would write it.
"""

import re

UNPRINTABLE = re.compile(
    "["
    "\x00-\x1f\x7f-\x9f"  # control characters, C1 too: terminals obey them
    "\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff"  # bidirectional, invisible, line ends
    "\ud800-\udfff"  # lone surrogates: have no UTF-8
    "]"
)
SHORT = {"\b": r"\b", "\t": r"\t", "\n": r"\n", "\f": r"\f", "\r": r"\r"}


def escape(text: str) -> str:
    r"""Write unprintable characters as JSON does: ``\n``, ``\u001b``."""
    return UNPRINTABLE.sub(_escaped, text)


def _escaped(match: re.Match[str]) -> str:
    character = match.group()
    return SHORT.get(character) or f"\\u{ord(character):04x}"
