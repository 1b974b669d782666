"""Which volumes are ordered to be guarded: of processes with mounts of their own, as containers."""

import contextlib
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from shikra.app.pipeline.guard_told import Told
from shikra.app.pipeline.guarding import NOT_ITS_OWN, REFUSED, SHARED, Guarding
from shikra.enforce.guard import messages
from shikra.model.enforcement import Mode
from support import tmpfs
from support.waiting import until

pytestmark = pytest.mark.kernel

A, B = 7, 8


class World:
    """Containers, and what is ordered and told."""

    def __init__(self, place: Path) -> None:
        """Have a guard, and rules that name this place."""
        self.place = place
        self.orders: list[messages.Order] = []
        self.told: list[Told] = []
        self.modes = {A: Mode.ENFORCE, B: Mode.ENFORCE}
        self.pods = {A: "a", B: "b"}
        self.guarding = Guarding(self._order, self, self.told.append)
        self.guarding.name({bytes(place)})
        self.guarding.begin()

    def of_rule(self, _: str) -> Mode:
        """Let every rule act."""
        return Mode.ENFORCE

    def of_container(self, container: int) -> Mode:
        """Return its mode."""
        return self.modes[container]

    def pod_of(self, container: int) -> str:
        """Return its pod."""
        return self.pods[container]

    def taken(self) -> list[messages.Order]:
        """Return what was ordered since the last time; a guard that does it says so."""
        orders, self.orders = self.orders, []
        for order in orders:
            if isinstance(order, messages.GuardVolume):
                self.guarding.heard(messages.Guarded(order.container, order.device, ""))
        return orders

    def guarded(self) -> list[int]:
        """Return the containers of whom a volume was ordered to be guarded."""
        return [each.container for each in self.taken() if isinstance(each, messages.GuardVolume)]

    def _order(self, order: messages.Order, _: Sequence[int]) -> None:
        self.orders.append(order)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """Begin without containers."""
    place = tmp_path / "secrets"
    place.mkdir()
    made = World(place)
    yield made
    made.guarding.end()


@pytest.fixture
def volume() -> Iterator[Path]:
    """Mount a volume."""
    with tmpfs.mounted() as place:
        yield place


@contextlib.contextmanager
def process(command: str) -> Iterator["subprocess.Popen[bytes]"]:
    """Run a shell that has mounts of its own, and has done this."""
    line = ["unshare", "--mount", "--propagation", "private", "sh", "-c"]
    script = f"{command}; exec 9>/dev/full; sh"
    with subprocess.Popen([*line, script], stdin=subprocess.PIPE) as shell:  # noqa: S603  constants
        until(lambda: Path(f"/proc/{shell.pid}/fd/9").exists(), "the mounts")
        yield shell
        shell.kill()


def test_a_volume_is_guarded_once_it_is_there(world: World) -> None:
    """Also one that is mounted long after the container has started."""
    with process("true") as shell:
        world.guarding.started(A, shell.pid)
        assert world.guarded() == []
        assert [told.why for told in world.told] == [NOT_ITS_OWN]
        assert shell.stdin is not None
        shell.stdin.write(b"mount -t tmpfs t %b\n" % bytes(world.place))
        shell.stdin.flush()

        def is_guarded() -> bool:
            world.guarding.look()
            return world.guarded() == [A]

        until(is_guarded, "the volume to be guarded")
        assert world.guarding.volumes() == 1
        assert world.guarding.unguarded() == ()
        world.guarding.ended(A)
        assert world.taken() == [messages.Release(A)]


