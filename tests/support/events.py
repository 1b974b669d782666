"""Events and plans to test the pipeline with: rules as text, fields read from the event itself."""

from shikra.app.pipeline.plan import Plan, plan
from shikra.app.settings import Settings
from shikra.model.container import Container, Knowledge
from shikra.model.event import Event, Reader, Readers
from shikra.model.event_types import NAMES
from shikra.model.fields import CATALOGUE
from shikra.model.process import Process
from shikra.model.value import Value
from shikra.rules import build

POD = Container(
    key=7,
    full_id="0123456789abcdef",
    knowledge=Knowledge.KNOWN,
    name="app",
    namespace="shop",
    pod_name="web-1",
    repository="registry/web",
    tag="1.0",
)


def _of_container(attribute: str) -> Reader:
    def read(event: Event, _: str | None) -> Value:
        value = getattr(event.container, attribute).encode()
        return value or None

    return read


READERS: Readers = {
    "evt.type": lambda event, _: event.type.encode(),
    "fd.name": lambda event, _: event.path,
    "fd.realpath": lambda event, _: event.real_path,
    "proc.name": lambda event, _: event.process.name if event.process else None,
    "container.id": _of_container("id"),
    "container.name": _of_container("name"),
    "container.image.repository": _of_container("repository"),
    "container.image.tag": _of_container("tag"),
    "k8s.ns.name": _of_container("namespace"),
    "k8s.pod.name": _of_container("pod_name"),
}


def opened(path: str, real: str | None = None, *, name: str = "cat") -> Event:
    """Make an event of a file that a process opened under a name; its real path may be another."""
    event = Event("syscall", "openat", 1_700_000_000_000_000_000, READERS)
    event.path = path.encode()
    event.real_path = (real or path).encode()
    creator = Process(id=1, pid=1, name=b"sh", creator=Process(id=2, pid=2, name=b"app"))
    event.process = Process(id=3, pid=3, name=name.encode(), creator=creator)
    return event


def plan_of(rules: str, settings: Settings | None = None) -> Plan:
    """Load rules, which must be right, and make them ready."""
    file = build.RuleFile("rules.yaml", rules.encode())
    loaded = build.load([file], CATALOGUE, event_types=NAMES)
    assert loaded.ok, [str(diagnostic) for diagnostic in loaded.diagnostics]
    return plan(loaded.ruleset, settings or Settings(), CATALOGUE)


def rule(name: str, condition: str, output: str = "it happened", more: str = "") -> str:
    """Write a rule as YAML."""
    return (
        f"- rule: {name}\n  desc: d\n  priority: ERROR\n"
        f"  condition: evt.type = openat and ({condition})\n  output: {output}\n{more}"
    )
