"""What is told of a flood of refusals."""

import msgspec

from shikra.enforce.guard.messages import Denied
from shikra.enforce.guard.telling import OF_CONTAINER, OF_PROCESS, REST_NS, SECOND_NS, Telling

MANY = 100_000


def denied(process: int = 1, container: int = 7) -> Denied:
    """Return a refusal."""
    return Denied(
        time_ns=1,
        pid=process,
        process=process,
        container=container,
        generation=2,
        conditions=frozenset({0}),
        name=b"/mnt/secrets/token",
    )


class Listener:
    """Who is told, and may have no room."""

    def __init__(self, room: int = MANY) -> None:
        """Have heard nothing."""
        self.heard: list[Denied] = []
        self.room = room
        self.telling = Telling(self.hear)

    def hear(self, told: Denied) -> bool:
        """Take it, if there is room."""
        if len(self.heard) >= self.room:
            return False
        self.heard.append(told)
        return True

    @property
    def count(self) -> int:
        """How many refusals it has heard of."""
        return sum(one.count for one in self.heard)

    def flood(self, processes: int = 1, each: int = MANY) -> None:
        """Let processes be refused as often as this, all at once."""
        for _ in range(each):
            for process in range(1, processes + 1):
                self.telling.tell(denied(process), 0)

    def rest(self) -> int:
        """Wait until all is told; return how often something was told."""
        rounds = 0
        while self.telling.has_rest:
            rounds += 1
            self.telling.tell_rest(rounds * REST_NS)
        return rounds


def test_a_few_are_told_at_once() -> None:
    """An alert of each needs to know which process it was."""
    listener = Listener()
    listener.flood(each=OF_PROCESS.burst)
    assert listener.heard == [denied()] * OF_PROCESS.burst
    assert not listener.telling.has_rest


def test_a_flood_is_a_count() -> None:
    """Each refusal is in it, and it is told within a moment."""
    listener = Listener()
    listener.flood()
    assert listener.rest() == 1
    assert [one.is_flood for one in listener.heard] == [False] * OF_PROCESS.burst + [True] * 2
    assert listener.count == MANY


def test_another_container_is_told_of_all_the_same() -> None:
    """One that floods doesn't hide what another does."""
    listener = Listener()
    listener.flood(processes=200, each=10)
    listener.telling.tell(denied(999, container=8), 0)
    assert listener.heard[-1].container == 8
    assert len(listener.heard) == OF_CONTAINER.burst + 2


def test_tokens_come_back() -> None:
    """So what follows a flood is told one by one again."""
    listener = Listener()
    listener.flood()
    listener.rest()
    before = len(listener.heard)
    listener.telling.tell(denied(), MANY * SECOND_NS)
    assert listener.heard[before:] == [denied()]


def test_counts_of_many_processes_are_told_a_few_at_a_time() -> None:
    """Nobody can make a flood of counts; each process keeps its own."""
    listener = Listener()
    listener.flood(processes=1200, each=2)
    assert listener.rest() > 10
    by_process = dict.fromkeys(range(1, 1201), 0)
    for one in listener.heard:
        by_process[one.process] += one.count
    assert set(by_process.values()) == {2}


def test_more_processes_than_are_remembered_are_counted_together() -> None:
    """None is left out."""
    listener = Listener()
    listener.flood(processes=6000, each=2)
    listener.rest()
    assert listener.count == 12_000
    assert any(one.process == 0 for one in listener.heard)


def test_what_there_is_no_room_for_is_told_later() -> None:
    """Whoever listens was busy; nothing is lost."""
    listener = Listener(room=10)
    listener.flood(each=50)
    listener.telling.tell_rest(REST_NS)
    assert listener.count == 10
    listener.room = MANY
    listener.telling.tell_rest(3 * REST_NS)
    assert listener.heard[-1] == msgspec.structs.replace(denied(), count=40, is_flood=True)


def test_at_the_end_all_of_it_is_told_at_once() -> None:
    """As far as there is room; the rest may be tried again."""
    listener = Listener(room=500)
    listener.flood(processes=1200, each=2)
    listener.telling.tell_all()
    assert listener.telling.has_rest
    listener.room = MANY
    listener.telling.tell_all()
    assert not listener.telling.has_rest
    assert listener.count == 2400
