"""
The demonstration's container: made, entered, tricked, watched and taken away again.

In: what ``needs`` found. Out: a ``Scene`` for as long as the block lasts. Nothing of it stays:
the container, its cgroup, its volume and its files go when the block ends, however it ends. If
the demonstration itself is killed, its application ends too, and the volume is left behind.
"""

import base64
import collections
import json
import os
import secrets
import shlex
import shutil
import subprocess
import tempfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from importlib import resources
from pathlib import Path

import msgspec

from shikra.app.demo_vault import bundle, inside
from shikra.app.demo_vault.needs import Means
from shikra.app.demo_vault.secret import Secret
from shikra.sources.kernel import cgroups

PARENT = "shikra-demo"
ROTATION_SECONDS = 0.1
START_SECONDS = 20.0
READER_SECONDS = 60.0  # the machine may be busy
WORKERS = 3
REPORT_SECONDS = 10.0
"""How long each of them may take for its next report; it takes a twentieth of a second."""
SIGNALLED = 128
"""What shells add to a signal's number, where a command ended by it."""


class SceneError(Exception):
    """The container can't be made, or didn't do as told; says why."""


class Ran(msgspec.Struct, frozen=True):
    """What came of a command in the container."""

    code: int
    output: bytes  # on both streams, and what it left in files


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """How the application fared."""

    reads: int
    missed: tuple[str, ...]
    is_running: bool  # it is still the process that was started
    stuck_workers: int = 0  # that read no more


class Scene:
    """The running container."""

    def __init__(self, container_id: str, layout: bundle.Layout, means: Means) -> None:
        """Stand for it; ``start`` must follow."""
        self.id = container_id
        self.secret = Secret(layout.secrets)
        self._scratch = layout.scratch
        self._runc = (means.runc, "--root", str(layout.root.parent / "state"))
        self._process: subprocess.Popen[bytes] | None = None
        self._listener = threading.Thread()
        self._changed = threading.Condition()
        self._reads: collections.Counter[int] = collections.Counter()  # by worker
        self._missed: list[str] = []
        self._ran: collections.deque[Ran] = collections.deque()
        self._over = threading.Event()

    def start(self, folder: Path) -> None:
        """Start the application, and return once it has read the secret."""
        with (folder / "log").open("wb") as log:
            self._process = subprocess.Popen(
                [*self._runc, "run", "--bundle", str(folder), self.id],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                start_new_session=True,  # an interrupt is ours, we end it
            )
        self._listener = threading.Thread(target=self._listen, args=(self._process,))
        self._listener.start()
        with self._changed:
            self._changed.wait_for(lambda: self._reads or self._over.is_set(), START_SECONDS)
        if not self._reads:
            why = (folder / "log").read_text(errors="replace").strip() or "; ".join(self._missed)
            raise SceneError(f"the container's application doesn't read: {why or 'no reason told'}")

    def enter(self, command: Sequence[str]) -> Ran:
        """Run a command as ``kubectl exec`` does."""
        line = [*self._runc, "exec", self.id, *command]
        try:
            done = subprocess.run(
                line,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                check=False,
                timeout=READER_SECONDS,
            )
        except subprocess.TimeoutExpired as error:
            raise SceneError(f"no end of {shlex.join(command)}") from error
        return Ran(done.returncode, done.stdout + self._left_in_files())

    def trick(self, command: Sequence[str]) -> Ran:
        """Have the application itself run a command."""
        if self._process is None or self._process.stdin is None:
            raise SceneError("the application wasn't started")
        self._process.stdin.write(shlex.join(command).encode() + b"\n")
        self._process.stdin.flush()
        with self._changed:
            self._changed.wait_for(lambda: self._ran or self._over.is_set(), READER_SECONDS)
            if not self._ran:
                raise SceneError("the application doesn't answer any more")
            return self._ran.popleft()

    def kept(self) -> Kept:
        """Return how the application has fared, once each of its workers has read again."""
        with self._changed:
            before = self._reads.copy()

            def again() -> int:
                return sum(reads > before[worker] for worker, reads in self._reads.items())

            self._changed.wait_for(
                lambda: again() == WORKERS or self._over.is_set(), REPORT_SECONDS
            )
            return Kept(
                reads=self._reads.total(),
                missed=tuple(self._missed),
                is_running=not self._over.is_set(),
                stuck_workers=WORKERS - again(),
            )

    def rotate(self) -> None:
        """Rotate the secret again and again until the container ends."""
        while not self._over.wait(ROTATION_SECONDS):
            self.secret.rotate()

    def close(self) -> None:
        """End the container."""
        self._over.set()
        subprocess.run(
            [*self._runc, "delete", "--force", self.id], check=False, capture_output=True
        )
        if self._process is not None:
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(5)
            self._process.kill()
            self._process.wait()
            self._listener.join()
            for pipe in (self._process.stdin, self._process.stdout):
                if pipe is not None:
                    with suppress(BrokenPipeError):  # an order that nobody will follow
                        pipe.close()

    def _left_in_files(self) -> bytes:
        left = [path for path in self._scratch.rglob("*") if path.is_file()]
        content = b"".join(path.read_bytes() for path in left)
        for path in left:
            path.unlink()
        return content

    def _listen(self, process: "subprocess.Popen[bytes]") -> None:
        """Take in what the application says; without a word more it has ended."""
        for line in process.stdout or ():
            with self._changed:
                self._take(line)
                self._changed.notify_all()
        self._over.set()
        with self._changed:
            self._changed.notify_all()

    def _take(self, line: bytes) -> None:
        try:
            match json.loads(line):
                case {"read": int(count), "by": int(worker)}:
                    self._reads[worker] += count
                case {"missed": why}:
                    self._missed.append(str(why))
                case {"code": int(code), "output": str(output)}:
                    code = SIGNALLED - code if code < 0 else code
                    self._ran.append(Ran(code, base64.b64decode(output)))
                case other:
                    self._missed.append(f"it says {other}")
        except ValueError:
            self._missed.append(f"it says {line!r}")


