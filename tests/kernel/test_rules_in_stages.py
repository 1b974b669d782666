"""What the kernel excludes of a call, stage by stage, and what it leaves to user space."""

from pathlib import Path

import pytest

from shikra.model.kernel_tables import ContainerBits
from shikra.sources.kernel import features, requests
from support import judging, uring
from support.judging import MARK, Judge, Said

pytestmark = pytest.mark.kernel

NOTHING, MAY, SURELY = Said.NOTHING, Said.MAY, Said.SURELY
HOST = 0  # the key of what is no container
ANY_OPEN = "evt.type in (open, openat, openat2)"


def test_numbers_decide(judge: Judge) -> None:
    """What a call's numbers exclude doesn't come, and several may decide together."""
    said = {
        "evt.rawres = -2": SURELY,
        "evt.rawres >= 0": NOTHING,
        "evt.rawres < 0": SURELY,
        "evt.rawres in (-2, -13)": SURELY,
        "evt.rawres in (-1, 0, 5)": NOTHING,
        "evt.rawres != -2": NOTHING,
        "evt.failed = true": SURELY,
        "fd.num >= 0": NOTHING,
        "not fd.num >= 0": SURELY,
        "evt.is_open_write = true": NOTHING,
        "user.uid = 0 and evt.rawres = -2": SURELY,
    }
    judging.expect(judge, "mark()", said)


@pytest.mark.parametrize(
    ("name", "condition", "said"),
    [
        pytest.param(f"{MARK}/a", f"fd.name = {MARK}/a", SURELY, id="equal"),
        pytest.param(f"{MARK}/ab", f"fd.name = {MARK}/a", NOTHING, id="longer"),
        pytest.param(f"{MARK}/a", "fd.name endswith d/a", SURELY, id="its end"),
        pytest.param(f"{MARK}/a", "fd.name contains marked", SURELY, id="its middle"),
        pytest.param(f"{MARK}/a", "fd.name glob *ark*/?", SURELY, id="a pattern"),
        pytest.param(f"{MARK}//a", f"fd.name = {MARK}/a", SURELY, id="a double slash"),
        pytest.param(f"{MARK}/./a", f"fd.name = {MARK}/a", SURELY, id="a dot"),
        pytest.param(f"{MARK}/b/../a", f"fd.name = {MARK}/a", SURELY, id="two dots"),
        pytest.param(f"/x/../..{MARK}/a/", f"fd.name = {MARK}/a", SURELY, id="above the root"),
        pytest.param(f"{MARK}/.a", f"fd.name = {MARK}/.a", SURELY, id="a hidden file"),
        pytest.param(f"{MARK}/...", f"fd.name = {MARK}/...", SURELY, id="three dots"),
        pytest.param(f"{MARK}/..a/b", f"fd.name = {MARK}/..a/b", SURELY, id="a name of dots"),
        pytest.param(f"{MARK}/b/c/../../a", f"fd.name = {MARK}/a", SURELY, id="several up"),
        pytest.param(f"{MARK}/a/b", f"fd.directory = {MARK}/a", SURELY, id="its directory"),
        pytest.param(f"{MARK}/a/b", f"fd.directory = {MARK}", NOTHING, id="not the one above"),
        pytest.param(f"{MARK}/a/b", "fd.filename = b", SURELY, id="its last part"),
        pytest.param(f"{MARK}/a/b", "fd.filename = a", NOTHING, id="not the part above"),
        pytest.param(f"{MARK}/{'x' * 240}", "fd.filename endswith xx", SURELY, id="a long part"),
        pytest.param(f"{MARK}/{'x' * 300}", "fd.filename = nobody", MAY, id="a part too long"),
        pytest.param(f"{MARK}{'/xy' * 1300}", "fd.name endswith y", SURELY, id="a long name"),
        pytest.param(f"{MARK}{'/xy' * 1400}", "fd.name = nobody", MAY, id="a name too long"),
        pytest.param(f"{MARK}{'/x' * 300}/..", "fd.name = nobody", MAY, id="too many parts"),
        pytest.param(
            f"{MARK}{'/xy' * 1300}/../xy", f"fd.name = {MARK}{'/xy' * 1300}", MAY, id="both"
        ),
    ],
)
def test_names_decide(judge: Judge, name: str, condition: str, said: Said) -> None:
    """A name is tidied as it is in user space; what can't be is left to user space."""
    source = f"try: os.open({name!r}, 0)\nexcept OSError: pass"
    judge.load(condition, on=ANY_OPEN)
    judge.run(source)
    wanted = [found for _, found in judge.verdicts() if found[0] is not NOTHING]
    assert wanted == ([] if said is NOTHING else [(said,)])


