"""A kernel that runs the probe isn't refused before it is tried."""

import pytest

from shikra.sources.kernel import preflight
from support import probes

pytestmark = pytest.mark.kernel


def test_a_kernel_that_can_is_not_refused() -> None:
    """Root on a kernel that has all is told of no lack."""
    facts = preflight.gather(probes.built())
    assert preflight.refusals(facts) == []
