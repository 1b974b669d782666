"""The rules of the layout, each tried on a file that keeps it and one that breaks it."""

from pathlib import Path

import check_layout
import pytest


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make an empty repository that the checker looks at."""
    monkeypatch.setattr(check_layout, "ROOT", tmp_path / "clone")
    (tmp_path / "clone").mkdir()
    return tmp_path / "clone"


def write(repository: Path, name: str, text: str = "") -> None:
    """Put a file into the repository."""
    (repository / name).parent.mkdir(parents=True, exist_ok=True)
    (repository / name).write_text(text)


@pytest.mark.parametrize(
    ("name", "text", "complains"),
    [
        pytest.param("src/shikra/rules/lex.py", "x\n" * 500, False, id="file at the wall"),
        pytest.param("src/shikra/rules/lex.py", "x\n" * 501, True, id="file past the wall"),
        pytest.param("bpf/calls/open.bpf.c", "x\n" * 200, False, id="C file at the wall"),
        pytest.param("bpf/calls/open.bpf.c", "x\n" * 201, True, id="C file past the wall"),
        pytest.param("requirements.lock", "x\n" * 900, False, id="long file of data"),
        pytest.param("src/shikra/utils.py", "", True, id="name that says nothing"),
        pytest.param("src/shikra/rules/common.py", "", True, id="another such name"),
        pytest.param("src/shikra/commons.py", "", False, id="name that only begins so"),
        pytest.param("rules/runtime/_lists.yaml", "- list: a\n", False, id="list without events"),
        pytest.param("rules/runtime/shell.yaml", "- rule: a\n", True, id="rule without events"),
        pytest.param("tests/rules/test_gone.py", "", True, id="test of nothing"),
        pytest.param("tests/test_gone.py", "", True, id="test of nothing at the top"),
        pytest.param("tests/kernel/test_opens.py", "", False, id="test of several parts"),
    ],
)
def test_a_file_is_held_to_the_rules(
    repository: Path, name: str, text: str, complains: bool
) -> None:
    """A file that breaks a rule is complained of, one that keeps them isn't."""
    write(repository, name, text)
    assert bool(list(check_layout.check(Path(name)))) == complains


@pytest.mark.parametrize(
    ("tested", "test"),
    [
        pytest.param("src/shikra/rules/lex.py", "tests/rules/test_lex.py", id="module"),
        pytest.param("src/shikra/rules/x.py", "tests/rules/test_rules.py", id="package itself"),
        pytest.param("src/shikra/rules/x.py", "tests/test_rules.py", id="package from above"),
        pytest.param("tools/lock.py", "tests/tools/test_lock.py", id="tool"),
    ],
)
def test_a_test_stands_where_what_it_tests_stands(repository: Path, tested: str, test: str) -> None:
    """A test with its counterpart is left alone."""
    write(repository, tested)
    write(repository, test)
    assert list(check_layout.check(Path(test))) == []


def test_a_rule_with_events_is_left_alone(repository: Path) -> None:
    """A rule needs nothing more than its events beside it."""
    write(repository, "rules/runtime/shell.yaml", "- rule: a\n")
    write(repository, "rules/runtime/shell.test.yaml")
    assert list(check_layout.check(Path("rules/runtime/shell.yaml"))) == []


def test_folders_of_the_machine_stay_out(repository: Path) -> None:
    """A path into the folder that holds the repository is complained of."""
    write(repository, "README.md", f"see {repository.parent}/notes")
    assert len(list(check_layout.check(Path("README.md")))) == 1
