"""A pipeline that runs on a kernel that is fed by hand, for as long as a test lasts."""

import asyncio
from collections import Counter
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

from shikra.app.settings import Settings
from shikra.model.container import Container
from shikra.sources.kernel.containers import ContainerStarted
from support.events import plan_of, rule
from support.kernels import QUIET, Bench

READ = rule("Read", "fd.name startswith /secret/")
STARTED = ContainerStarted(
    key=7, cgroup_name=b"ab" * 32, cgroup_parent_name=b"kubepods", first_pid=42
)

Test = Callable[[Bench], Coroutine[Any, Any, None]]


class Runtime:
    """A container runtime that answers later; of a real one only what the wait looks at."""

    def __init__(self, socket: Path = Path("/run/x.sock"), *, is_up: bool = False) -> None:
        """Be at this socket."""
        self.socket = socket
        self.is_up = is_up
        self.is_there = True
        self.failures: Counter[str] = Counter()
        self.known: Container | None = None

    async def run(self, _: Any) -> None:
        """Tell nothing."""

    async def describe(self, _: str) -> Container | None:
        """Tell what is known."""
        return self.known


def assembled(
    test: Test,
    *,
    rules: str = READ,
    settings: Settings = QUIET,
    runtimes: tuple[Any, ...] = (),
) -> Bench:
    """Run a test beside everything that runs."""

    async def both() -> Bench:
        """Run until the test is over."""
        bench = Bench(plan_of(rules, settings), settings, runtimes)
        try:
            async with asyncio.TaskGroup() as tasks:
                running = [
                    tasks.create_task(bench.assembly.run()),
                    tasks.create_task(bench.assembly.containers.run()),
                    tasks.create_task(bench.assembly.watch_losses()),
                ]
                await test(bench)
                for task in running:
                    task.cancel()
        finally:
            bench.assembly.close()
            bench.kernel.close()
        return bench

    return asyncio.run(both())


async def settled(bench: Bench) -> None:
    """Let everything run until it waits."""
    for _ in range(5):
        await bench.clock.settle()
