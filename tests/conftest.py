"""
What all tests share: the reference data, and skips that say what the machine lacks.

Tests marked ``kernel`` or ``containers`` share one machine, so they run one after the other in one
worker, beside the others.
"""

from collections.abc import Callable, Iterator
from pathlib import Path

import hypothesis.configuration
import pytest

from support import containerd, machine, scenario, shared
from support.pods import Pods

hypothesis.configuration.set_hypothesis_home_dir("build/hypothesis")
# how long an example takes depends on what else the machine does
hypothesis.settings.register_profile("shikra", deadline=None)
hypothesis.settings.load_profile("shikra")


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


@pytest.fixture(scope="session")
def pods() -> Iterator[Pods]:
    """Pods in a containerd that this worker has for itself; mark such a test ``containers``."""
    containerd.clear_abandoned()
    engine = containerd.Containerd()
    try:
        pods = Pods(engine)
        try:
            yield pods
        finally:
            pods.close()
    finally:
        engine.close()


@pytest.fixture
def application(pods: Pods) -> Iterator[scenario.Application]:
    """Scenario S1's application, reading its credential."""
    with scenario.running(pods) as application:
        yield application
