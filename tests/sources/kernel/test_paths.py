"""Names are made absolute and tidied as text."""

import pytest

from shikra.sources.kernel import paths


@pytest.mark.parametrize(
    ("name", "base", "path"),
    [
        pytest.param(b"/etc/shadow", None, b"/etc/shadow", id="absolute"),
        pytest.param(b"/etc/shadow", b"/tmp", b"/etc/shadow", id="absolute ignores the base"),
        pytest.param(b"shadow", b"/etc", b"/etc/shadow", id="relative"),
        pytest.param(b"./shadow", b"/etc", b"/etc/shadow", id="dot"),
        pytest.param(b"../etc/./shadow", b"/tmp", b"/etc/shadow", id="dot dot"),
        pytest.param(b"/../../etc/shadow", None, b"/etc/shadow", id="above the root"),
        pytest.param(b"//etc///shadow", None, b"/etc/shadow", id="doubled slashes"),
        pytest.param(b"/etc/", None, b"/etc", id="trailing slash"),
        pytest.param(b"/etc/..", None, b"/", id="back to the root"),
        pytest.param(b"/", None, b"/", id="root"),
        pytest.param(b"", b"/tmp", b"/tmp", id="empty: the base itself"),
        pytest.param(b"x", b"/", b"/x", id="base is the root"),
        pytest.param(b"shadow", None, b"shadow", id="no base: left relative"),
        pytest.param(b"/etc/.hidden", None, b"/etc/.hidden", id="hidden file"),
        pytest.param(b"/etc/...", None, b"/etc/...", id="three dots are a name"),
        pytest.param(b"/a/\xff\n", None, b"/a/\xff\n", id="any bytes"),
    ],
)
def test_a_name_becomes_an_absolute_path(name: bytes, base: bytes | None, path: bytes) -> None:
    """A name is joined to its base and tidied, without asking the file system."""
    assert paths.absolute(name, base) == path
