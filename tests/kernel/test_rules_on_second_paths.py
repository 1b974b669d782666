"""The second path of a call that has two, as the kernel decides by it."""

from pathlib import Path

import pytest

from support.judging import MARK, Judge, Said

pytestmark = pytest.mark.kernel

NOTHING, MAY, SURELY = Said.NOTHING, Said.MAY, Said.SURELY
CALLS = "evt.type in (rename, renameat, renameat2, symlink, symlinkat)"
LONG = "/xy" * 1400


@pytest.mark.parametrize(
    ("call", "condition", "said"),
    [
        pytest.param("rename('a', '{0}/b')", "= {0}/b", SURELY, id="absolute"),
        pytest.param("rename('a', '{0}/b')", "= {0}/a", NOTHING, id="not the first"),
        pytest.param("rename('a', '{0}//x/../b/')", "= {0}/b", SURELY, id="untidy"),
        pytest.param("rename('a', 'b')", "= {0}/b", SURELY, id="relative"),
        pytest.param("rename('a', './x/../b')", "= {0}/b", SURELY, id="relative and untidy"),
        pytest.param("rename('./x/../a', 'b')", "= {0}/b", SURELY, id="after an untidy one"),
        pytest.param(
            "rename('a', 'b', dst_dir_fd=os.open('d', 0))",
            "= {0}/d/b",
            SURELY,
            id="from a descriptor",
        ),
        pytest.param("rename('none', '{0}/b')", "= {0}/b", SURELY, id="of a call that fails"),
        pytest.param("rename('a', '" + LONG + "')", "= {0}/b", MAY, id="too long"),
        pytest.param("symlink('{0}/b', 'c')", "= {0}/b", SURELY, id="a link's text"),
        pytest.param("symlink('b', '{0}/c')", "= b", SURELY, id="a link's text as written"),
    ],
)
def test_second_paths_decide(
    judge: Judge, tmp_path: Path, call: str, condition: str, said: Said
) -> None:
    """It is made absolute and tidied as the first is; what can't be is left to user space."""
    (tmp_path / "a").touch()
    (tmp_path / "d").mkdir()
    judge.load(f"fs.path.target {condition.format(tmp_path)}", on=CALLS)
    judge.run(f"os.chdir({str(tmp_path)!r})\ntry: os.{call.format(tmp_path)}\nexcept OSError: pass")
    assert [found for _, found in judge.verdicts()] == ([] if said is NOTHING else [(said,)])


def test_both_paths_of_a_call_decide(judge: Judge, tmp_path: Path) -> None:
    """A rule on both paths asks for both."""
    (tmp_path / "a").touch()
    source = f"fs.path.source = {tmp_path}/a"
    judge.load(
        f"{source} and fs.path.target = {tmp_path}/b",
        f"{source} and fs.path.target = {MARK}",
        f"fs.path.source = {MARK} or fs.path.target = {tmp_path}/b",
        on=CALLS,
    )
    judge.run(f"os.rename('{tmp_path}/a', '{tmp_path}/b')")
    assert [said for _, said in judge.verdicts()] == [(SURELY, NOTHING, SURELY)]
