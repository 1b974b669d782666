"""How far rules may act in each container."""

import msgspec
import pytest

from shikra.app.pipeline.container_modes import ModeTeller, OfContainers
from shikra.app.pipeline.orders import NOT_SURE
from shikra.app.settings import Enforce
from shikra.enforce.modes import Modes, OfNamespace
from shikra.model.container import HOST, Container, Knowledge
from shikra.model.enforcement import Action, Mode
from support.enforced import KILL, MINE, Bench, Hands, Known
from support.events import POD

PENDING = msgspec.structs.replace(POD, knowledge=Knowledge.PENDING, namespace="")
UNKNOWN = msgspec.structs.replace(POD, knowledge=Knowledge.UNKNOWN, namespace="")
SHOP_OFF = Modes(namespaces={"shop": Mode.OFF, "*": Mode.ENFORCE})
NOBODYS = msgspec.structs.replace(UNKNOWN, is_nobodys=True)
ALL_OFF = Modes(namespaces={"*": Mode.OFF, "shop": Mode.OBSERVE})
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
        pytest.param(PENDING, OfContainers(said=OTHER_OFF), None, id="not known yet"),
        pytest.param(UNKNOWN, OfContainers(said=OTHER_OFF), None, id="never known"),
        pytest.param(UNKNOWN, OfContainers(said=ALL_OFF), Mode.OFF, id="none enforces"),
        pytest.param(NOBODYS, OfContainers(said=OTHER_OFF), Mode.ENFORCE, id="in no namespace"),
        pytest.param(NOBODYS, OfContainers(said=ALL_OFF), Mode.OFF, id="as every other"),
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
    container: Container, by: OfContainers, expected: Mode | None
) -> None:
    """Where the namespace isn't known all is held if it matters; a runtime's helper is none."""
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
    assert of.mode_of(POD.key) is None


def test_nothing_is_told_before_there_are_rules() -> None:
    """Containers that start before the first rules are loaded are told with them."""
    kernel = Hands()
    of = teller(kernel, POD)
    of.changed(POD.key)
    assert kernel.modes == {}
    assert of.mode_of(POD.key) is Mode.OFF


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        pytest.param({}, Action.HELD, id="it would have acted"),
        pytest.param({"Kill": Mode.OFF}, None, id="the rule is off"),
    ],
)
def test_where_the_namespace_isnt_known_it_is_held(
    rules: dict[str, Mode], expected: Action | None
) -> None:
    """The container may be in a namespace that is off, so nothing is done, which is said."""
    bench = Bench(KILL, Enforce(mode=Mode.ENFORCE, rules=rules))
    bench.known[POD.key] = UNKNOWN
    bench.enforcer.containers.changed(POD.key)
    assert bench.enforcer.containers.held is None
    bench.enforcer.set_mode(OfNamespace("vault"), Mode.OFF, "user 0")
    assert (bench.kernel.modes[POD.key], bench.enforcer.containers.held) == (None, 1)
    assert bench.kernel.ordered[-1].default_mode is None
    done = bench.did(NOT_SURE, container=UNKNOWN)
    assert (done and done.action) == expected
    bench.enforcer.set_mode(OfNamespace("vault"), Mode.ENFORCE, "user 0")
    assert bench.kernel.modes[POD.key] is Mode.ENFORCE
    assert bench.enforcer.said.namespaces == {}
    assert bench.remembered[-1].said.namespaces == {}


def test_a_namespace_may_be_set_back_from_what_is_configured() -> None:
    """What the configuration weakens stays set to more; so it does where every other is weaker."""
    bench = Bench(KILL, Enforce(mode=Mode.ENFORCE, namespaces={"shop": Mode.OFF}))
    bench.enforcer.set_mode(OfNamespace("shop"), Mode.ENFORCE, "user 0")
    assert bench.enforcer.said.namespaces == {"shop": Mode.ENFORCE}
    assert bench.kernel.modes[POD.key] is Mode.ENFORCE
    bench.enforcer.set_mode(OfNamespace("vault"), Mode.ENFORCE, "user 0")
    assert bench.enforcer.said.namespaces == {"shop": Mode.ENFORCE}
    bench.enforcer.set_mode(OfNamespace("*"), Mode.OBSERVE, "user 0")
    bench.enforcer.set_mode(OfNamespace("vault"), Mode.ENFORCE, "user 0")
    assert bench.enforcer.said.namespaces["vault"] is Mode.ENFORCE
