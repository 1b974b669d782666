"""
Ways to open a file, as Python source that defines ``attempt``.

In: nothing. Out: source by what it does. It finds ``path``, ``folder``, ``name``, ``times``,
``libc``, ``out``, which prints what a descriptor reads, and ``succeeded`` as ``PRELUDE`` defines
them.
"""

from pathlib import Path

from support import uring

PRELUDE = """
import ctypes, os, sys, threading, time
libc = ctypes.CDLL(None, use_errno=True)
path, times = sys.argv[1], int(sys.argv[2])
folder, name = os.path.split(path)
def out(file): os.write(1, os.read(file, 100))
def succeeded(result):
    if result < 0: raise OSError(ctypes.get_errno(), "failed")
    return result
"""
RING = Path(uring.__file__).read_text()
IN_32_BITS = """
def attempt():
    map_ = libc.mmap
    map_.restype = ctypes.c_void_p
    map_.argtypes = [ctypes.c_void_p, ctypes.c_size_t, *[ctypes.c_int] * 3, ctypes.c_long]
    at = map_(None, 8192, 7, 0x22 | 0x40, -1, 0)
    code = bytes.fromhex("53 b805000000 89fb 31c9 31d2 cd80 5b c3")
    ctypes.memmove(at, code, len(code))
    ctypes.memmove(at + 4096, path.encode() + bytes(1), len(path) + 1)
    out(ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_uint)(at)(at + 4096))
"""
BY_HANDLE = """
def attempt():
    handle, mount = (ctypes.c_char * 136)(), ctypes.c_int()
    ctypes.c_uint.from_buffer(handle).value = 128
    succeeded(libc.name_to_handle_at(-100, path.encode(), handle, ctypes.byref(mount), 0))
    out(succeeded(libc.open_by_handle_at(os.open(folder, 0), handle, 0)))
"""
FLIPPED = """
def attempt():
    names = [each.encode() + bytes(1) for each in (path, "/dev/null")]
    shown = ctypes.create_string_buffer(max(map(len, names)))
    def flip():
        while True:
            for each in names: ctypes.memmove(shown, each, len(each))
    threading.Thread(target=flip, daemon=True).start()
    for _ in range(100_000):
        file = libc.open(shown, 0)
        if file >= 0:
            out(file)
            os.close(file)
"""
LINKED = """
def attempt():
    ring, file = Ring({}), os.dup(0)
    os.close(file)
    room = ctypes.create_string_buffer(100)
    at = ctypes.addressof(room)
    read = submission(22, file, address=at, length=17, flags=LINK)
    ring.run(openat(path.encode(), flags=LINK), read, submission(23, 1, address=at, length=17))
"""
LINKED_TO_WORKER = LINKED.replace("{}", "").replace("flags=LINK)", "flags=LINK | ASYNC)")
LINKED_IN_A_SLOT = """
FIXED_FILE = 1  # flag of a submission: its descriptor is a slot
def attempt():
    ring, room = Ring(slots=2), ctypes.create_string_buffer(100)
    at = ctypes.addressof(room)
    read = submission(22, 0, address=at, length=17, flags=LINK | FIXED_FILE)
    write = submission(23, 1, address=at, length=17)
    ring.run(openat(path.encode(), slot=1, flags=LINK), read, write)
"""
IN_MEMORY = """
def attempt():
    program = os.memfd_create("app", 0)
    with open("/bin/cat", "rb") as file: os.write(program, file.read())
    os.execve(program, ["app", path], {})
"""
AS_FIRST = """
def attempt():
    succeeded(libc.unshare(0x20000000))
    if os.fork() == 0: out(os.open(path, 0)); os._exit(0)
    if os.wait()[1] == 9: os.kill(os.getpid(), 9)
"""
HARD_LINK = """
other = folder + "/other%d" % os.getpid()
os.link(path, other)
def attempt(): out(os.open(other, 0))
"""
OVERLAY = """
libc.unshare(0x20000)
succeeded(libc.mount(b"none", b"/", None, 0x44000, None))
succeeded(libc.mount(b"none", b"/mnt", b"tmpfs", 0, None))
for each in ("upper", "work", "all"): os.mkdir("/mnt/" + each)
options = b"lowerdir=%s,upperdir=/mnt/upper,workdir=/mnt/work" % folder.encode()
succeeded(libc.mount(b"overlay", b"/mnt/all", b"overlay", 0, options))
def attempt(): out(os.open("/mnt/all/" + name, 0))
"""
LINK = """
link = folder + "/link%d" % os.getpid()
os.symlink(path, link)
def attempt(): out(os.open(link, 0))
"""
OTHER_MOUNTS = """
libc.unshare(0x20000)
def attempt(): out(os.open(path, 0))
"""
BOUND = """
libc.unshare(0x20000)
succeeded(libc.mount(folder.encode(), b"/mnt", None, 4096, None))
def attempt(): out(os.open("/mnt/" + name, 0))
"""
BY_RING = "def attempt(): out(Ring({}).run(openat(path.encode()))[0])"
BY_WORKER = RING + "def attempt(): out(Ring().run(openat(path.encode(), flags=ASYNC))[0])"

WAYS = {
    "relative": "def attempt(): os.chdir(folder); out(os.open(name, 0))",
    "from a directory": "def attempt(): out(os.open(name, 0, dir_fd=os.open(folder, 0)))",
    "by /proc": "def attempt(): out(os.open('/proc/self/root' + path, 0))",
    "to write, too": "def attempt(): out(os.open(path, os.O_RDWR))",
    "through a link": LINK,
    "opened again": (
        "def attempt(): out(os.open('/proc/self/fd/%d' % os.open(path, os.O_PATH), 0))"
    ),
    "other root": "def attempt(): os.chroot(folder); out(os.open('/' + name, 0))",
    "other mounts": OTHER_MOUNTS,
    "mounted elsewhere, too": BOUND,
    "by a handle": BY_HANDLE,
    "by the call of 32 bits": IN_32_BITS,
    "by a path that changes": FLIPPED,
    "by a ring": RING + BY_RING.replace("{}", ""),
    "by a worker of a ring": BY_WORKER,
    "by a ring that is polled": RING + BY_RING.replace("{}", "POLLED"),
    "linked in a ring": RING + LINKED.replace("{}", ""),
    "linked in a ring that is polled": RING + LINKED.replace("{}", "POLLED"),
    "by a hard link": HARD_LINK,
    "by a program in memory": IN_MEMORY,
    "by another name of one's own": "def attempt(): libc.prctl(15, b'app'); out(os.open(path, 0))",
    "as the first of a pid namespace": AS_FIRST,
}
"""Each gives a descriptor, or what it reads, to nobody but the process that opened."""
