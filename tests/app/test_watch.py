"""Changes of files that are noticed."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from shikra.app.watch import Settled, fingerprint


def write(folder: Path) -> None:
    """Write other text of the same length."""
    (folder / "a.yaml").write_text("other")


def replace(folder: Path) -> None:
    """Put another file in its place, as editors do."""
    new = folder.parent / "new"
    new.write_text("rules")
    new.replace(folder / "a.yaml")


def add(folder: Path) -> None:
    """Add a file."""
    (folder / "b.yaml").touch()


def remove(folder: Path) -> None:
    """Remove a file."""
    (folder / "a.yaml").unlink()


def remove_folder(folder: Path) -> None:
    """Remove the folder."""
    (folder / "a.yaml").unlink()
    folder.rmdir()


def nothing(folder: Path) -> None:
    """Read only."""
    (folder / "a.yaml").read_text()


@pytest.mark.parametrize(
    ("change", "is_noticed"),
    [
        pytest.param(write, True, id="written"),
        pytest.param(replace, True, id="replaced"),
        pytest.param(add, True, id="added"),
        pytest.param(remove, True, id="removed"),
        pytest.param(remove_folder, True, id="folder removed"),
        pytest.param(nothing, False, id="read"),
    ],
)
@pytest.mark.parametrize("watched", ["", "a.yaml"], ids=["folder", "file"])
def test_a_change_is_noticed(
    tmp_path: Path, change: Callable[[Path], None], is_noticed: bool, watched: str
) -> None:
    """Any way to change a watched file or folder shows; what lies beside doesn't."""
    folder = tmp_path / "rules"
    folder.mkdir()
    (folder / "a.yaml").write_text("rules")
    before = fingerprint([folder / watched])
    change(folder)
    is_elsewhere = change is add and watched == "a.yaml"
    assert (fingerprint([folder / watched]) != before) == (is_noticed and not is_elsewhere)


def test_a_swapped_config_map_is_noticed(tmp_path: Path) -> None:
    """A folder whose files link through ``..data`` changes when that link does."""
    for version in ("1", "2"):
        (tmp_path / f"..{version}").mkdir()
        (tmp_path / f"..{version}" / "a.yaml").write_text("same text")
        os.utime(tmp_path / f"..{version}" / "a.yaml", ns=(0, 0))
    (tmp_path / "..data").symlink_to("..1")
    (tmp_path / "a.yaml").symlink_to("..data/a.yaml")
    before = fingerprint([tmp_path / "a.yaml"])
    (tmp_path / "..data_tmp").symlink_to("..2")
    (tmp_path / "..data_tmp").replace(tmp_path / "..data")
    assert fingerprint([tmp_path / "a.yaml"]) != before


def test_a_file_that_appears_is_noticed(tmp_path: Path) -> None:
    """A path that isn't there yet may be watched."""
    before = fingerprint([tmp_path / "later.yaml"])
    (tmp_path / "later.yaml").touch()
    assert fingerprint([tmp_path / "later.yaml"]) != before


STATES = {name: frozenset({(name, ())}) for name in "abc"}


@pytest.mark.parametrize(
    ("seen", "reported"),
    [
        pytest.param("aaa", "---", id="nothing new"),
        pytest.param("abb", "--b", id="when it has lasted"),
        pytest.param("abbb", "--b-", id="once"),
        pytest.param("abcc", "---c", id="not while it changes"),
        pytest.param("abaa", "----", id="not when it is as before"),
        pytest.param("abbaa", "--b-a", id="and back"),
    ],
)
def test_a_change_is_reported_when_it_has_settled(seen: str, reported: str) -> None:
    """A half-written file isn't loaded, and each state is loaded once."""
    settled = Settled(STATES["a"])
    assert "".join(s if settled.is_changed(STATES[s]) else "-" for s in seen) == reported
