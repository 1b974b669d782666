"""
Make JSON readable that the API server passes on as it was sent.

The body of a patch stands in the audit log letter by letter, so whoever may patch anything chooses
those letters: halves of surrogate pairs, bytes that aren't UTF-8, a thousand lists in one another.
Go reads all of that and our decoder none of it, which would let one such body hide its request, and
those that came with it. In: such text. Out: text of the same meaning in which what can't be read
is replaced: by U+FFFD, or by ``null`` where it was nested too deeply. What isn't JSON at all stays
so. Takes time in proportion to the text.
"""

import re

MAX_DEPTH = 256

_ESCAPE = re.compile(
    rb"""\\(?:
        u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}  # a pair
        |(?P<half>u[dD][89a-fA-F][0-9a-fA-F]{2})
        |.
    )""",
    re.VERBOSE | re.DOTALL,
)
_TOKEN = re.compile(rb'"(?:[^"\\]++|\\.)*+"|[\[{]|[\]}]', re.DOTALL)
_OPENING = b"[{"


def mended(raw: bytes) -> bytes:
    """Return the text with nothing in it that only some can read."""
    text = raw.decode(errors="replace").encode()
    return _shallow(_ESCAPE.sub(_whole, text))


def _whole(escape: re.Match[bytes]) -> bytes:
    return b"\\ufffd" if escape["half"] else escape[0]


def _shallow(text: bytes) -> bytes:
    """Replace what lies deeper than anybody means it to."""
    kept: list[bytes] = []
    depth = start = end = 0
    for token in _TOKEN.finditer(text):
        first = token[0][:1]
        if first == b'"':
            continue
        if first in _OPENING:
            depth += 1
            if depth == MAX_DEPTH + 1:
                start = token.start()
        else:
            if depth == MAX_DEPTH + 1:
                kept += (text[end:start], b"null")
                end = token.end()
            depth -= 1
    return b"".join((*kept, text[end:]))
