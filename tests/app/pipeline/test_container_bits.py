"""What the kernel is told of containers."""

from collections.abc import Iterable

import msgspec
import pytest

from shikra.app.pipeline.container_bits import ContainerTeller
from shikra.model.container import HOST, Container, Knowledge
from shikra.model.kernel_tables import ContainerBits
from shikra.rules.ir import Op
from support.circuits import atom
from support.events import POD, READERS

ATOMS = (
    atom("container.id", Op.NE, b"host"),
    atom("k8s.ns.name", Op.EQ, b"shop"),
    atom("k8s.ns.name", Op.EXISTS),
    atom("container.image.repository", Op.CONTAINS, b"vault"),
)
PENDING = Container(key=POD.key, full_id=POD.full_id, knowledge=Knowledge.PENDING)
UNKNOWN = msgspec.structs.replace(PENDING, knowledge=Knowledge.UNKNOWN)
NOBODYS = msgspec.structs.replace(UNKNOWN, is_nobodys=True)


class Known(dict[int, Container]):
    """Containers by hand."""

    def get(self, key: int) -> Container:  # type: ignore[override]  # never asked in vain
        """Return what is known now."""
        return self[key]

    def knows(self, key: int) -> bool:
        """Whether there is such a container."""
        return key in self


class Heard:
    """What was told, in order."""

    def __init__(self) -> None:
        """Nothing yet."""
        self.news: list[tuple[int, ContainerBits | None]] = []

    def tell_container(self, key: int, bits: ContainerBits) -> None:
        """Hear of a container."""
        self.news.append((key, bits))

    def forget_container(self, key: int) -> None:
        """Hear that a container is gone."""
        self.news.append((key, None))

    def taken(self) -> Iterable[tuple[int, ContainerBits | None]]:
        """Return the news since the last time."""
        taken, self.news = self.news, []
        return taken


def teller(container: Container) -> tuple[ContainerTeller, Known, Heard]:
    """Return a teller who knows the host and one container."""
    known, heard = Known({0: HOST, POD.key: container}), Heard()
    return ContainerTeller(heard, known, READERS), known, heard


@pytest.mark.parametrize(
    ("container", "bits"),
    [
        pytest.param(POD, ContainerBits(0b0111), id="known"),
        pytest.param(PENDING, ContainerBits(0b0001, 0b1110), id="pending"),
        pytest.param(UNKNOWN, ContainerBits(0b0001, 0b1110), id="never known"),
        pytest.param(NOBODYS, ContainerBits(0b0001), id="nobody's"),
    ],
)
def test_what_needs_metadata_is_unknown_without(container: Container, bits: ContainerBits) -> None:
    """
    A missing answer of a runtime makes a comparison unknown; the host is always known.

    What no runtime has is known to have no metadata.
    """
    telling, _, heard = teller(container)
    telling.use(ATOMS)
    assert heard.taken() == [(0, ContainerBits(0)), (POD.key, bits)]


def test_only_news_are_told() -> None:
    """A container is told again when its bits change, when tables are loaded, and when it ends."""
    telling, known, heard = teller(PENDING)
    telling.use(ATOMS)
    heard.taken()
    telling.changed(POD.key)
    assert heard.taken() == []
    known[POD.key] = POD
    telling.changed(POD.key)
    assert heard.taken() == [(POD.key, ContainerBits(0b0111))]
    telling.use(ATOMS[:2])
    assert heard.taken() == [(0, ContainerBits(0)), (POD.key, ContainerBits(0b11))]
    telling.ended(POD.key)
    telling.ended(POD.key)
    assert heard.taken() == [(POD.key, None)]


def test_nothing_is_told_before_tables_are_loaded() -> None:
    """Containers that are found at the start are told once there is something to say of them."""
    telling, _, heard = teller(POD)
    telling.changed(POD.key)
    assert heard.taken() == []


def test_what_cannot_be_made_is_unknown() -> None:
    """A comparison without a function holds back nothing."""
    telling, _, heard = teller(POD)
    telling.use((atom("container.name", Op.REGEX, b"("), ATOMS[0]))
    assert heard.taken() == [(0, ContainerBits(0, 1)), (POD.key, ContainerBits(2, 1))]


def test_what_found_no_room_is_unknown() -> None:
    """Nothing is said of a container that nobody keeps."""
    telling, _, heard = teller(POD)
    telling.use(ATOMS)
    heard.taken()
    telling.changed(99)
    assert heard.taken() == []
