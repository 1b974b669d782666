"""What a pod asks of its host."""

from typing import Any

import pytest

from support.audited import event, of_pod

SPEC = {
    "hostNetwork": True,
    "securityContext": {"supplementalGroups": [7, 8]},
    "volumes": [
        {"name": "docker", "hostPath": {"path": "/var/run/docker.sock"}},
        {"name": "tmp", "emptyDir": {}},
        {"name": "odd"},
    ],
}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("ka.req.pod.host_network", b"true"),
        ("ka.req.pod.host_pid", None),
        ("ka.req.pod.supplemental_groups", (b"7", b"8")),
        ("ka.req.pod.volumes.hostpath", (b"/var/run/docker.sock",)),
        ("ka.req.pod.volumes.hostpath[1]", None),
        ("ka.req.pod.volumes.volume_type", (b"hostPath", b"emptyDir")),
        ("ka.req.volume.hostpath[/var/run/docker.sock]", b"true"),
        ("ka.req.volume.hostpath[/var/run*]", b"true"),
        ("ka.req.volume.hostpath[/var/run]", b"false"),
    ],
)
def test_what_a_pod_asks_for_is_read(field: str, value: Any) -> None:
    """Each field has what the pod's specification says."""
    assert of_pod(SPEC).fields[field] == value


def test_a_config_map_is_read_whole() -> None:
    """All that is in a config map is text that rules can search."""
    written = event(requestObject={"data": {"a": "password=x"}}).fields["ka.req.configmap.obj"]
    assert written == b'{"a":"password=x"}'
