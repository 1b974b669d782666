"""
Where tricks are tried: a container with a secret in it, and the tricks' programs.

``running`` starts a pod with a privileged container, as an attacker who has got everything has
it. Its first process is a Python that reads the secret all the time, as it may. A trick is run in
an exec session; its alerts are told from others by its command line.
"""

import contextlib
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from support.pods import Bind, Container, Output, Pids, Pods, Spec
from support.scenario import SECRETS, Secret

TRICKS = Path(__file__).with_name("tricks")
RING = Path(__file__).with_name("uring.py")
INSIDE = "/tricks"
READER = """
import os, socket, subprocess, threading, time
if os.environ.get('ONCE'):
    raise SystemExit(open('/mnt/secrets/db-password').read())
def hand_over():
    listening = socket.socket(socket.AF_UNIX)
    listening.bind('/srv/application')
    listening.listen()
    while True:
        asked, _ = listening.accept()
        with open('/mnt/secrets/db-password') as file:
            if asked.recv(1) == b'p':
                socket.send_fds(asked, [b'.'], [file.fileno()])
            else:
                asked.send(subprocess.check_output(['cat'], stdin=file))
        asked.close()
threading.Thread(target=hand_over, daemon=True).start()
while True:
    try:
        open('/mnt/secrets/db-password').read()
    except OSError:  # a trick has moved it away
        pass
    time.sleep(0.1)
"""
COMMAND = ("python3", "-c", READER)

REACHES = (
    *(
        ("paths", trick)
        for trick in (
            *("link_to_the_file", "link_to_a_directory", "relative", "below_a_descriptor"),
            *("rooted_at_a_descriptor", "own_root", "first_process_root", "own_directory"),
            *("own_descriptor", "reopened", "call_of_32_bit", "handle", "other_root"),
        )
    ),
    *(
        ("mounts", trick)
        for trick in (
            *("bound_directory", "bound_parent", "bound_file", "detached"),
            *("attached_elsewhere", "moved", "same_place", "other_tree"),
        )
    ),
    *(
        ("programs", trick)
        for trick in (
            *("from_memory", "unlinked", "by_the_loader", "by_a_link", "renamed_copy"),
            *("no_arguments", "from_a_thread", "renamed", "far_descendant", "orphan"),
            "first_of_a_namespace",
        )
    ),
    *(("rings", trick) for trick in ("plain", "worker", "polled")),
    *(
        ("rings", f"chained_{how}")
        for how in ("by_the_submitter", "by_a_worker", "by_a_poller", "in_a_slot")
    ),
)
"""Ways to reach the secret, by family and trick; who does one may have nothing of it."""


class Ground:
    """The container, and the secret's true place in it."""

    def __init__(self, container: Container, secret: Secret) -> None:
        """Stand for it."""
        self.container = container
        self.volume = secret.path
        self.secret = f"{SECRETS}/..generation-{secret.generation}/db-password"

    def command(self, family: str, trick: str) -> tuple[str, ...]:
        """Return how a trick is run."""
        return ("python3", f"{INSIDE}/{family}.py", trick)

    def impersonate(self) -> Output:
        """Run what the first process runs, with the same command line; it prints the secret."""
        return self.container.exec("env", "ONCE=1", *COMMAND)

    def do(self, family: str, trick: str) -> Output:
        """Do a trick in an exec session; raise where it doesn't work."""
        done = self.container.exec(*self.command(family, trick))
        if done.exit_code:
            raise AssertionError(done.stderr.decode(errors="replace"))
        return done

    def enter_mounts(self, *command: str) -> None:
        """Run a program of the host's in the container's mount namespace, and no other of its."""
        line = ["nsenter", f"--mount=/proc/{self.container.pid}/ns/mnt", *command]
        subprocess.run(line, check=True, capture_output=True)


@contextlib.contextmanager
def running(pods: Pods, *, pids: Pids = Pids.OWN) -> Iterator[Ground]:
    """Run the container until the block ends."""
    with contextlib.ExitStack() as stack:
        pod = stack.enter_context(pods.pod("ground", pids=pids))
        shared = pods.engine.home / "ground" / pod.uid
        secret = Secret(shared / "secrets")
        stack.callback(secret.close)
        tricks, spool = shared / "tricks", shared / "spool"
        (spool / "cron").mkdir(parents=True)
        shutil.copytree(TRICKS, tricks, ignore=shutil.ignore_patterns("__pycache__"))
        shutil.copy(RING, tricks)
        spec = Spec(
            image=pods.engine.python_image(),
            name="ground",
            command=COMMAND,
            is_privileged=True,
            mounts=(
                Bind(source=secret.path, destination=SECRETS),
                Bind(source=tricks, destination=INSIDE),
                Bind(source=spool, destination="/var/spool", is_writable=True),
            ),
        )
        yield Ground(pod.run(spec), secret)
