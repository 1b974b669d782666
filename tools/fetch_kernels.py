"""
Fetch the stock kernels of Debian that the probe is tried on, beside this machine's own.

In: the mirror of Debian that this machine's apt is set up with. Out: a folder a release in
``build/kernels``, with ``vmlinuz`` and the modules that a guest is given; where it isn't to be had,
``reason`` there says why. What is there isn't fetched again. Nothing is installed. Standard library
only, as all of setting up.
"""

import lzma
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
KERNELS = ROOT / "build" / "kernels"
RELEASES = {"bookworm": "6.1", "bullseye": "5.10"}
"""Of Debian, each with its kernel's version."""
MODULES = (
    *("virtio_ring", "virtio", "virtio_pci_modern_dev", "virtio_pci_legacy_dev", "virtio_pci"),
    *("netfs", "fscache", "9pnet", "9pnet_virtio", "9p", "overlay"),
)
"""
What makes a guest see this machine's files, and what tests ask for, in the order of loading.

A release that lacks one has it within the kernel, or no need of it.
"""

_MIRROR = re.compile(r"/debian(-security)?/?$")
_KEYS = Path("/usr/share/keyrings/debian-archive-keyring.gpg")


class FetchError(Exception):
    """It isn't to be had; the message says why."""


def main() -> int:
    """Fetch what is missing; say what happens."""
    for release in missing():
        print(f"fetching the kernel of Debian {release}", flush=True)
        problem = fetch(release)
        if problem:
            print(problem, file=sys.stderr)
    return 1 if missing() else 0


def missing() -> list[str]:
    """Return the releases whose kernel isn't here."""
    return [release for release in RELEASES if not _is_here(KERNELS / release)]


def fetch(release: str) -> str | None:
    """Fetch the kernel of one release; return why that can't be done."""
    place = KERNELS / release
    KERNELS.mkdir(parents=True, exist_ok=True)
    shutil.rmtree(place, ignore_errors=True)
    with tempfile.TemporaryDirectory(dir=KERNELS) as work:
        try:
            unpack(download(release, Path(work)), Path(work, "unpacked"))
        except FetchError as failure:
            place.mkdir()
            (place / "reason").write_text(f"{failure}\n")
            return f"no kernel of Debian {release}: {failure}"
        Path(work, "unpacked").rename(place)
    return None


def download(release: str, work: Path) -> Path:
    """Download the package of the release's current kernel, with lists of packages of our own."""
    if shutil.which("apt-get") is None:
        raise FetchError("there is no apt-get here")
    (work / "lists" / "partial").mkdir(parents=True)
    (work / "sources.list").write_text("".join(_sources(release)))
    options = {
        "APT::Architecture": "amd64",
        "APT::Sandbox::User": "root",
        "Acquire::Check-Valid-Until": "false",  # an old release is signed no more
        "Acquire::Languages": "none",
        "Dir::Cache": str(work),
        "Dir::Etc::SourceList": str(work / "sources.list"),
        "Dir::Etc::SourceParts": "-",
        "Dir::State::Lists": str(work / "lists"),
    }
    given = [f"-o{name}={value}" for name, value in options.items()]
    _run(work, "apt-get", *given, "update", "--error-on=any")
    depends = _run(work, "apt-cache", *given, "depends", "linux-image-amd64")
    package = re.search(r"Depends: (linux-image-\S+)", depends)
    if package is None:
        raise FetchError(f"linux-image-amd64 depends on no kernel: {depends}")
    _run(work, "apt-get", *given, "download", package[1])
    return next(work.glob("*.deb"))


def unpack(package: Path, place: Path) -> None:
    """Take the kernel and its modules out of a package."""
    place.mkdir()
    command = ("dpkg-deb", "--fsys-tarfile", str(package))
    with (
        subprocess.Popen(command, stdout=subprocess.PIPE) as opened,
        tarfile.open(fileobj=opened.stdout, mode="r|") as files,
    ):
        for member in files:
            name, is_module, packed = Path(member.name).name.partition(".ko")
            kept = files.extractfile(member) if member.isfile() else None
            if kept is None:
                continue
            if is_module and name.replace("-", "_") in MODULES:
                data = kept.read()
                unpacked = lzma.decompress(data) if packed == ".xz" else data
                (place / f"{name.replace('-', '_')}.ko").write_bytes(unpacked)
            elif name.startswith("vmlinuz-"):
                (place / "vmlinuz").write_bytes(kept.read())
    if opened.returncode or not (place / "vmlinuz").exists():
        raise FetchError(f"{package.name} holds no kernel")
    (place / "modules").write_text(" ".join(MODULES))


def _is_here(place: Path) -> bool:
    """Return whether this kernel is here, with all that is asked for now."""
    asked_for = place / "modules"
    return asked_for.exists() and asked_for.read_text() == " ".join(MODULES)


def _sources(release: str) -> list[str]:
    """Return lines for apt: this machine's own mirrors, another release."""
    targets = _run(
        ROOT, "apt-get", "indextargets", "--format", "$(REPO_URI)", "Created-By: Packages"
    )
    mirrors = {found[1] or "": uri for uri in targets.split() if (found := _MIRROR.search(uri))}
    if "" not in mirrors:
        raise FetchError("this machine's apt has no mirror of Debian")
    keys = f"[signed-by={_KEYS}] " if _KEYS.exists() else ""
    return [f"deb {keys}{uri} {release}{part} main\n" for part, uri in mirrors.items()]


def _run(folder: Path, *command: str) -> str:
    done = subprocess.run(
        command,
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        check=False,
        env={**os.environ, "LC_ALL": "C"},
    )
    if done.returncode:
        told = " ".join(done.stdout.splitlines()[-3:])
        raise FetchError(f"{command[0]} {command[-1]}: {told}")
    return done.stdout


if __name__ == "__main__":
    sys.exit(main())
