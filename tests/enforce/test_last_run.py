"""That the Shikra before ended unasked is noticed at the next start."""

from pathlib import Path

from shikra.enforce import last_run
from shikra.enforce.last_run import Ended, Mark

SECOND_NS = 1_000_000_000
MARK = Mark(boot="one", pid=7, began_ns=5, enforcing=2)


def test_who_left_a_mark_ended_unasked(tmp_path: Path) -> None:
    """What is found says when it last ran, and what it did; who ends as asked leaves nothing."""
    assert last_run.find(tmp_path, "one", 0) is None
    last_run.write(tmp_path, MARK)
    last_run.touch(tmp_path, 10 * SECOND_NS)
    found = last_run.find(tmp_path, "one", 12 * SECOND_NS)
    assert found == Ended(mark=MARK, alive_ns=10 * SECOND_NS, seconds=2.0, is_same_boot=True)
    later = last_run.find(tmp_path, "another", 12 * SECOND_NS)
    assert later is not None
    assert not later.is_same_boot
    last_run.remove(tmp_path)
    assert last_run.find(tmp_path, "one", 0) is None


def test_a_damaged_mark_is_a_mark(tmp_path: Path) -> None:
    """Something ran there, and nobody took its mark away."""
    (tmp_path / last_run.FILE).write_text("{")
    found = last_run.find(tmp_path, "one", 0)
    assert found is not None
    assert found.mark is None


def test_a_folder_is_ones_own(tmp_path: Path) -> None:
    """The second who asks for it is refused for as long as the first has it."""
    folder = tmp_path / "made"
    with last_run.claimed(folder) as first, last_run.claimed(folder) as second:
        assert (first, second) == (True, False)
    with last_run.claimed(folder) as again:
        assert again
