"""
Read the audit log of an EKS cluster from CloudWatch Logs.

In: the name of a cluster. Out: batches of events, each with word to be given when it was delivered;
only then that is stored, so that after a restart nothing is missed, and what was delivered doesn't
come again. Any error of AWS or on the way there is counted by its code, told once, and tried again
after pauses that grow; this never ends by itself.
"""

import asyncio
import collections
import datetime as dt
import logging
import random
from collections.abc import Awaitable, Callable, Iterator, Sequence
from pathlib import Path

import msgspec

from shikra.model.clock import Clock
from shikra.model.event import Event
from shikra.sources.audit.cloudwatch_page import Message, Page, Pages, Refused
from shikra.sources.audit.cloudwatch_window import Mark, Reached, Window
from shikra.sources.audit.events import Decoder, Reason, Unread
from shikra.sources.audit.intake import Batch
from shikra.sources.audit.position import InOrder, Kept

LOG = logging.getLogger(__name__)

Put = Callable[[str, Batch], Awaitable[None]]

_LONGEST_PAUSE_S = 60.0
_MAX_CODES = 50
_TRUNCATED = "[Truncated...]"  # so EKS ends a message that was too long for it
_SHORTENED = "overlap shortened"
_MS_NS = 1_000_000


class CloudWatchConfig(msgspec.Struct, frozen=True, kw_only=True):
    """Which cluster, and how often to look."""

    cluster: str
    poll_seconds: float = 10.0
    overlap_seconds: float = 300.0  # events may be ingested so much later than they happened
    buffer: int = 500  # events in a batch
    state_dir: Path | None = None

    @property
    def group(self) -> str:
        """The log group that EKS writes to."""
        return f"/aws/eks/{self.cluster}/cluster"


class CloudWatch:
    """Asks for what is new, again and again."""

    way = "cloudwatch"

    def __init__(
        self, config: CloudWatchConfig, pages: Pages, decoder: Decoder, put: Put, clock: Clock
    ) -> None:
        """Ask nothing before ``run``."""
        self._config = config
        self._pages = pages
        self._decoder = decoder
        self._put = put
        self._clock = clock
        state = config.state_dir and config.state_dir / "audit-cloudwatch.position"
        self._kept = Kept(state, Reached, clock)
        self._window = self._begun()
        self._order = InOrder(self._delivered)
        self._refusals: collections.Counter[str] = collections.Counter()
        self._failures = 0
        self._told: str | None = None

    @property
    def counts(self) -> collections.Counter[str]:
        """What AWS refused, by its code, and what else went wrong."""
        shortened = collections.Counter({_SHORTENED: self._window.shortened})
        return self._refusals + self._kept.faults + shortened

    async def run(self) -> None:
        """Read for ever."""
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._kept.run())
                self._keep()
                while True:
                    if await self._poll():
                        await self._clock.sleep(self._config.poll_seconds)
        finally:
            await self._pages.close()

    def finish(self) -> None:
        """Store what was delivered after ``run`` ended."""
        self._kept.flush()

    def _begun(self) -> Window:
        """Go on from what is stored; without it, an overlap ago."""
        overlap_ms = int(self._config.overlap_seconds * 1000)
        stored = self._kept.load()
        if stored is not None and stored.group == self._config.group:
            return Window(overlap_ms, stored.floor_ms, stored.keys)
        floor_ms = self._clock.wall_ns() // _MS_NS - overlap_ms
        since = dt.datetime.fromtimestamp(floor_ms / 1000, dt.UTC)
        LOG.info("%s is read for the first time, from %s on", self._config.group, since)
        return Window(overlap_ms, floor_ms, {})

    def _delivered(self, mark: Mark) -> None:
        self._window.delivered(mark)
        self._keep()

    def _keep(self) -> None:
        self._kept.keep(lambda: self._window.reached(self._config.group))

    async def _poll(self) -> bool:
        """Read a span to its end; return whether it goes up to now."""
        span = self._window.begin(self._clock.wall_ns() // _MS_NS)
        token: str | None = None
        while True:
            try:
                page = await self._pages.page(span, token)
            except Refused as refused:
                if refused.is_of_request:
                    token = None
                await self._wait_after(refused)
                continue
            self._answered()
            await self._hand_on(page)
            token = page.next_token
            if token is None:
                break
        if (mark := self._window.end(span)) is not None:
            self._order.add(mark)()
        return span.end_ms is None

    async def _hand_on(self, page: Page) -> None:
        messages = self._window.new(page.messages)
        for begin in range(0, len(messages), self._config.buffer):
            part = messages[begin : begin + self._config.buffer]
            done = self._order.add(Mark([message.key for message in part]))
            await self._put(self.way, Batch(list(self._events(part)), done))

    def _events(self, messages: Sequence[Message]) -> Iterator[Event | Unread]:
        for message in messages:
            if message.text.rstrip().endswith(_TRUNCATED):
                yield Unread(Reason.TRUNCATED, "cut by who wrote it to CloudWatch")
            else:
                yield from self._decoder.read(message.text.encode(errors="replace"))

    async def _wait_after(self, refused: Refused) -> None:
        """Count it, log it once, and give it time."""
        is_known = refused.code in self._refusals or len(self._refusals) < _MAX_CODES
        self._refusals[refused.code if is_known else "other"] += 1
        if self._told != refused.code:
            LOG.warning("%s can't be read: %s; it is tried again", self._config.group, refused)
            self._told = refused.code
        pause_s = min(2.0**self._failures, _LONGEST_PAUSE_S)
        self._failures = min(self._failures + 1, 10)
        await self._clock.sleep(pause_s * random.uniform(0.5, 1.0))  # noqa: S311  no secret

    def _answered(self) -> None:
        self._failures = 0
        if self._told is not None:
            LOG.info("%s is read again", self._config.group)
            self._told = None