@pytest.mark.parametrize(
    ("source", "name"),
    [
        pytest.param("os.chdir({0!r}); os.open('a', 0)", "a", id="relative"),
        pytest.param("os.chdir({0!r}); os.open('./b/../a', 0)", "a", id="relative with dots"),
        pytest.param("os.chdir({0!r} + '/b'); os.open('../a', 0)", "a", id="from below"),
        pytest.param("os.chdir('/'); os.open({0!r}[1:] + '/a', 0)", "a", id="from the root"),
        pytest.param("os.open('a', 0, dir_fd=os.open({0!r}, 0))", "a", id="from a descriptor"),
        pytest.param("os.open({0!r} + '/a', 0)", "a", id="absolute"),
        pytest.param("os.open({0!r} + '/link', 0)", "a", id="through a link"),
        pytest.param("os.open({0!r} + '/link', 0)", "link", id="the link"),
        pytest.param("os.open({0!r} + '//b//../link', 0)", "link", id="the link with dots"),
        pytest.param("os.open({0!r} + '/b', 0)", "b", id="a directory"),
    ],
)
def test_a_file_is_found_by_either_name(
    judge: Judge, tmp_path: Path, source: str, name: str
) -> None:
    """The name as opened and the real one both count, however the file was named."""
    (tmp_path / "a").touch()
    (tmp_path / "b").mkdir()
    (tmp_path / "link").symlink_to("a")
    conditions = (f"fd.name = {tmp_path}/{name}", f"fd.name = {tmp_path}/none")
    judge.load(*conditions, on=ANY_OPEN)
    judge.run(source.format(str(tmp_path)))
    assert [said[0] for _, said in judge.verdicts()] == [MAY if name == "link" else SURELY]


def test_only_the_real_name_is_sure(judge: Judge, tmp_path: Path) -> None:
    """By the name as opened a rule may hold, by the real one it surely does."""
    (tmp_path / "a").touch()
    (tmp_path / "link").symlink_to("a")
    judge.load(f"fd.name = {tmp_path}/link", f"fd.name = {tmp_path}/a", on=ANY_OPEN)
    judge.run(f"os.open('{tmp_path}/link', 0)")
    assert [said for _, said in judge.verdicts()] == [(MAY, SURELY)]


def test_a_container_decides(judge: Judge) -> None:
    """What was told of the container excludes calls; what wasn't told is unknown."""
    conditions = ("container.id = host", "container.id != host")
    judge.load(*conditions)
    judge.run("mark()")
    assert [said for _, said in judge.verdicts()] == [(MAY, MAY)]
    judge.kernel.tell_container(HOST, ContainerBits(matched=1 << judge.bit("container.id = host")))
    judge.run("mark()")
    assert [said for _, said in judge.verdicts()] == [(SURELY, NOTHING)]
    judge.kernel.forget_container(HOST)
    judge.run("mark()")
    assert [said for _, said in judge.verdicts()] == [(MAY, MAY)]


def test_what_the_kernel_does_not_know_is_left(judge: Judge) -> None:
    """A part that only user space can decide excludes nothing, and is sure of nothing."""
    said = {
        "fd.name regex nobody": MAY,
        "proc.env contains nobody": MAY,
        "proc.name = nobody and fd.name regex nobody": NOTHING,
        "proc.name = nobody or fd.name regex nobody": MAY,
    }
    judging.expect(judge, "mark()", said)


@pytest.mark.skipif(
    bool(requests.unseen(features.Features.of_running())),
    reason="the kernel has no tracepoints of io_uring",
)
def test_a_request_of_a_ring_is_judged_by_its_own_numbers(judge: Judge) -> None:
    """Numbers of a request decide, not those of the system call before it on this processor."""
    said = {"evt.rawres = -20": SURELY, "evt.rawres = -2": NOTHING}
    judge.load(*said, on=f"evt.type = openat and fd.name startswith {MARK}")
    judge.run(
        f"{Path(uring.__file__).read_text()}\n"
        "Ring().run(openat(b'/dev/null/x'), openat(b'/shikra-none'))\n"
        "mark()"
    )
    assert [said for _, said in judge.verdicts()] == [(NOTHING, SURELY)]
    judge.load(*said, on="evt.type = openat and fd.name startswith /dev/null/")
    judge.run(
        f"{Path(uring.__file__).read_text()}\n"
        "ring = Ring(); mark(); ring.run(openat(b'/dev/null/x'))"
    )
    assert [said for _, said in judge.verdicts()] == [(SURELY, NOTHING)]
