"""What the kernel is sure of in real containers, which enforcement and counted floods rest on."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from shikra.app import packs
from shikra.app.pipeline.candidates import Candidates
from shikra.app.pipeline.container_bits import ContainerTeller
from shikra.app.pipeline.named_files import named_files
from shikra.backends.kernel.compile import compile_tables
from shikra.enrich import readers as enriched
from shikra.enrich.containers import Containers
from shikra.enrich.users import Users
from shikra.model import event_types, fields
from shikra.model.clock import SystemClock
from shikra.model.event import Event
from shikra.rules import build, ir
from shikra.sources.kernel import source
from shikra.sources.kernel.containers import ContainerEnded, ContainerStarted
from shikra.sources.kernel.readers import READERS
from support import probes, runc, scenario
from support.pods import Pods
from support.waiting import until

pytestmark = pytest.mark.containers

CLOCK = SystemClock()
EVERYTHING = 1 << 20
SECRET = f"{scenario.SECRETS}/db-password"


class Sure:
    """The kernel as a source, told of containers as the agent tells it; no runtime is asked."""

    def __init__(self, kernel: source.KernelSource) -> None:
        """Begin with no rules."""
        self._kernel = kernel
        self.containers = Containers((), CLOCK)
        self._teller = ContainerTeller(kernel, self.containers, enriched.readers(Users(CLOCK)))
        self._rules = ir.RuleSet(nodes=(), rules=())
        self._candidates = Candidates(())
        self.keys: dict[int, int] = {}  # by the first process's pid

    def load(self, *files: build.RuleFile) -> None:
        """Let these rules decide."""
        loaded = build.load(files, fields.CATALOGUE, event_types=event_types.NAMES)
        assert loaded.ok, list(map(str, loaded.diagnostics))
        self._rules = loaded.ruleset
        compiled = compile_tables(loaded.ruleset)
        self._candidates = Candidates(compiled.tables.rules)
        self._kernel.load(self._kernel.pack(compiled.tables))
        self._teller.use(compiled.container_atoms)
        self._kernel.know_files(named_files(loaded.ruleset, fields.CATALOGUE))

    def events(self, key: int) -> list[Event]:
        """Return the events of a container since the last time."""
        found = []
        for item in self._kernel.drain(EVERYTHING):
            match item:
                case ContainerStarted():
                    self.keys[item.first_pid] = item.key
                    self.containers.started(
                        item.key, item.cgroup_name, item.cgroup_parent_name, item.first_pid
                    )
                    self._teller.changed(item.key)
                case ContainerEnded():
                    self.containers.ended(item.key)
                case Event() if item.data.call.container == key:
                    found.append(item)
        return found

    def key_of(self, container: runc.Bare) -> int:
        """Return the key of a container, once it is known."""
        until(lambda: self.events(-1) or container.pid in self.keys, "the container to be known")
        return self.keys[container.pid]

    def surely(self, event: Event) -> set[str]:
        """Return the rules that surely match."""
        assert event.verdict is not None
        return {
            self._rules.rules[n].info.name for n in self._candidates.among(event.verdict.surely)
        }


@pytest.fixture
def secret(tmp_path: Path) -> Iterator[scenario.Secret]:
    """Mount a credential that rotates."""
    secret = scenario.Secret(tmp_path / "secret")
    try:
        yield secret
    finally:
        secret.close()


@pytest.fixture(scope="module")
def sure() -> Iterator[Sure]:
    """Watch with the probe as its sources are now."""
    settings = source.Settings(probe_object=probes.built())
    with source.KernelSource.open(
        settings, CLOCK, {**READERS, **enriched.readers(Users(CLOCK))}
    ) as kernel:
        yield Sure(kernel)


def opening(path: str) -> build.RuleFile:
    """Return a rule on the opens of a file in a container."""
    text = (
        "- rule: Opened\n  desc: d\n  condition: >\n    evt.type in (open, openat)"
        f" and container.id != host and fd.name = {path}\n  output: o\n  priority: INFO\n"
    )
    return build.RuleFile("rules.yaml", text.encode())


def test_a_file_that_a_rule_names_is_surely_that_file(pods: Pods, sure: Sure) -> None:
    """Known by its inode as well, it still has the name that the rule has for it."""
    sure.load(opening("/etc/passwd"))
    with runc.running(pods.engine) as container:
        key = sure.key_of(container)
        until(lambda: is_known(container, sure, key), "the file to be known by its inode")
        container.exec("cat", "/etc/passwd")
        found = sure.events(key)
        assert [sure.surely(event) for event in found] == [{"Opened"}] * len(found) != []


def test_who_enters_a_container_older_than_shikra_is_seen(pods: Pods) -> None:
    """A container that its runtime left to the machine's first process is found, and its own."""
    settings = source.Settings(probe_object=probes.built())
    with (
        runc.running(pods.engine, is_detached=True) as container,
        source.KernelSource.open(settings, CLOCK, READERS) as kernel,
    ):
        sure = Sure(kernel)
        sure.load(opening("/etc/passwd"))
        key = sure.key_of(container)
        container.exec("cat", "/etc/passwd")
        found = [event for event in sure.events(key) if event.process.name == b"cat"]
        assert [event.process.has_entered for event in found] == [True]
        assert [event.process.in_init_tree for event in found] == [False]


@pytest.mark.parametrize(
    ("line", "is_sure"),
    [
        pytest.param("mount -t tmpfs none /mnt && cat /etc/passwd", True, id="changed"),
        pytest.param("unshare -m cat /etc/passwd", False, id="another namespace's"),
        pytest.param("mkdir /etc/old && mv /etc/old /x && cat /etc/passwd", True, id="renamed"),
    ],
)
def test_names_by_the_first_process_s_mounts_are_sure(
    pods: Pods, sure: Sure, line: str, *, is_sure: bool
) -> None:
    """Whatever is mounted in its namespace, the walked name is one there; elsewhere it may not."""
    sure.load(opening("/etc/passwd"))
    with runc.running(pods.engine) as container:
        key = sure.key_of(container)
        enter = ("nsenter", "--mount", "--target", str(container.pid))
        subprocess.run([*enter, "/bin/sh", "-c", line], check=True)  # noqa: S603  a row
        found = [event for event in sure.events(key) if b"cat" in event.process.name]
        assert [sure.surely(event) for event in found] == [{"Opened"} if is_sure else set()]


def is_known(container: runc.Bare, sure: Sure, key: int) -> bool:
    """Whether a hard link to the file is found."""
    container.exec("ln", "-f", "/etc/passwd", "/link")
    container.exec("cat", "/link")
    return any(event.path == b"/link" for event in sure.events(key))


def test_a_reader_of_a_secret_surely_is_one(
    pods: Pods, sure: Sure, secret: scenario.Secret
) -> None:
    """The vault pack's READ is sure of who reads a secret in a container that no runtime knows."""
    files = packs.files(packs.find("vault-secrets"))
    sure.load(*(build.RuleFile(str(path), path.read_bytes()) for path in files))
    with runc.running(pods.engine, binds={scenario.SECRETS: secret.path}) as container:
        key = sure.key_of(container)
        secret.rotate()
        container.exec("cat", SECRET)
        found = sure.events(key)
        assert [event.path for event in found] == [SECRET.encode()]
        assert "Vault secret read" in sure.surely(found[0])
