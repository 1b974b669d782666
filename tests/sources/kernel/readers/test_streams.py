"""Fields on standard streams."""

import stat

import pytest

from shikra.model.value import Value
from support.kernel_records import call_event


@pytest.mark.parametrize(
    ("stream", "kind", "name"),
    [
        pytest.param((stat.S_IFCHR | 0o620, 0, b"/dev/pts/0"), b"file", b"/dev/pts/0", id="device"),
        pytest.param((stat.S_IFREG, 0, None), b"file", None, id="file whose path isn't told"),
        pytest.param((stat.S_IFDIR, 0, b"/"), b"directory", b"/", id="directory"),
        pytest.param((stat.S_IFIFO, 0, None), b"pipe", None, id="pipe"),
        pytest.param((stat.S_IFSOCK, 2, None), b"ipv4", None, id="connection"),
        pytest.param((stat.S_IFSOCK, 10, None), b"ipv6", None, id="IPv6"),
        pytest.param((stat.S_IFSOCK, 1, None), b"unix", None, id="Unix socket"),
        pytest.param((stat.S_IFSOCK, 40, None), b"unknown", None, id="another socket"),
        pytest.param((0o600, 0, None), b"unknown", None, id="the kernel's own"),
        pytest.param((0, 0, None), None, None, id="closed"),
    ],
)
def test_a_stream_is_told(stream: tuple[int, int, bytes | None], kind: Value, name: Value) -> None:
    """What a stream is, and the path of a file; each of the three is told by itself."""
    closed = (0, 0, None)
    for descriptor, which in enumerate(("stdin", "stdout", "stderr")):
        streams = [closed, closed, closed]
        streams[descriptor] = stream
        fields = call_event(streams=streams).fields
        assert (fields[f"proc.{which}.type"], fields[f"proc.{which}.name"]) == (kind, name)
        others = {"stdin", "stdout", "stderr"} - {which}
        assert [fields[f"proc.{other}.type"] for other in others] == [None, None]
