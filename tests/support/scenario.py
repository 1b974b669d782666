"""
Scenario S1: an application, and a credential that is mounted for it alone and rotates.

``running`` starts the pod; the secret is a tmpfs of its own, whose files are symbolic links
through ``..data``, which is swapped as the kubelet does it.
"""

import contextlib
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from support.pods import Bind, Container, Pods, Spec
from support.rootfs import USER
from support.waiting import until

SECRETS = "/mnt/secrets"


class Secret:
    """A credential on a tmpfs; the one before the last is removed at a rotation."""

    def __init__(self, path: Path) -> None:
        """Mount it and write the first credential; ``close`` must follow."""
        self.path = path
        self.generation = 0
        path.mkdir(parents=True)
        subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "mode=0755,size=1m", "shikra-secret", str(path)],
            check=True,
        )
        self.rotate()
        for name in ("db-username", "db-password"):
            (path / name).symlink_to(f"..data/{name}")

    @property
    def password(self) -> str:
        """What nobody else may see."""
        return f"s3cret-of-generation-{self.generation}"

    def rotate(self) -> None:
        """Swap the credential for a new one, atomically."""
        self.generation += 1
        folder = self.path / f"..generation-{self.generation}"
        folder.mkdir()
        (folder / "db-username").write_text(f"app-{self.generation}")
        (folder / "db-password").write_text(self.password)
        link = self.path / "..data_tmp"
        link.symlink_to(folder.name)
        link.replace(self.path / "..data")
        # A reader may stand between the link and the file, so the last one stays.
        shutil.rmtree(self.path / f"..generation-{self.generation - 2}", ignore_errors=True)

    def close(self) -> None:
        """Unmount it."""
        subprocess.run(["umount", "--lazy", str(self.path)], check=True)


class Application:
    """The running application."""

    def __init__(self, container: Container, secret: Secret, orders: Path) -> None:
        """Stand for it."""
        self.container = container
        self.secret = secret
        self._orders = orders

    def order(self, command: str) -> None:
        """Trick it into running a command, and wait for its end."""
        with self._orders.open("w") as pipe:
            pipe.write(f"{command}\n")
        until(
            lambda: any(line.startswith(f"ran {command}:") for line in self.container.lines()),
            f"the application to run {command}",
        )

    def reads(self) -> int:
        """Count the reports of ten reads each that its workers have made."""
        return sum(line.startswith("read ") for line in self.container.lines())

    def wait_for_reads(self, reports: int) -> None:
        """Return when its workers have reported this many more times."""
        wanted = self.reads() + reports
        until(lambda: self.reads() >= wanted, "the application to read on")

    def misses(self) -> list[str]:
        """Return what it couldn't read; empty when all is well."""
        return [line for line in self.container.lines() if line.startswith("missed ")]


@contextlib.contextmanager
def running(pods: Pods) -> Iterator[Application]:
    """Run the application in namespace ``test-dynamic`` until the block ends."""
    image = pods.engine.python_image("registry.local/team/app:1.2.3")
    with contextlib.ExitStack() as stack:
        pod = stack.enter_context(pods.pod("app-7c9", labels={"app": "api", "team": "payments"}))
        shared = pods.engine.home / "scenario" / pod.uid
        secret = Secret(shared / "secrets")
        stack.callback(secret.close)
        run = shared / "run"
        run.mkdir()
        os.mkfifo(run / "orders")
        (run / "orders").chmod(0o666)
        spec = Spec(
            image=image,
            name="app",
            command=("python", "app.py"),
            directory="/srv/app",
            user=USER,
            mounts=(
                Bind(source=secret.path, destination=SECRETS),
                Bind(source=run, destination="/run/app"),
            ),
        )
        application = Application(pod.run(spec), secret, run / "orders")
        application.wait_for_reads(1)
        yield application
