"""The tree of path patterns."""

from hypothesis import given
from hypothesis import strategies as st

from shikra.backends.live import path_tree, prefixes

PATTERNS = st.text("ab*?[]!/", max_size=8).map(str.encode)
PATHS = st.text("ab/", max_size=8).map(str.encode)


@given(st.lists(PATTERNS, max_size=4), PATHS)
def test_tree_and_expression_agree(patterns: list[bytes], path: bytes) -> None:
    """How many patterns there are decides how they are matched, not what they match."""
    tree = path_tree.Tree()
    for pattern in patterns:
        if pattern:
            tree.add(path_tree.components(pattern))
    assert tree.matches(path) is bool(prefixes.matcher(patterns)(path))
