"""A runtime's answers, real ones and odd ones, become containers."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from cri_api.v1 import api_pb2 as cri
from google.protobuf.json_format import ParseDict

from shikra.enrich import cri_messages
from shikra.model.container import Knowledge, Mount

RECORDED = json.loads(Path(__file__).with_name("containerd-1.6.json").read_text())
NO_INFO = cri_messages.Info()


def test_a_recorded_container_is_described() -> None:
    """Name, image, pod, labels, mounts, first process are what containerd told."""
    found = cri_messages.container(
        ParseDict(RECORDED["ListContainers"]["containers"][0], cri.Container()),
        ParseDict(RECORDED["ContainerStatus"]["status"], cri.ContainerStatus()),
        cri_messages.info({"info": json.dumps(RECORDED["ContainerStatus"]["info"])}),
        ParseDict(RECORDED["ListPodSandbox"]["items"][0], cri.PodSandbox()),
    )
    assert found.knowledge is Knowledge.KNOWN
    assert (found.name, found.namespace, found.pod_name) == ("api", "test-dynamic", "api-7c9")
    assert found.repository == "registry.local:5000/team/api"
    assert found.tag == "1.2.3"
    assert found.digest == RECORDED["ContainerStatus"]["status"]["image_ref"].partition("@")[2]
    listed = RECORDED["ListContainers"]["containers"][0]
    assert f"sha256:{found.image_id}" == listed["image_ref"]
    assert found.full_id == listed["id"]
    assert found.sandbox_id == listed["pod_sandbox_id"]
    assert found.pod_uid == listed["labels"]["io.kubernetes.pod.uid"]
    assert found.pod_labels["team"] == "payments"
    assert "team" not in found.labels
    assert found.first_pid == RECORDED["ContainerStatus"]["info"]["pid"]
    assert found.is_privileged
    assert found.mounts == (
        Mount(source="/run/recorded/m", destination="/mnt/secrets", propagation="private"),
    )


def test_a_recorded_sandbox_is_described() -> None:
    """A pod's own container has the pod's metadata and is told as what it is."""
    found = cri_messages.sandbox(
        ParseDict(RECORDED["ListPodSandbox"]["items"][0], cri.PodSandbox()),
        cri_messages.info({"info": json.dumps(RECORDED["PodSandboxStatus"]["info"])}),
    )
    assert found.is_sandbox
    assert found.full_id == found.sandbox_id
    assert (found.namespace, found.pod_name) == ("test-dynamic", "api-7c9")
    assert found.repository == "registry.local/pause"
    assert found.pod_labels["app"] == "api"


def test_a_secret_in_the_environment_is_not_kept() -> None:
    """Of the verbose status only the fields that rules ask for are read."""
    text = json.dumps(RECORDED["ContainerStatus"]["info"])
    assert "hunter2" in text
    assert b"hunter2" not in msgspec.json.encode(cri_messages.info({"info": text}))


def test_a_containerd_of_a_real_cluster_is_understood(shared_data: Callable[[str], Path]) -> None:
    """Where the kubelet names images by id, the image's name is the status's."""
    sample = json.loads(shared_data("data/cri-sample.json").read_text())
    found = cri_messages.container(
        ParseDict(sample["ListContainers"]["containers"][0], cri.Container()),
        ParseDict(sample["ContainerStatus"], cri.ContainerStatus()),
        cri_messages.Info(pid=sample["pid"]),
        ParseDict(sample["ListPodSandbox"]["items"][1], cri.PodSandbox()),
    )
    assert (found.repository, found.tag) == ("registry.local/app-services/api", "1.2.3")
    assert (found.namespace, found.pod_name) == ("app-services", "api-7c9")
    assert found.image_id.startswith("733fb2302c57")
    assert found.digest == ""  # it was never pulled
    assert found.mounts[0].destination == "/var/run/secrets/kubernetes.io/serviceaccount"
    assert not found.mounts[0].is_writable
    assert found.mounts[1].is_writable


@pytest.mark.parametrize(
    ("listed", "status", "expected"),
    [
        pytest.param({}, {}, ("", "", "", ""), id="nothing"),
        pytest.param(
            {"image": {"image": "sha256:" + "a" * 64}},
            {"image_ref": "registry.local/app@sha256:" + "b" * 64},
            ("registry.local/app", "", "sha256:" + "b" * 64, ""),
            id="only the digest is left",
        ),
        pytest.param(
            {"image": {"image": "sha256:" + "a" * 64}, "image_id": "sha256:" + "a" * 64},
            {"image": {"image": "registry.local/app:1", "user_specified_image": "app:2"}},
            ("app", "2", "", "a" * 64),
            id="the pod's own name for the image",
        ),
        pytest.param(
            {"image": {"image": "registry.local/app@sha256:" + "c" * 64}},
            {"image_ref": "registry.local/app@sha256:" + "b" * 64},
            ("registry.local/app", "", "sha256:" + "c" * 64, ""),
            id="the pod asks for a digest",
        ),
    ],
)
def test_the_image_is_found_where_it_is_told(
    listed: dict[str, Any], status: dict[str, Any], expected: tuple[str, ...]
) -> None:
    """Repository, tag, digest and id come from whichever answer has them."""
    found = cri_messages.container(
        ParseDict(listed, cri.Container()),
        ParseDict(status, cri.ContainerStatus()),
        NO_INFO,
        cri.PodSandbox(),
    )
    assert (found.repository, found.tag, found.digest, found.image_id) == expected


def test_a_pod_that_is_gone_is_known_by_labels() -> None:
    """Without a sandbox's answer, the kubelet's labels name the pod."""
    status = cri.ContainerStatus(
        labels={"io.kubernetes.pod.namespace": "shop", "io.kubernetes.pod.name": "web"}
    )
    found = cri_messages.container(cri.Container(), status, NO_INFO, cri.PodSandbox())
    assert (found.namespace, found.pod_name) == ("shop", "web")


def test_what_a_pods_author_writes_is_bounded() -> None:
    """Neither the number nor the length of labels and mounts is theirs to choose."""
    status = cri.ContainerStatus(
        labels={str(number): "x" * 10_000 for number in range(300)},
        mounts=[cri.Mount(container_path="/" + "y" * 10_000)] * 300,
    )
    found = cri_messages.container(cri.Container(), status, NO_INFO, cri.PodSandbox())
    assert len(found.labels) == cri_messages.MAX_LABELS
    assert max(map(len, found.labels.values())) == cri_messages.MAX_TEXT
    assert len(found.mounts) == cri_messages.MAX_MOUNTS
    assert len(found.mounts[0].destination) == cri_messages.MAX_TEXT


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param('{"pid": 7, "privileged": true}', True, id="cri-o"),
        pytest.param(
            '{"config": {"linux": {"security_context": {"privileged": true}}}}',
            True,
            id="containerd, privileged",
        ),
        pytest.param('{"config": {"linux": {"security_context": {}}}}', False, id="containerd"),
        pytest.param('{"config": {}}', False, id="containerd, nothing said"),
        pytest.param("{}", None, id="a runtime that says nothing"),
    ],
)
def test_privileged_is_read_as_each_runtime_writes_it(text: str, expected: bool | None) -> None:
    """Whether a container is privileged is yes, no, or not told."""
    assert cri_messages.info({"info": text}).is_privileged is expected


@pytest.mark.parametrize("text", ["", "[]", '{"pid": "seven"}', '{"pid": 7', "\x00"])
def test_a_strange_status_is_refused(text: str) -> None:
    """A verbose status that isn't as expected is a ValueError, not a crash."""
    with pytest.raises(ValueError, match="verbose status"):
        cri_messages.info({"info": text})
