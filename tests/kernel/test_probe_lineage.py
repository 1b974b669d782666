"""Who created whom, as the probe tells it."""

import pytest

from support.probing import Seen, Told, Watch

pytestmark = pytest.mark.kernel


def fork_of(seen: Seen, pid: int) -> Told:
    """Return the record of this process's creation."""
    return next(each for each in seen.of("fork") if each.pid == pid)


def test_a_fork_has_its_creator(watch: Watch) -> None:
    """A process is told when it is created, with who created it, and when it ends."""
    source = (
        "if not (child := os.fork()):\n"
        "    if not (grandchild := os.fork()): os._exit(0)\n"
        "    tell(os.getpid(), grandchild); os.waitpid(grandchild, 0); os._exit(0)\n"
        "os.wait()"
    )
    seen = watch.run(source)
    child, grandchild = (fork_of(seen, pid) for pid in seen.printed[0])
    assert child.creator == seen.of("exec")[0].process
    assert grandchild.creator == child.process
    ended = [each.process for each in seen.of("exit")]
    assert ended == [grandchild.process, child.process, child.creator]


def test_a_thread_is_no_process(watch: Watch) -> None:
    """Threads are no processes: nothing is told of their creation or end."""
    source = (
        "for _ in range(4):\n"
        "    thread = threading.Thread(target=os.getpid); thread.start(); thread.join()"
    )
    seen = watch.run(source)
    assert seen.of("fork") == []
    assert len(seen.of("exit")) == 1


def test_a_threads_child_is_its_process_child(watch: Watch) -> None:
    """A process that a thread creates has the thread's process as its creator."""
    source = (
        "def work():\n"
        "    if child := os.fork(): tell(child); os.waitpid(child, 0)\n"
        "    else: os._exit(0)\n"
        "thread = threading.Thread(target=work); thread.start(); thread.join()"
    )
    seen = watch.run(source)
    assert fork_of(seen, seen.printed[0][0]).creator == seen.of("exec")[0].process


def test_the_process_ends_with_its_last_thread(watch: Watch) -> None:
    """When the leader is gone and another thread goes on, the process isn't gone."""
    source = (
        "def work():\n"
        "    thread_state = f'/proc/self/task/{os.getpid()}/stat'\n"
        "    while open(thread_state).read().rsplit(')')[1].split()[0] != 'Z': pass\n"
        "    os.open('/etc/hostname', 0); os._exit(0)\n"
        "threading.Thread(target=work).start()\n"
        "syscall(60, 0)"
    )
    seen = watch.run(source)
    [end] = seen.of("exit")
    call = next(each for each in seen.calls("openat") if each.name == b"/etc/hostname")
    assert call.process == end.process
    assert call.tid != call.pid
    assert seen.records.index(call) < seen.records.index(end)


def test_the_creator_is_who_called_clone(watch: Watch) -> None:
    """With CLONE_PARENT the creator is the caller, although the parent is another."""
    source = (
        "if not (child := os.fork()):\n"
        "    if not (sibling := syscall(56, 0x8000 | 17, 0, 0, 0, 0)): os._exit(0)\n"
        "    tell(os.getpid(), sibling); os._exit(0)\n"
        "os.wait(); os.wait()"
    )
    seen = watch.run(source)
    child, sibling = (fork_of(seen, pid) for pid in seen.printed[0])
    assert sibling.creator == child.process


def test_adoption_changes_no_creator(watch: Watch) -> None:
    """An orphan that somebody adopted has its creator still, when it executes a file as well."""
    source = (
        "libc.prctl(36, 1)\n"  # adopts orphans
        "if not os.fork():\n"
        "    middle = os.getpid()\n"
        "    if os.fork(): os._exit(0)\n"
        "    while os.getppid() == middle: pass\n"
        "    os.execv('/bin/true', ['true'])\n"
        "os.wait(); os.wait()"
    )
    seen = watch.run(source)
    daemon = seen.of("exec")[-1]
    assert daemon.comm == b"true"
    middle = next(each for each in seen.of("fork") if each.process == daemon.creator)
    assert middle.creator == seen.of("exec")[0].process


def test_a_mount_namespace_alone_is_no_container(watch: Watch) -> None:
    """A process of the host in a mount namespace of its own starts no container."""
    source = (
        "assert libc.unshare(0x20000 | 0x20000000) == 0\n"
        "if os.fork(): os.wait()\n"
        "else: os.execv('/bin/true', ['true'])"
    )
    seen = watch.run(source)
    assert seen.of("exec")[-1].vpid == 1
    assert seen.of("container") == []
    assert seen.of("exec")[-1].container == 0
