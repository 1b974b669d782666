"""Words of what came of a call: its result, as a number and by the name of its error."""

import errno
from collections.abc import Mapping

from shikra.backends.kernel.meaning import TRUE, opposite
from shikra.backends.kernel.words import Coded, Finite, Number, Split, Word, boolean
from shikra.model.kernel_tables import Compare

RESULT = Number(member="result", is_signed=True)
SUCCEEDED = RESULT.test(Compare.GE, 0)

_ERESTART = range(512, 532)  # the kernel's own: a signal interrupted the call

ERRORS = Coded(
    RESULT,
    (
        *((name.encode(), (-number,)) for number, name in errno.errorcode.items()),
        (b"ERESTARTSYS", tuple(-number for number in _ERESTART)),
    ),
)
"""The name of the error, of a call that failed."""

WORDS: Mapping[str, Word] = {
    "evt.rawres": RESULT,
    "evt.res": Split(SUCCEEDED, Finite(((b"SUCCESS", TRUE),)), ERRORS),
    "evt.failed": boolean(opposite(SUCCEEDED)),
}
