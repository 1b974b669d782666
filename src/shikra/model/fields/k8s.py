"""
The fields on pods and what stands above them.

Upstream leaves the ones on controllers, services and a namespace's labels empty by now; they
are here so that old rules load and are told.
"""

from shikra.model.field import Field, Stage
from shikra.model.fields.rows import ENRICHMENT, REQUIRED, TEXT, Family

_NOT_ASKED = "container runtimes aren't asked for it yet"
_RETIRED = "Falco has retired it, and leaves it empty"

_pod = Family(Stage.CONTAINER, "syscall")

_ASKED = {"is_metadata": True}
_SUGGESTED = _ASKED | {"is_suggested": True}
_KEYED = _ASKED | {"argument": REQUIRED}

POD: tuple[Field, ...] = (
    _pod("k8s.ns.name", TEXT, ENRICHMENT, "The pod's namespace.", **_SUGGESTED),
    _pod("k8s.pod.name", TEXT, ENRICHMENT, "The pod's name.", **_SUGGESTED),
    _pod("k8s.pod.id", TEXT, ENRICHMENT, "The pod's UID, by its old name.", **_ASKED),
    _pod("k8s.pod.uid", TEXT, ENRICHMENT, "The pod's UID.", **_ASKED),
    _pod(
        "k8s.pod.sandbox_id",
        TEXT,
        ENRICHMENT,
        "First twelve characters of its sandbox's id.",
        **_ASKED,
    ),
    _pod("k8s.pod.full_sandbox_id", TEXT, ENRICHMENT, "Its sandbox's id.", **_ASKED),
    _pod("k8s.pod.label", TEXT, ENRICHMENT, "One label of the pod.", **_KEYED),
    _pod("k8s.pod.labels", TEXT, ENRICHMENT, "All labels of the pod.", **_ASKED),
    _pod("k8s.pod.ip", TEXT, _NOT_ASKED, "The pod's address.", **_ASKED),
    _pod("k8s.pod.cni.json", TEXT, _NOT_ASKED, "What the network plugin answered.", **_ASKED),
)


def _retired(kind: str, what: str, *, named: bool = True) -> tuple[Field, ...]:
    """Return the rows that upstream keeps for one kind of object, always empty."""
    old = _ASKED | {"is_deprecated": True}
    name = (_pod(f"k8s.{kind}.name", TEXT, _RETIRED, f"Name of the {what}.", **old),)
    return (name if named else ()) + (
        _pod(f"k8s.{kind}.id", TEXT, _RETIRED, f"Id of the {what}.", **old),
        _pod(f"k8s.{kind}.label", TEXT, _RETIRED, f"One label of the {what}.", **_KEYED | old),
        _pod(f"k8s.{kind}.labels", TEXT, _RETIRED, f"All labels of the {what}.", **old),
    )


FIELDS = (
    POD
    + _retired("ns", "namespace", named=False)
    + _retired("deployment", "deployment")
    + _retired("rs", "replica set")
    + _retired("rc", "replication controller")
    + _retired("svc", "service")
)
