"""Open this machine's kernel as a source of events whose every field can be read."""

import logging
from pathlib import Path

from shikra.app.settings import Settings
from shikra.enrich import readers as enriched
from shikra.enrich.users import Users
from shikra.model.clock import Clock
from shikra.sources.kernel import libbpf, preflight, source
from shikra.sources.kernel.readers import READERS

LOG = logging.getLogger(__name__)


class CannotOpenError(Exception):
    """The probe can't run here; says what is missing and what to do, a line each."""


def require_kernel() -> None:
    """Refuse at once where the probe can't run; ``open_kernel`` takes its time."""
    lacking = preflight.refusals(preflight.gather(source.Settings().probe_object))
    if lacking:
        raise _cannot_run(preflight.CannotStartError(lacking))


def open_kernel(settings: Settings, clock: Clock, users: Users) -> source.KernelSource:
    """Load and attach the probe; nothing is watched yet."""
    readers = {**READERS, **enriched.readers(users)}
    ring_bytes = _power_of_two(settings.ring_bytes)
    if ring_bytes != settings.ring_bytes:
        LOG.warning(
            "ring_bytes: the kernel takes a power of two, so it is %d instead of %d",
            ring_bytes,
            settings.ring_bytes,
        )
    kernel = source.Settings(
        ring_bytes=ring_bytes,
        urgent_ring_bytes=ring_bytes // 4,
        process_ring_bytes=ring_bytes // 2,
        pin_dir=Path(settings.pin_dir) if settings.pin_dir else None,
    )
    try:
        opened = source.KernelSource.open(kernel, clock, readers)
    except preflight.CannotStartError as error:
        raise _cannot_run(error) from error
    except libbpf.LibbpfError as error:
        raise CannotOpenError(f"the probe can't be loaded: {error}") from error
    if opened.is_continued:
        LOG.info("lineage goes on: it was kept since before this start")
    elif opened.has_other_lineage:
        LOG.warning(
            "what was kept of lineage is another version's: whoever is older than this start is"
            " inferred, so nothing older is killed or denied"
        )
    return opened


def _cannot_run(error: preflight.CannotStartError) -> CannotOpenError:
    reasons = "".join(f"\n{refusal}" for refusal in error.refusals)
    return CannotOpenError(f"the probe can't run here:{reasons}")


def _power_of_two(size: int) -> int:
    """Round up to what the kernel takes as a ring's size."""
    return 1 << (size - 1).bit_length()