def test_a_place_that_cannot_be_guarded_is_told_once(world: World, volume: Path) -> None:
    """As long as it is so; a guard that fails in another manner is told, too, and counted."""
    with process("true") as shell:
        world.guarding.started(A, shell.pid)
        world.guarding.name({bytes(world.place)})
        assert [told.what for told in world.told] == [str(world.place)]
        world.guarding.name({bytes(world.place), bytes(volume)})
        device = volume.stat().st_dev
        for _ in range(2):
            world.guarding.heard(messages.Guarded(A, device, "no space"))
        assert [told.why for told in world.told[1:]] == ["no space"]
        assert world.guarding.reasons() == {NOT_ITS_OWN: 1, SHARED: 0, REFUSED: 1}
        world.guarding.heard(messages.Guarded(A, device, ""))
        assert world.guarding.reasons()[REFUSED] == 0


def test_what_two_pods_see_is_guarded_in_neither(world: World, volume: Path) -> None:
    """Both are named, whichever came first; it is guarded again once the other has ended."""
    bind = f"mount --bind {volume} {world.place}"
    with process(bind) as one, process(bind) as other:
        world.guarding.started(A, one.pid)
        assert world.guarded() == [A]
        world.guarding.started(B, other.pid)
        assert world.taken() == [messages.Release(A, volume.stat().st_dev)]
        told = {(told.container, told.shared_with) for told in world.told}
        assert told == {(A, B), (B, A)}
        assert {told.what for told in world.told} == {str(world.place), str(volume)}
        assert world.guarding.volumes() == 0
        world.guarding.ended(B)
        assert world.guarded() == [A]
        assert world.guarding.unguarded() == ()


def test_what_is_shared_before_the_guard_answers_is_released(world: World, volume: Path) -> None:
    """What is told not to be guarded isn't, however late the guard says that it began."""
    bind = f"mount --bind {volume} {world.place}"
    device = volume.stat().st_dev
    with process(bind) as one, process(bind) as other:
        world.guarding.started(A, one.pid)
        world.guarding.started(B, other.pid)
        assert [type(order) for order in world.orders] == [messages.GuardVolume, messages.Release]
        assert {(told.container, told.why) for told in world.told} == {(A, SHARED), (B, SHARED)}
        world.guarding.heard(messages.Guarded(A, device, ""))
        assert world.guarding.volumes() == 0


def test_another_pod_counts_whatever_its_mode(world: World, volume: Path) -> None:
    """Rules that don't act in it may make it wait all the same."""
    world.modes[B] = Mode.OBSERVE
    bind = f"mount --bind {volume} {world.place}"
    with process(bind) as one, process(bind) as other:
        world.guarding.started(B, other.pid)
        world.guarding.started(A, one.pid)
        assert world.guarded() == []
        assert {(told.container, told.shared_with) for told in world.told} == {(A, B)}


def test_containers_of_one_pod_share(world: World, volume: Path) -> None:
    """Each is guarded; a pod that is known later than its containers counts from then on."""
    bind = f"mount --bind {volume} {world.place}"
    with process(bind) as one, process(bind) as other:
        world.guarding.started(A, one.pid)
        world.guarding.started(B, other.pid)
        world.taken()
        world.pods[B] = "a"
        world.guarding.changed(B)
        assert sorted(world.guarded()) == [A, B]
        assert world.guarding.unguarded() == ()


def test_who_sees_it_as_the_host_does_shares_nothing(world: World, volume: Path) -> None:
    """A part of the host's tree is mounted there, as in the pod of a driver that mounts volumes."""
    with process(f"mount --bind {volume} {world.place}") as one, process("true") as other:
        world.guarding.started(A, one.pid)
        world.guarding.started(B, other.pid)  # it has the host's mounts
        assert world.guarded() == [A]
        assert [told for told in world.told if told.why == SHARED] == []


def test_a_new_guard_is_told_everything(world: World, volume: Path) -> None:
    """And nothing is ordered while there is none."""
    with process(f"mount --bind {volume} {world.place}") as one:
        world.guarding.started(A, one.pid)
        world.taken()
        world.guarding.end()
        world.guarding.refresh()
        assert world.taken() == []
        world.guarding.begin()
        assert world.guarded() == [A]
        world.modes[A] = Mode.OBSERVE
        world.guarding.refresh()
        assert world.taken() == [messages.Release(A)]
