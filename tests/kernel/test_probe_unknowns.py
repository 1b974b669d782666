"""What another thread takes away before a call has returned is said to be unknown."""

from pathlib import Path

import pytest

from support.probing import Watch

pytestmark = pytest.mark.kernel

SOURCE = """
import ctypes, mmap, signal
OPENAT = '257 '  # while it sleeps in there
libc = ctypes.CDLL(None)
fifo, taken, ends = sys.argv[1:]
os.mkfifo(fifo)
directory = os.open(os.path.dirname(fifo), os.O_PATH)
page = mmap.mmap(-1, mmap.PAGESIZE)
page.write(os.path.basename(fifo).encode())
address = ctypes.addressof(ctypes.c_char.from_buffer(page))
def wait():
    tell(threading.get_native_id())
    libc.openat(directory, ctypes.c_void_p(address), os.O_RDONLY)
thread = threading.Thread(target=wait)
signal.signal(signal.SIGUSR1, lambda *_: None)
thread.start()
while not open(f"/proc/self/task/{thread.native_id}/syscall").read().startswith(OPENAT):
    pass
if taken == "name":
    libc.mprotect(ctypes.c_void_p(address), mmap.PAGESIZE, 0)
if taken == "directory":
    os.close(directory)
if ends == "fails":
    signal.pthread_kill(thread.ident, signal.SIGUSR1)
else:
    os.open(fifo, os.O_WRONLY)
thread.join()
"""


@pytest.mark.parametrize(
    ("how", "flags", "loss"),
    [
        pytest.param("nothing fails", set(), None, id="nothing"),
        pytest.param("name fails", {"name_cut"}, "NAME_UNREADABLE", id="the name"),
        pytest.param("directory fails", {"base_cut"}, "DESCRIPTOR_GONE", id="the directory"),
        pytest.param("name opens", set(), "NAME_UNREADABLE", id="the name of what was opened"),
    ],
)
def test_what_was_taken_away_is_unknown(
    watch: Watch, tmp_path: Path, how: str, flags: set[str], loss: str | None
) -> None:
    """A name that may be any is marked and counted; of a file that was opened it is known."""
    fifo = tmp_path / "fifo"
    seen = watch.run(SOURCE, str(fifo), *how.split())
    ((thread,),) = seen.printed
    (call,) = [each for each in seen.calls("openat") if each.tid == thread]
    assert watch.flags("call_flag", "CALL_", call.flags) == flags
    if how.endswith("opens"):
        assert call.real == bytes(fifo)
    else:
        assert call.result < 0
    if loss:
        assert seen.losses[f"LOSS_{loss}"] >= 1
