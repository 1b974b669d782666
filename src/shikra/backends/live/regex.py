"""
Regular expressions as Falco has them: RE2 in POSIX syntax, matching the whole value.

In: a pattern. Out: a function from bytes to bool. RE2 takes time in proportion to the text, so
neither a rule nor a file's name can stall the sensor. A value is matched as text: what isn't
UTF-8 in it counts as U+FFFD.
"""

from collections.abc import Callable

import re2


def matcher(pattern: bytes) -> Callable[[bytes], bool]:
    """Return the function that says whether the whole of a text matches."""
    options = re2.Options()
    options.posix_syntax = True
    options.longest_match = True
    options.log_errors = False
    fullmatch = re2.compile(pattern, options=options).fullmatch

    def matches(text: bytes) -> bool:
        """Match, once what isn't UTF-8 is replaced."""
        if not text.isascii():
            text = text.decode("utf-8", "replace").encode()
        return fullmatch(text) is not None

    return matches
