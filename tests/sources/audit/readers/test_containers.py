"""What a pod's containers ask for."""

from typing import Any

import pytest

from shikra.sources.audit.readers.containers import registry, repository
from support.audited import of_pod

SPEC = {
    "securityContext": {"runAsUser": 1000},
    "containers": [
        {"name": "a", "image": "registry.example:5000/shop/a:1", "args": ["x", "y"]},
        {
            "name": "b",
            "image": "b",
            "ports": [{"containerPort": 80, "hostPort": 8080}, {"containerPort": 81}],
            "securityContext": {
                "privileged": True,
                "runAsUser": 0,
                "capabilities": {"add": ["SYS_ADMIN", "NET_RAW"]},
            },
        },
    ],
    "initContainers": [{"name": "i", "securityContext": {"privileged": False}}],
}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("containers.name", (b"a", b"b")),
        ("containers.name[1]", (b"b",)),
        ("containers.image.repository", (b"registry.example:5000/shop/a", b"b")),
        ("containers.args", (b"x y",)),
        ("containers.command", None),
        ("containers.privileged", (b"true",)),
        ("containers.run_as_user", (b"0",)),
        ("containers.eff_run_as_user", (b"1000", b"0")),
        ("containers.eff_run_as_group", (b"0", b"0")),
        ("containers.add_capabilities", (b"SYS_ADMIN", b"NET_RAW")),
        ("containers.host_port", (b"8080", b"81")),
        ("initContainers.name", (b"i",)),
        ("initContainers.privileged", (b"false",)),
        ("ephemeralContainers.name", None),
    ],
)
def test_each_container_is_read(field: str, value: Any) -> None:
    """A field has a value for each container that says something, in their order."""
    assert of_pod(SPEC).fields[f"ka.req.pod.{field}"] == value


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("ka.req.container.image", b"registry.example:5000/shop/a:1"),
        ("ka.req.container.privileged", b"true"),
    ],
)
def test_old_fields_are_there(field: str, value: bytes) -> None:
    """Fields of old rules tell of the first container, or of any."""
    assert of_pod(SPEC).fields[field] == value


@pytest.mark.parametrize(
    ("image", "expected"),
    [
        ("nginx", "nginx"),
        ("nginx:1.2", "nginx"),
        ("localhost:5000/x:1", "localhost:5000/x"),
        ("localhost:5000/x", "localhost:5000/x"),
        ("a/b@sha256:00ff", "a/b"),
        ("a/b:1@sha256:00ff", "a/b"),
        (7, None),
    ],
)
def test_a_repository_may_have_a_port(image: Any, expected: str | None) -> None:
    """The name of an image ends at its tag, not at its registry's port."""
    assert repository(image) == expected


@pytest.mark.parametrize(
    ("image", "expected"),
    [
        ("nginx", "docker.io"),
        ("nginx:1.2", "docker.io"),
        ("library/nginx", "docker.io"),
        ("localhost/x", "localhost"),
        ("localhost:5000/x:1", "localhost:5000"),
        ("registry.example/a/b@sha256:00ff", "registry.example"),
        ("", "docker.io"),
        (7, None),
    ],
)
def test_a_registry_is_the_host_that_an_image_names(image: Any, expected: str | None) -> None:
    """What has a dot or a port before the first slash is a host; else it is what runtimes take."""
    assert registry(image) == expected
