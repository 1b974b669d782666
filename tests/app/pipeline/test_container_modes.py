"""How far rules may act in each container."""

import msgspec
import pytest

from shikra.app.pipeline.container_modes import ModeTeller, OfContainers
from shikra.enforce.modes import Modes
from shikra.model.container import HOST, Container, Knowledge
from shikra.model.enforcement import Mode
from support.enforced import MINE, Hands, Known
from support.events import POD

PENDING = msgspec.structs.replace(POD, knowledge=Knowledge.PENDING, namespace="")
UNKNOWN = msgspec.structs.replace(POD, knowledge=Knowledge.UNKNOWN, namespace="")
SHOP_OFF = Modes(namespaces={"shop": Mode.OFF, "*": Mode.ENFORCE})
OTHER_OFF = Modes(namespaces={"other": Mode.OFF})


def teller(kernel: Hands, container: Container) -> ModeTeller:
    """Return what tells of one container, and the host."""
    known = Known({HOST.key: HOST, POD.key: container})
    return ModeTeller(kernel, known, lambda key, path: (key, path) == (POD.key, MINE))


@pytest.mark.parametrize(
    ("container", "by", "expected"),
    [
        pytest.param(POD, OfContainers(said=Modes()), Mode.ENFORCE, id="nothing said"),
        pytest.param(UNKNOWN, OfContainers(said=Modes()), Mode.ENFORCE, id="needn't be known"),
        pytest.param(POD, OfContainers(said=SHOP_OFF), Mode.OFF, id="by namespace"),
        pytest.param(POD, OfContainers(said=OTHER_OFF), Mode.ENFORCE, id="of another namespace"),
        pytest.param(PENDING, OfContainers(said=OTHER_OFF), Mode.OFF, id="not known yet"),
        pytest.param(UNKNOWN, OfContainers(said=OTHER_OFF), Mode.OFF, id="never known"),
        pytest.param(
            HOST, OfContainers(said=Modes(), is_host_enforced=True), Mode.OFF, id="helper"
        ),
        pytest.param(
            POD, OfContainers(said=Modes(), only_cgroup=MINE), Mode.ENFORCE, id="in the one cgroup"
        ),
        pytest.param(
            UNKNOWN, OfContainers(said=Modes(), only_cgroup="/x"), Mode.OFF, id="in another"
        ),
    ],
)
def test_a_container_goes_as_far_as_is_sure(
    container: Container, by: OfContainers, expected: Mode
) -> None:
    """A namespace that isn't known might be the weakest; a runtime's helper is no container."""
    kernel = Hands()
    of = teller(kernel, container)
    of.use(by)
    assert kernel.modes[POD.key] is expected
    assert of.mode_of(POD.key) is expected


def test_the_mode_is_told_again_when_more_is_known() -> None:
    """A container whose namespace becomes known has that one's mode; one that ended has none."""
    kernel = Hands()
    known = Known({HOST.key: HOST, POD.key: PENDING})
    of = ModeTeller(kernel, known, lambda _key, _path: False)
    of.use(OfContainers(said=OTHER_OFF))
    known[POD.key] = POD
    of.changed(POD.key)
    assert kernel.modes[POD.key] is Mode.ENFORCE
    of.ended(POD.key)
    assert POD.key not in kernel.modes
    assert of.mode_of(POD.key) is Mode.OFF


def test_nothing_is_told_before_there_are_rules() -> None:
    """Containers that start before the first rules are loaded are told with them."""
    kernel = Hands()
    of = teller(kernel, POD)
    of.changed(POD.key)
    assert kernel.modes == {}
    assert of.mode_of(POD.key) is Mode.OFF
