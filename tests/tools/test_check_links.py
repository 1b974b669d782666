"""Links of documents lead to files that exist."""

from pathlib import Path

import check_links
import pytest


@pytest.mark.parametrize(
    ("text", "broken"),
    [
        pytest.param("see [it](there.md)", [], id="file beside"),
        pytest.param("see [it](there.md#part)", [], id="part of a file"),
        pytest.param("see [it](gone.md)", ["gone.md"], id="file that is gone"),
        pytest.param("see [it](../gone/)", ["../gone/"], id="folder that is gone"),
        pytest.param("see [it](https://example.org/gone.md)", [], id="address of the web"),
        pytest.param("see [it](#part)", [], id="part of the same page"),
    ],
)
def test_a_link_leads_somewhere(tmp_path: Path, text: str, broken: list[str]) -> None:
    """A link to a file is broken exactly if the file isn't there."""
    (tmp_path / "there.md").touch()
    page = tmp_path / "page.md"
    page.write_text(text)
    assert list(check_links.broken_links(page)) == broken