def new_id() -> str:
    """Return an id as runtimes give."""
    return secrets.token_hex(32)


def cgroup(container_id: str) -> str:
    """Return the path of its cgroup."""
    return f"/{PARENT}/{container_id}"


@contextmanager
def running(means: Means, container_id: str) -> Iterator[Scene]:
    """Run the container and rotate its secret for as long as the block lasts."""
    with ExitStack() as stack:
        stack.callback(os.umask, os.umask(0o022))  # the application isn't root
        folder = Path(tempfile.mkdtemp(prefix="shikra-demo-"))
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        stack.callback(_remove_cgroups)
        layout = bundle.Layout(
            root=folder / "rootfs",
            secrets=folder / "secrets",
            scratch=folder / "scratch",
            cgroup=cgroup(container_id),
            python=means.python,
            prefix=means.prefix,
        )
        _furnish(layout)
        (folder / "config.json").write_text(json.dumps(bundle.configuration(layout)))
        _mount(stack, layout.secrets)
        scene = Scene(container_id, layout, means)
        stack.callback(scene.close)
        scene.start(folder)
        rotating = threading.Thread(target=scene.rotate)
        rotating.start()
        stack.callback(_end, scene, rotating)
        yield scene


def _end(scene: Scene, rotating: threading.Thread) -> None:
    scene.close()
    rotating.join()


def _furnish(layout: bundle.Layout) -> None:
    """Lay out what isn't mounted."""
    for path in (layout.root, layout.secrets, layout.scratch):
        path.mkdir()
    layout.scratch.chmod(0o1777)
    for name, target in bundle.files().items():
        (layout.root / name).symlink_to(target)
    programs = resources.files(inside)
    files = {
        "/etc/passwd": bundle.passwd(),
        f"{bundle.APPLICATION}/app.py": programs.joinpath("application.py").read_text(),
        f"{bundle.IMPOSTOR}/app.py": programs.joinpath("impostor.py").read_text(),
        bundle.INTRUDER: programs.joinpath("intruder.py").read_text(),
    }
    for place, text in files.items():
        path = layout.root / place[1:]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def _mount(stack: ExitStack, path: Path) -> None:
    """Mount the secret's volume, a file system of its own."""
    command = ("mount", "-t", "tmpfs", "-o", "mode=0755,size=1m", "shikra-demo", str(path))
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    if done.returncode != 0:
        raise SceneError(f"no tmpfs can be mounted here: {done.stderr.strip()}")
    stack.callback(subprocess.run, ("umount", "--lazy", str(path)), check=False)


def _remove_cgroups() -> None:
    """Remove what runc leaves: the parent, in each hierarchy, unless another demonstration runs."""
    for parent in (cgroups.MOUNT / PARENT, *cgroups.MOUNT.glob(f"*/{PARENT}")):
        with suppress(OSError):
            parent.rmdir()
