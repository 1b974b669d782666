"""Rules read containers, pods and users as the catalogue promises."""

from pathlib import Path

import msgspec
import pytest

from shikra.enrich.readers import readers
from shikra.enrich.users import Users
from shikra.model.container import HOST, Container, Knowledge, Mount
from shikra.model.event import Event
from shikra.model.field import Filled
from shikra.model.fields import CATALOGUE
from shikra.model.value import FieldType, Value
from support.clocks import ManualClock
from support.processes import write_process

ID = "3028d36e796552aa3bc64abc4b7356c44f9406fdcc4f4cdf4c1aa9a1f7fb09db"
SANDBOX = "024dd0d23ae277e6ea147425c0865393f8fa8193f1562051b808a6b9da1b8471"
PID = 700
KNOWN = Container(
    key=42,
    full_id=ID,
    knowledge=Knowledge.KNOWN,
    runtime="containerd",
    name="api",
    image="registry.local:5000/team/api:1.2.3",
    repository="registry.local:5000/team/api",
    tag="1.2.3",
    digest="sha256:abc",
    image_id="733fb2302c57",
    namespace="test-dynamic",
    pod_name="api-7c9",
    pod_uid="ccf04582",
    sandbox_id=SANDBOX,
    labels={"io.kubernetes.container.name": "api"},
    pod_labels={"app": "api", "empty": "", "team": "bücher"},
    first_pid=PID,
    is_privileged=False,
    mounts=(
        Mount(source="/srv/secrets", destination="/mnt/secrets", propagation="private"),
        Mount(source="/proc", destination="/host/proc", is_writable=True, propagation="rslave"),
    ),
)
BARE = msgspec.structs.replace(KNOWN, pod_labels={}, labels={}, mounts=(), namespace="")
IDS = {"user.uid": 10001, "user.loginuid": 1000, "group.gid": 10001}


@pytest.fixture
def users(tmp_path: Path) -> Users:
    """Give the accounts of the container and of the host."""
    box = write_process(tmp_path, PID, cgroup=f"/pod/{ID}")
    (box / "etc/passwd").write_bytes(b"app:x:10001:10001::/srv/app:\n")
    (box / "etc/group").write_bytes(b"team:x:10001:\n")
    host = write_process(tmp_path, 1)
    (host / "etc/passwd").write_bytes(b"alice:x:1000:100::/home/alice:/bin/zsh\n")
    return Users(ManualClock(), proc=tmp_path, wait_s=5)


def read(users: Users, container: Container, field: str, **ids: Value) -> Value:
    """Read a field of an event in this container."""
    event = Event("syscall", "open", 0, readers(users))
    event.container = container
    event.fields.update(IDS | {name.replace("_", "."): value for name, value in ids.items()})
    return event.fields[field]


def test_every_field_of_enrichment_has_a_reader(users: Users) -> None:
    """What the catalogue says enrichment fills is filled, and nothing else."""
    promised = {name for name, field in CATALOGUE.items() if field.filled is Filled.ENRICHMENT}
    assert set(readers(users)) == promised


