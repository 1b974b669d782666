"""Identities of alerts."""

import os
import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shikra.alerts.identity import RANDOM_BYTES, uuid7

TIME = st.integers(0, 2**64 - 1)


@given(TIME, st.binary(min_size=RANDOM_BYTES, max_size=RANDOM_BYTES))
def test_identity_is_a_uuid_of_version_7(time_ns: int, random: bytes) -> None:
    """Whatever the time and the random bytes, the result has the version and the variant."""
    identity = uuid.UUID(uuid7(time_ns, random))
    assert identity.version == 7
    assert identity.variant == uuid.RFC_4122
    assert identity.int >> 80 == time_ns // 1_000_000


@given(TIME, TIME)
def test_identities_sort_by_time(one_ns: int, other_ns: int) -> None:
    """What happened a microsecond earlier sorts first."""
    first, second = sorted((one_ns, other_ns + 1_000))
    if second - first >= 1_000:
        assert uuid7(first, os.urandom(RANDOM_BYTES)) < uuid7(second, os.urandom(RANDOM_BYTES))


@pytest.mark.parametrize("time_ns", [-1, 2**80])
def test_an_impossible_time_has_an_identity(time_ns: int) -> None:
    """A clock that is far off costs the order, not the alert."""
    assert uuid.UUID(uuid7(time_ns, bytes(RANDOM_BYTES))).version == 7
