"""A name is followed again where another file may have been opened."""

from pathlib import Path
from typing import Any

import pytest

from shikra.sources.kernel.followed import Followed
from support.kernel_records import call

PID, UNSURE = 7, 1 << 20


@pytest.mark.parametrize(
    ("values", "is_followed"),
    [
        pytest.param({"name": b"/a/link"}, True, id="absolute"),
        pytest.param({"name": b"link", "base": b"/a"}, True, id="relative"),
        pytest.param({"name": b"link"}, False, id="from nobody knows where"),
        pytest.param({"name": b"/a/link", "flags": 0}, False, id="surely what was opened"),
        pytest.param({"name": b"/a/none"}, False, id="leads nowhere"),
        pytest.param({"name": b"/a/link", "pid": PID + 1}, False, id="process gone"),
        pytest.param({}, False, id="no name"),
    ],
)
def test_a_name_is_followed_in_the_processs_root(
    tmp_path: Path, values: dict[str, Any], *, is_followed: bool
) -> None:
    """Links lead where they lead for the process; what leads nowhere gives no name."""
    root = tmp_path / str(PID) / "root"
    (root / "a").mkdir(parents=True)
    (root / "a" / "link").symlink_to("/secret")
    (root / "secret").touch()
    found = Followed(UNSURE, tmp_path).name(call(**{"pid": PID, "flags": UNSURE} | values))
    assert found == (bytes(root / "secret") if is_followed else None)
