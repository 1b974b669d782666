"""Patterns cut down to what a matching text must have."""

import pytest

from shikra.backends.kernel.patterns import ANYTHING, patterns
from shikra.backends.kernel.shorten import shortened
from shikra.rules.ir import Op


@pytest.mark.parametrize(
    ("op", "text", "left"),
    [
        pytest.param(Op.GLOB, b"/home/*/.ssh", (Op.STARTSWITH, b"/home/"), id="the start"),
        pytest.param(Op.GLOB, b"*/.ssh/*key", (Op.CONTAINS, b"/.ssh/"), id="the longest piece"),
        pytest.param(Op.GLOB, b"?a?.conf", (Op.CONTAINS, b".conf"), id="any byte tells nothing"),
        pytest.param(
            Op.EQ, b"/usr/share/doc/readme", (Op.STARTSWITH, b"/usr/share/doc/r"), id="sixteen"
        ),
        pytest.param(Op.EQ, b"/etc/shadow", (Op.EQ, b"/etc/shadow"), id="short ones stay"),
    ],
)
def test_first_a_piece_is_left(op: Op, text: bytes, left: tuple[Op, bytes]) -> None:
    """At first a dear pattern is looked for by a piece of at most sixteen bytes."""
    given, wanted = patterns(op, None, (text,)), patterns(left[0], None, (left[1],))
    assert given is not None
    attempts = list(shortened([given]))
    assert attempts[0].predicates == (given,)
    assert attempts[1 if given != wanted else 0].predicates == (wanted,)


def test_in_the_end_nothing_is_told_apart() -> None:
    """The last attempt accepts every text, so one attempt fits any bound."""
    given = [patterns(Op.EQ, None, (text,)) or () for text in (b"/a/long/name/of/a/file", b"b")]
    *_, last = shortened(given)
    assert last.predicates == ((ANYTHING,), (ANYTHING,))
