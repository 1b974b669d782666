"""The files and directories that rules name."""

import pytest

from shikra.app.pipeline.named_files import executed_by, named_files
from shikra.model.event_types import NAMES
from shikra.model.fields import CATALOGUE
from shikra.rules import build
from support.events import rule


@pytest.mark.parametrize(
    ("condition", "paths"),
    [
        pytest.param("fd.name = /etc/shadow", {b"/etc/shadow"}, id="equal"),
        pytest.param("not fd.name in (/a, /b)", {b"/a", b"/b"}, id="a list, negated"),
        pytest.param("fd.name pmatch (/mnt/secrets/)", {b"/mnt/secrets"}, id="a path and below"),
        pytest.param("fd.directory = /etc", {b"/etc"}, id="a directory"),
        pytest.param("fd.name startswith /etc/", {b"/etc"}, id="all below a directory"),
        pytest.param("fd.name startswith /etc/pass", set(), id="the beginning of a name"),
        pytest.param("fd.name endswith /shadow", set(), id="an end"),
        pytest.param("fd.filename = shadow", set(), id="a name without a directory"),
        pytest.param("proc.exepath = /bin/sh", set(), id="a program"),
        pytest.param("basename(fd.name) = /x", set(), id="a part of the name"),
    ],
)
def test_a_path_that_is_named_is_found(condition: str, paths: set[bytes]) -> None:
    """What a file's name is compared with as a whole, or as a directory above it, is found."""
    file = build.RuleFile("rules.yaml", rule("R", condition).encode())
    loaded = build.load([file], CATALOGUE, event_types=NAMES)
    assert loaded.ruleset is not None
    assert named_files(loaded.ruleset, CATALOGUE) == paths


def test_a_program_that_is_named_is_found() -> None:
    """What an executable is compared with, of the rules that are asked about; no other's path."""
    condition = "(proc.exepath startswith /a/ or proc.exepath in (/b, /c)) and proc.pexepath = /d"
    others = rule("Other", "proc.exepath = /e and fd.name = /f")
    file = build.RuleFile("rules.yaml", (rule("R", condition) + others).encode())
    ruleset = build.load([file], CATALOGUE, event_types=NAMES).ruleset
    assert ruleset is not None
    assert executed_by(ruleset, ruleset.rules[:1]) == {b"/a", b"/b", b"/c"}
