"""Path prefixes."""

import json
import time
from typing import Any

import pytest

from shikra.backends.live import prefixes
from support import shared


@pytest.mark.parametrize(
    ("patterns", "path", "holds"),
    [
        pytest.param([b"/etc"], b"/etc", True, id="itself"),
        pytest.param([b"/etc"], b"/etc/a/b", True, id="below"),
        pytest.param([b"/etc/"], b"/etc/a", True, id="slash at the end"),
        pytest.param([b"/etc"], b"/etcetera", False, id="only the same letters"),
        pytest.param([b"/etc/ssh"], b"/etc", False, id="above"),
        pytest.param([b"/"], b"/a", True, id="root"),
        pytest.param([b""], b"/a", False, id="an empty pattern"),
        pytest.param([], b"/a", False, id="no pattern"),
        pytest.param([b"/a/*/c"], b"/a/b/c/d", True, id="star is one component"),
        pytest.param([b"/a/*/c"], b"/a/b/b/c", False, id="and not two"),
        pytest.param([b"/a/*/x", b"/a/b/y"], b"/a/b/x", True, id="a name doesn't hide a glob"),
        pytest.param([b"/a/b?/[c]"], b"/a/bb/c", True, id="other globs"),
        pytest.param([b"/a/b"], b"//a//b", True, id="slashes in a row"),
        pytest.param([b"/a/*/c"], b"/a//c", False, id="nothing isn't a component"),
        pytest.param([b"/a/[!x]/c"], b"/a///c", False, id="nor is a slash in one"),
        pytest.param([b"/a?c"], b"/a/c", False, id="nor any byte"),
        pytest.param([b"/a/*b*"], b"/a/xbx/y", True, id="stars in a component"),
        pytest.param([b"/a"], b"a", True, id="a path that isn't absolute"),
        pytest.param([b"/a"], b"", False, id="no path"),
        pytest.param([b"/"], b"", True, id="everything"),
        pytest.param([b"/a\n.c"], b"/a\n.c\n", False, id="newlines are letters"),
    ],
)
def test_patterns(patterns: list[bytes], path: bytes, holds: bool) -> None:
    """A pattern matches what it is, component by component, the beginning of."""
    assert bool(prefixes.matcher(patterns)(path)) is holds
    many = [*patterns, *(b"/nowhere/%d" % number for number in range(1000))]
    assert bool(prefixes.matcher(many)(path)) is holds


def test_the_reference_examples_hold() -> None:
    """Every recorded example of path prefixes has the recorded result."""
    differing = [
        example
        for example in _examples()
        if bool(
            prefixes.matcher(map(str.encode, example["pmatch_paths"]))(example["path"].encode())
        )
        is not example["expect"]
    ]
    assert differing == []


def _examples() -> list[dict[str, Any]]:
    path = shared.shared_data("data/conformance/pmatch.json")
    examples: list[dict[str, Any]] = json.loads(path.read_text())["vectors"]
    return examples


def test_a_hundred_thousand_patterns_are_no_burden() -> None:
    """A long list is compiled and asked in moderate time."""
    started = time.perf_counter()
    matches = prefixes.matcher(b"/opt/%d" % number for number in range(100_000))
    assert matches(b"/opt/99999/x")
    assert not matches(b"/opt/100000")
    assert time.perf_counter() - started < 5