@pytest.mark.parametrize(
    ("field", "expected"),
    [
        ("container.id", b"3028d36e7965"),
        ("container.full_id", ID.encode()),
        ("container.name", b"api"),
        ("container.image", b"registry.local:5000/team/api:1.2.3"),
        ("container.image.id", b"733fb2302c57"),
        ("container.image.repository", b"registry.local:5000/team/api"),
        ("container.image.tag", b"1.2.3"),
        ("container.image.digest", b"sha256:abc"),
        ("container.type", b"containerd"),
        ("container.privileged", False),
        (
            "container.mounts",
            b"/srv/secrets:/mnt/secrets::false:private /proc:/host/proc::true:rslave",
        ),
        ("container.mount[0]", b"/srv/secrets:/mnt/secrets::false:private"),
        ("container.mount[/proc]", b"/proc:/host/proc::true:rslave"),
        ("container.mount[2]", None),
        ("container.mount[/nowhere]", None),
        ("container.mount.source[/mnt/*]", b"/srv/secrets"),
        ("container.mount.source[1]", b"/proc"),
        ("container.mount.dest[/proc*]", b"/host/proc"),
        ("container.mount.dest[/host/proc]", None),
        ("container.mount.mode[/proc]", b""),
        ("container.mount.rdwr[/proc]", b"true"),
        ("container.mount.rdwr[/srv/secrets]", b"false"),
        ("container.mount.propagation[/proc]", b"rslave"),
        ("container.label[io.kubernetes.container.name]", b"api"),
        ("container.label[none]", None),
        ("container.labels", b"io.kubernetes.container.name:api"),
        ("k8s.ns.name", b"test-dynamic"),
        ("k8s.pod.name", b"api-7c9"),
        ("k8s.pod.id", b"ccf04582"),
        ("k8s.pod.uid", b"ccf04582"),
        ("k8s.pod.sandbox_id", b"024dd0d23ae2"),
        ("k8s.pod.full_sandbox_id", SANDBOX.encode()),
        ("k8s.pod.label[app]", b"api"),
        ("k8s.pod.label[empty]", b""),
        ("k8s.pod.label[none]", None),
        ("k8s.pod.labels", "app:api, empty:, team:bücher".encode()),
        ("user.name", b"app"),
        ("user.homedir", b"/srv/app"),
        ("user.shell", None),
        ("user.loginname", b"alice"),
        ("group.name", b"team"),
    ],
)
def test_a_known_container_has_its_metadata(users: Users, field: str, expected: Value) -> None:
    """Each field is what the runtime and the container's files say."""
    assert read(users, KNOWN, field) == expected


@pytest.mark.parametrize("knowledge", [Knowledge.PENDING, Knowledge.UNKNOWN])
def test_an_unknown_container_has_its_id_alone(users: Users, knowledge: Knowledge) -> None:
    """Metadata that isn't known has no value, not an empty one."""
    container = msgspec.structs.replace(KNOWN, knowledge=knowledge)
    found = {
        name
        for name in readers(users)
        if name.startswith(("container.", "k8s."))
        and read(users, container, f"{name}[0]" if CATALOGUE[name].argument.name == "REQUIRED"
                 else name) is not None
    }  # fmt: skip
    assert found == {"container.id", "container.full_id"}


def test_the_host_is_named_host(users: Users) -> None:
    """On the host the id and the name say so, and all the rest has no value."""
    found = {name: read(users, HOST, name) for name in readers(users) if name[0] in "ck"}
    assert {name: value for name, value in found.items() if value is not None} == {
        "container.id": b"host",
        "container.full_id": b"host",
        "container.name": b"host",
    }


@pytest.mark.parametrize(
    "field", ["k8s.ns.name", "k8s.pod.labels", "container.labels", "container.mounts"]
)
def test_what_a_container_has_not_has_no_value(users: Users, field: str) -> None:
    """A container without pod, labels or mounts has no such value."""
    assert read(users, BARE, field) is None


def test_a_container_whose_start_was_lost_has_no_id(users: Users) -> None:
    """An id that nobody knows is no value, rather than an empty text."""
    lost = Container(key=7, full_id="", knowledge=Knowledge.UNKNOWN)
    assert read(users, lost, "container.id") is None


@pytest.mark.parametrize("unset", [-1, 0xFFFFFFFF, None])
def test_nobody_logged_in(users: Users, unset: Value) -> None:
    """An unset login id has no name."""
    assert read(users, KNOWN, "user.loginname", user_loginuid=unset) is None


@pytest.mark.parametrize("field", ["user.name", "user.homedir", "user.shell", "group.name"])
def test_an_event_without_ids_names_nobody(users: Users, field: str) -> None:
    """Where the kernel gave no id there is no name."""
    assert read(users, KNOWN, field, user_uid=None, group_gid=None) is None


def test_values_are_of_the_fields_type(users: Users) -> None:
    """Text is bytes, truth is bool."""
    for name in readers(users):
        value = read(users, KNOWN, f"{name}[0]")
        kind = bool if CATALOGUE[name].type is FieldType.BOOLEAN else bytes
        assert value is None or isinstance(value, kind)
