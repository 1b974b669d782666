"""
Set up what the project needs on this machine, and say what is installed before it is.

In: ``run`` or ``test``, the machine, ``requirements.lock``. Out: ``.venv``, ``build/`` and packages
of the system. Standard library only: this runs before anything is installed. What is done is not
done again: ``build/setup.json`` keeps what each step was done with.
"""

import ctypes
import hashlib
import importlib.util
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import fetch_kernels

ROOT = Path(__file__).resolve().parents[1]
BUILD = ROOT / "build"
LOCK = ROOT / "requirements.lock"
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"

APT = ("apt-get", "-q", "-o", "DPkg::Lock::Timeout=500")
APT_LISTS = Path("/var/lib/apt/lists")
VENV_PACKAGE = f"python3.{sys.version_info.minor}-venv"


class Package(NamedTuple):
    """A package of Debian and Ubuntu."""

    name: str
    purpose: str


TEST_PACKAGES = {  # by a program that shows that it is there already
    "containerd": Package("containerd", "containers for tests; with systemd it starts its service"),
    "runc": Package("runc", "containers for tests"),
    "/usr/lib/cni/bridge": Package("containernetworking-plugins", "networks of containers"),
    "podman": Package("podman", "an engine that isn't Kubernetes', for tests; runs no service"),
    "busybox": Package("busybox-static", "what runs in the tests' containers"),
    "curl": Package("curl", "what an intruder starts in them"),
    "ip": Package("iproute2", "network namespaces for tests"),
    "nsenter": Package("util-linux", "entering them"),
    "qemu-system-x86_64": Package("qemu-system-x86", "runs tests on other kernels"),
}


class Step(NamedTuple):
    """Something to do again only when what it is made from has changed."""

    what: str
    made_from: tuple[Path, ...]
    do: Callable[[], None]


class SetupError(Exception):
    """Setting up can't go on; the message says what to do."""


def main(arguments: list[str]) -> int:
    """Set up for ``run`` or ``test``."""
    BUILD.mkdir(exist_ok=True)
    try:
        install_packages(missing_packages(for_tests=arguments == ["test"]))
        follow(steps())
        if arguments == ["test"]:
            fetch_missing_kernels()
    except SetupError as failure:
        print(f"setup: {failure}", file=sys.stderr)
        return 1
    return 0


def missing_packages(*, for_tests: bool) -> list[Package]:
    """Return the system's packages that are wanted and not there."""
    missing = []
    if not PYTHON.exists() and importlib.util.find_spec("ensurepip") is None:
        missing.append(Package(VENV_PACKAGE, "makes .venv"))
    try:
        ctypes.CDLL("libbpf.so.1")
    except OSError:
        missing.append(Package("libbpf1", "loads the probe into the kernel"))
    if for_tests:
        missing += [package for name, package in TEST_PACKAGES.items() if not shutil.which(name)]
    return missing


def install_packages(packages: list[Package]) -> None:
    """Install packages of the system, or say what can't be installed and what follows."""
    if not packages:
        return
    names = [package.name for package in packages]
    if shutil.which("apt-get") is None:
        needed = "; ".join(f"{package.name} ({package.purpose})" for package in packages)
        say(f"no apt-get here: install what your system has of {needed}")
        return
    if os.geteuid() != 0:
        say(f"not root, so not installed: {' '.join(names)}; what needs them is skipped")
        return
    for package in packages:
        say(f"installing Debian package {package.name}: {package.purpose}")
    install = (*APT, "install", "-y", "--no-install-recommends", "--no-remove", *names)
    if any(APT_LISTS.glob("*_Packages*")):
        try:
            run(*install)
        except SetupError:
            say("installing failed: once more with fresh package lists")
        else:
            return
    run(*APT, "update")
    run(*install)


def steps() -> list[Step]:
    """Return what to make inside the repository, in order; each rests on those before it."""
    probe = (ROOT / "tools" / "build_probe.py", *sorted((ROOT / "bpf").rglob("*.[ch]")))
    python = f"Python {sys.version.split()[0]}"
    count = sum(line[0].isalpha() for line in LOCK.read_text().splitlines())
    return [
        Step(f"making .venv with {python} of {sys.executable}", (), make_venv),
        Step(f"installing {count} Python packages into .venv: requirements.lock", (LOCK,), sync),
        Step("installing shikra into .venv", (ROOT / "pyproject.toml",), install_project),
        Step("building the probe, build/shikra.bpf.o, with ziglang", probe, build_probe),
    ]


def follow(plan: list[Step]) -> None:
    """Do each step that was not done with the same files, or that rests on one done now."""
    stamps_file = BUILD / "setup.json"
    usable = PYTHON.exists() and stamps_file.exists()
    done: list[str] = json.loads(stamps_file.read_text()) if usable else []
    digest = hashlib.sha256(f"{ROOT} {sys.executable} {sys.version}".encode())
    for number, step in enumerate(plan):
        for path in step.made_from:
            digest.update(path.read_bytes())
        if done[number : number + 1] == [digest.hexdigest()]:
            continue
        say(step.what)
        step.do()
        done = [*done[:number], digest.hexdigest()]
        stamps_file.write_text(json.dumps(done))


def make_venv() -> None:
    """Make an empty environment."""
    run(sys.executable, "-m", "venv", "--clear", str(VENV))


def sync() -> None:
    """Put exactly the locked packages into the environment; every file's hash is checked."""
    pin = [line for line in LOCK.read_text().split("\n") if line]
    start = next(number for number, line in enumerate(pin) if line.startswith("uv=="))
    end = next(n for n in range(start + 1, len(pin)) if not pin[n].startswith(" "))
    uv = BUILD / "uv.txt"
    uv.write_text("\n".join(pin[start:end]) + "\n")
    run(str(PYTHON), "-m", "pip", "install", "--no-cache-dir", "--require-hashes", "-r", str(uv))
    run_uv("sync", "--require-hashes", str(LOCK))


def install_project() -> None:
    """Make ``.venv/bin/shikra`` run the code of this clone."""
    run_uv("install", "--no-deps", "--no-build-isolation", "--editable", str(ROOT))


def build_probe() -> None:
    """Compile the kernel side."""
    run(str(PYTHON), "tools/build_probe.py")


def fetch_missing_kernels() -> None:
    """Fetch kernels that tests boot; of one that isn't to be had, say why."""
    for release in fetch_kernels.missing():
        say(f"downloading the kernel of Debian {release} into build/kernels: tests run on it")
        problem = fetch_kernels.fetch(release)
        if problem:
            say(problem)


def run_uv(command: str, *arguments: str) -> None:
    """Run one of uv's commands on the environment."""
    run(str(VENV / "bin" / "uv"), "pip", command, "--python", str(PYTHON), *arguments)


def say(what: str) -> None:
    """Announce what is about to happen."""
    print(f"setup: {what}", flush=True)


def run(*command: str) -> None:
    """Run a program without input; show the end of what it printed only if it failed."""
    settings = {
        "DEBIAN_FRONTEND": "noninteractive",
        "UV_CACHE_DIR": str(BUILD / "uv"),
        "UV_PYTHON_DOWNLOADS": "never",
    }
    result = subprocess.run(
        command,
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        check=False,
        env={**os.environ, **settings},
    )
    if result.returncode != 0:
        tail = "\n".join(result.stdout.splitlines()[-30:])
        raise SetupError(f"{' '.join(command)} failed:\n{tail}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
