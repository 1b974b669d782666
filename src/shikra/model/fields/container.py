"""
The fields on containers.

The id is known from the cgroup. What the runtime has to be asked for is metadata: it may come
late, and a rule that reads it waits for it a bounded time.
"""

from shikra.model.field import Field, Stage
from shikra.model.fields.rows import (
    ABSOLUTE_TIME,
    BOOLEAN,
    ENRICHMENT,
    KERNEL,
    RELATIVE_TIME,
    REQUIRED,
    TEXT,
    Family,
)

_NOT_ASKED = "container runtimes aren't asked for it yet"
_RETIRED = "Falco has retired it"

_box = Family(Stage.CONTAINER, "syscall")

_ASKED = {"is_metadata": True}
_SUGGESTED = _ASKED | {"is_suggested": True}
_KEYED = _ASKED | {"argument": REQUIRED}

FIELDS: tuple[Field, ...] = (
    _box(
        "container.id",
        TEXT,
        ENRICHMENT,
        "First twelve characters of the id, or host.",
        is_suggested=True,
    ),
    _box("container.full_id", TEXT, ENRICHMENT, "The whole id."),
    _box("container.name", TEXT, ENRICHMENT, "Its name.", **_SUGGESTED),
    _box("container.image", TEXT, ENRICHMENT, "Its image, as the pod names it.", **_ASKED),
    _box("container.image.id", TEXT, ENRICHMENT, "Id of its image.", **_ASKED),
    _box(
        "container.image.repository", TEXT, ENRICHMENT, "Where its image comes from.", **_SUGGESTED
    ),
    _box("container.image.tag", TEXT, ENRICHMENT, "Tag of its image.", **_SUGGESTED),
    _box("container.image.digest", TEXT, ENRICHMENT, "Digest of its image.", **_ASKED),
    _box("container.type", TEXT, ENRICHMENT, "Its runtime.", **_ASKED),
    _box("container.privileged", BOOLEAN, ENRICHMENT, "Whether it runs privileged.", **_ASKED),
    _box("container.mounts", TEXT, ENRICHMENT, "All its mounts.", **_ASKED),
    _box("container.mount", TEXT, ENRICHMENT, "One mount, by position or source.", **_KEYED),
    _box(
        "container.mount.source",
        TEXT,
        ENRICHMENT,
        "Its source, by position or destination.",
        **_KEYED,
    ),
    _box(
        "container.mount.dest",
        TEXT,
        ENRICHMENT,
        "Its destination, by position or source.",
        **_KEYED,
    ),
    _box("container.mount.mode", TEXT, ENRICHMENT, "Its mode, by position or source.", **_KEYED),
    _box(
        "container.mount.rdwr",
        TEXT,
        ENRICHMENT,
        "Whether it is writable, by position or source.",
        **_KEYED,
    ),
    _box(
        "container.mount.propagation",
        TEXT,
        ENRICHMENT,
        "Its propagation, by position or source.",
        **_KEYED,
    ),
    _box("container.label", TEXT, ENRICHMENT, "One label.", **_KEYED),
    _box("container.labels", TEXT, ENRICHMENT, "All labels.", **_ASKED),
    _box(
        "container.start_ts",
        ABSOLUTE_TIME,
        KERNEL,
        "When its pid namespace started; none where it has no own.",
        stage=Stage.EVENT,
    ),
    _box(
        "container.duration",
        RELATIVE_TIME,
        KERNEL,
        "How long it has been running, by that.",
        stage=Stage.EVENT,
    ),
    _box("container.ip", TEXT, _NOT_ASKED, "Its primary address.", **_ASKED),
    _box("container.cni.json", TEXT, _NOT_ASKED, "What the network plugin answered.", **_ASKED),
    _box("container.host_pid", BOOLEAN, _NOT_ASKED, "Shares the host's pid namespace.", **_ASKED),
    _box(
        "container.host_network",
        BOOLEAN,
        _NOT_ASKED,
        "Shares the host's network namespace.",
        **_ASKED,
    ),
    _box("container.host_ipc", BOOLEAN, _NOT_ASKED, "Shares the host's IPC namespace.", **_ASKED),
    _box(
        "container.healthcheck", TEXT, _RETIRED, "Its health check.", is_deprecated=True, **_ASKED
    ),
    _box(
        "container.liveness_probe",
        TEXT,
        _RETIRED,
        "Its liveness probe.",
        is_deprecated=True,
        **_ASKED,
    ),
    _box(
        "container.readiness_probe",
        TEXT,
        _RETIRED,
        "Its readiness probe.",
        is_deprecated=True,
        **_ASKED,
    ),
)
