"""What the container may and may not."""

from pathlib import Path

from shikra.app.demo_vault import bundle

LAYOUT = bundle.Layout(
    root=Path("/x/rootfs"),
    secrets=Path("/x/secrets"),
    scratch=Path("/x/scratch"),
    cgroup="/demo/1",
    python=Path("/home/me/python/bin/python3.11"),
    prefix=Path("/home/me/python"),
)


def test_the_container_can_do_nothing_but_read() -> None:
    """No root, no capability, no network; all it can write to is its /tmp."""
    told = bundle.configuration(LAYOUT)
    assert told["process"]["user"]["uid"] != 0
    assert told["process"]["capabilities"] == {}
    assert {"type": "network"} in told["linux"]["namespaces"]
    assert told["root"]["readonly"]
    binds = [mount for mount in told["mounts"] if mount["type"] == "bind"]
    assert [b["destination"] for b in binds if "rw" in b["options"]] == ["/tmp"]  # noqa: S108  in the container
    assert {"/usr", "/mnt/secrets"} < {mount["destination"] for mount in binds}


def test_a_python_outside_of_usr_is_mounted() -> None:
    """The application runs this machine's own Python, wherever it is."""
    told = bundle.configuration(LAYOUT)
    assert "/home/me/python" in {mount["destination"] for mount in told["mounts"]}
    assert told["process"]["env"][0].startswith("PATH=/home/me/python/bin:")


def test_links_of_the_root_directory_are_kept(tmp_path: Path) -> None:
    """Where /bin is a link here, it is one in there."""
    (tmp_path / "bin").symlink_to("usr/bin")
    (tmp_path / "lib").mkdir()
    assert bundle.files(tmp_path) == {"bin": "usr/bin"}
