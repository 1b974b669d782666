"""What documents name is there: files, and the command."""

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


@pytest.mark.parametrize(
    ("text", "bare"),
    [
        pytest.param("```\n.venv/bin/shikra run\n```\n", [], id="as it is in a clone"),
        pytest.param("```\nshikra run\n```\n", ["shikra run"], id="as if installed"),
        pytest.param("```\n# shikra demo\n```\n", ["# shikra demo"], id="behind a prompt"),
        pytest.param("```\nsudo shikra demo\n```\n", ["sudo shikra demo"], id="by sudo"),
        pytest.param("```\nshikra: watching\n```\n", [], id="what it prints"),
        pytest.param("shikra run\n", [], id="in a sentence"),
    ],
)
def test_a_command_can_be_typed_in_a_clone(tmp_path: Path, text: str, bare: list[str]) -> None:
    """A line of a command calls what is there after the set-up."""
    page = tmp_path / "page.md"
    page.write_text(text)
    assert list(check_links.bare_commands(page)) == bare
