"""
Read a cluster's audit log from CloudWatch, as a program that can be killed.

In: an address, a cluster, a folder for the state, a file and what to do with events: ``hold`` them
for ever, ``emit`` them without word that they were delivered, or ``deliver`` them. Out: in the file
a line for each event, its identity in hexadecimal; of events that are held the word ``held``.
"""

import asyncio
import sys
from pathlib import Path

from shikra.model.clock import SystemClock
from shikra.model.event import Event
from shikra.sources.audit.cloudwatch import CloudWatch, CloudWatchConfig
from shikra.sources.audit.cloudwatch_client import ClientConfig, LogsClient
from shikra.sources.audit.events import Decoder
from shikra.sources.audit.intake import Batch


def main(url: str, cluster: str, state: str, out: str, what: str) -> None:
    """Read until killed."""
    file = Path(out).open("a", buffering=1)  # noqa: SIM115  as long as the program

    async def put(_way: str, batch: Batch) -> None:
        if what == "hold":
            file.write("held\n")
            await asyncio.Event().wait()
        for item in batch.items:
            if isinstance(item, Event) and item.identity is not None:
                file.write(f"{item.identity.hex()}\n")
        if what == "deliver" and batch.done is not None:
            batch.done()

    config = CloudWatchConfig(cluster=cluster, poll_seconds=0.1, buffer=3, state_dir=Path(state))
    client = LogsClient(ClientConfig(group=config.group, endpoint_url=url))
    asyncio.run(CloudWatch(config, client, Decoder(), put, SystemClock()).run())


if __name__ == "__main__":
    main(*sys.argv[1:])
