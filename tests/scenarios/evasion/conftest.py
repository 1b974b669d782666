"""One container and one Shikra for all tricks: starting them takes longer than all of these."""

from collections.abc import Iterator

import pytest

from support import ground, sensor
from support.ground import Ground
from support.pods import Pods
from support.sensor import Sensor


@pytest.fixture(scope="session")
def shikra(pods: Pods) -> Iterator[Sensor]:
    """Shikra with its default packs."""
    with sensor.running(pods.engine.socket) as running:
        yield running


@pytest.fixture(scope="session")
def place(pods: Pods, shikra: Sensor) -> Iterator[Ground]:  # noqa: ARG001  starts after Shikra
    """Run the container in which tricks are tried."""
    with ground.running(pods) as running:
        yield running
