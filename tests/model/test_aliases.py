"""Spellings of one path."""

import pytest

from shikra.model.aliases import aliases

PROCESS = 7


@pytest.mark.parametrize(
    ("path", "others"),
    [
        pytest.param(b"/var/run/x", {b"/run/x"}, id="a link of all distributions"),
        pytest.param(b"/run/x", {b"/var/run/x"}, id="its target"),
        pytest.param(b"/run", {b"/var/run"}, id="the directory itself"),
        pytest.param(b"/run/lock/x", {b"/var/lock/x", b"/var/run/lock/x"}, id="two links"),
        pytest.param(b"/bin/sh", {b"/usr/bin/sh"}, id="a merged directory"),
        pytest.param(b"/usr/bin/sh", {b"/bin/sh"}, id="what it was merged into"),
        pytest.param(b"/usr/lib64/x", {b"/lib64/x"}, id="a merged directory of libraries"),
        pytest.param(b"/binary", set(), id="a longer name"),
        pytest.param(b"/usr", set(), id="a directory above"),
        pytest.param(b"/srv/bin/sh", set(), id="the same elsewhere"),
        pytest.param(b"/proc/self/mem", {b"/proc/7/mem"}, id="the process itself"),
        pytest.param(b"/proc/7/mem", {b"/proc/self/mem"}, id="the process itself, by number"),
        pytest.param(b"/proc/8/mem", set(), id="another process"),
        pytest.param(b"/proc/77/mem", set(), id="a longer number"),
        pytest.param(b"/dev/stdin", {b"/proc/self/fd/0"}, id="standard input"),
        pytest.param(
            b"/proc/7/fd/1",
            {b"/proc/self/fd/1", b"/dev/fd/1", b"/dev/stdout"},
            id="standard output by number",
        ),
        pytest.param(b"relative", set(), id="a name without a directory"),
        pytest.param(b"", set(), id="nothing"),
    ],
)
def test_a_path_has_other_spellings(path: bytes, others: set[bytes]) -> None:
    """Links that everybody has are followed both ways; the path itself isn't among them."""
    assert set(aliases(path, PROCESS)) == others
