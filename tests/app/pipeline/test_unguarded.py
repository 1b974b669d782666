"""What is said of places that aren't guarded."""

import pytest

from shikra.app.pipeline.guard_told import Told, Trouble
from shikra.app.pipeline.unguarded import phrase
from shikra.model.container import Container, Knowledge

OWN = Container(
    key=1, full_id="a" * 64, knowledge=Knowledge.KNOWN, namespace="shop", pod_name="api"
)
OTHER = Container(key=2, full_id="b" * 64, knowledge=Knowledge.UNKNOWN)


@pytest.mark.parametrize(
    ("told", "container", "other", "said"),
    [
        pytest.param(
            Told(Trouble.UNGUARDED, 1, "/mnt/secrets", "another pod sees it", 2),
            OWN,
            OTHER,
            "/mnt/secrets in container aaaaaaaaaaaa of pod shop/api: another pod sees it"
            " (container bbbbbbbbbbbb)",
            id="shared",
        ),
        pytest.param(
            Told(Trouble.UNGUARDED, 2, why="No space left on device"),
            OTHER,
            None,
            "a volume in container bbbbbbbbbbbb: No space left on device",
            id="refused",
        ),
        pytest.param(
            Told(Trouble.UNGUARDED, 0, "/mnt/secrets"), None, None, "/mnt/secrets", id="no more"
        ),
    ],
)
def test_the_place_and_all_whom_it_concerns_are_named(
    told: Told, container: Container | None, other: Container | None, said: str
) -> None:
    """By the pod where it is known, and with the reason."""
    assert phrase(told, container, other) == said
