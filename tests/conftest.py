"""
What all tests share: the reference data, and skips that say what the machine lacks.

Tests marked ``kernel`` or ``containers`` share one machine, so they run one after the other in one
worker, beside the others.
"""

from collections.abc import Callable
from pathlib import Path

import pytest

from support import machine, shared


@pytest.fixture(scope="session")
def shared_data() -> Callable[[str], Path]:
    """Find a path in the reference data; skips where there is none."""
    return shared.shared_data


@pytest.hookimpl(tryfirst=True)  # before xdist reads the groups
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep tests of the machine in one worker, and skip those that it can't run."""
    for item in items:
        needs_containers = item.get_closest_marker("containers") is not None
        if not needs_containers and item.get_closest_marker("kernel") is None:
            continue
        item.add_marker(pytest.mark.xdist_group("machine"))
        reason = machine.lacks_containers() if needs_containers else machine.lacks_kernel()
        if reason is not None:
            item.add_marker(pytest.mark.skip(reason=reason))
