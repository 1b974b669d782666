"""Engines' answers become containers."""

import json
from pathlib import Path
from typing import Any

import pytest

from shikra.enrich import docker_messages
from shikra.model.container import Container, Mount

ANSWERS = json.loads(Path(__file__).with_name("engines.json").read_text())


def read(answer: dict[str, Any], engine: str = "docker") -> Container:
    """Read an answer."""
    inspected = docker_messages.decode(json.dumps(answer).encode(), docker_messages.Inspected)
    return docker_messages.container(inspected, engine)


@pytest.mark.parametrize(
    ("engine", "is_privileged"),
    [pytest.param("docker", False, id="Docker"), pytest.param("podman", True, id="Podman")],
)
def test_a_recorded_answer_is_read(engine: str, is_privileged: bool) -> None:
    """Name, image, first process, mounts and privileges come out of what real engines answered."""
    answer = ANSWERS[engine]["inspect"]
    found = read(answer, engine)
    assert (found.full_id, found.runtime, found.name) == (answer["Id"], engine, "web")
    assert (found.repository, found.tag) == ("registry.local/pause", "3.9")
    assert found.image_id == answer["Image"].removeprefix("sha256:")
    assert found.first_pid == answer["State"]["Pid"]
    assert found.is_privileged is is_privileged
    assert found.mounts == (Mount(source="/srv/data", destination="/data", propagation="rprivate"),)


@pytest.mark.parametrize(
    ("engine", "name"),
    [pytest.param("docker", "docker", id="Docker"), pytest.param("podman", "podman", id="Podman")],
)
def test_an_engine_says_which_it_is(engine: str, name: str) -> None:
    """Podman speaks Docker's language, and says so."""
    answer = json.dumps(ANSWERS[engine]["version"]).encode()
    assert docker_messages.decode(answer, docker_messages.Version).engine == name


def test_a_pod_is_read_from_labels() -> None:
    """What Kubernetes started through Docker has its pod in the labels."""
    labels = {
        "io.kubernetes.docker.type": "container",
        "io.kubernetes.container.name": "app",
        "io.kubernetes.pod.name": "api-7c9",
        "io.kubernetes.pod.namespace": "shop",
        "io.kubernetes.pod.uid": "0f1e",
        "io.kubernetes.sandbox.id": "abc",
    }
    found = read({"Id": "1", "Name": "/k8s_app_api", "Config": {"Labels": labels}})
    assert (found.name, found.pod_name, found.namespace) == ("app", "api-7c9", "shop")
    assert (found.pod_uid, found.sandbox_id, found.is_sandbox) == ("0f1e", "abc", False)
    sandbox = read({"Id": "1", "Config": {"Labels": {"io.kubernetes.docker.type": "podsandbox"}}})
    assert sandbox.is_sandbox


def test_what_is_written_by_others_is_bounded() -> None:
    """Names, labels and mounts of any size and number cost only so much."""
    labels = {f"{n:04}": "x" * 9000 for n in range(1000)}
    mounts = [{"Source": "s" * 9000, "Destination": "d"}] * 1000
    found = read({"Id": "1", "Name": "n" * 9000, "Config": {"Labels": labels}, "Mounts": mounts})
    assert len(found.labels) == docker_messages.MAX_LABELS
    assert max(map(len, found.labels.values())) == docker_messages.MAX_TEXT
    assert len(found.mounts) == docker_messages.MAX_MOUNTS
    assert len(found.name) == len(found.mounts[0].source) == docker_messages.MAX_TEXT


def test_an_answer_of_nothing_is_read() -> None:
    """What an engine leaves out has no value."""
    found = read({"Id": "1", "Config": {"Labels": None}, "Mounts": None})
    assert (found.image, found.is_privileged, found.first_pid) == ("", None, 0)
