"""On kernels that know less of types, the probe tells the same."""

from pathlib import Path

import pytest

from support.probing import Watch

pytestmark = pytest.mark.kernel

SOURCE = """
os.chdir(sys.argv[1])
os.open("link", 0)
os.open("dir/file", 0)
server = socket.create_server(("127.0.0.1", 0))
client = socket.create_connection(server.getsockname())
os.execv("/bin/true", ["true"])
"""


def told(watch: Watch, place: Path) -> list[tuple[object, ...]]:
    """Return what both ways must agree on."""
    seen = watch.run(SOURCE, str(place))
    opens = [
        (each.name, each.base, each.real, each.inode, each.device, each.file_mode, each.flags)
        for each in seen.calls("openat")
        if each.name in (b"link", b"dir/file")
    ]
    ends = [
        (each.remote_address, each.local_address, each.socket_family, each.socket_protocol)
        for each in seen.calls("connect")
    ]
    place_of = (watch.cgroup.stat().st_ino, watch.cgroup.name.encode())
    images = [
        (each.exepath, (each.cgroup, each.cgroup_name) == place_of) for each in seen.of("exec")
    ]
    assert all(is_told for _, is_told in images)
    return [*opens, *ends, *images]


def test_old_kernels_are_told_the_same(watch: Watch, old_watch: Watch, tmp_path: Path) -> None:
    """Reading by calls and reading by types give the same records."""
    (tmp_path / "dir").mkdir()
    (tmp_path / "dir" / "file").touch()
    (tmp_path / "link").symlink_to("dir/file")
    records = told(old_watch, tmp_path)
    assert records == told(watch, tmp_path)
    assert (b"link", bytes(tmp_path), bytes(tmp_path / "dir" / "file")) == records[0][:3]
