"""Of a kernel's package just that is kept which a guest needs."""

import lzma
import shutil
import subprocess
from pathlib import Path

import fetch_kernels
import pytest

CONTROL = "Package: linux\nVersion: 1\nArchitecture: all\nMaintainer: none <none@none>\n"
MODULES = "lib/modules/1/kernel"

needs_dpkg = pytest.mark.skipif(shutil.which("dpkg-deb") is None, reason="needs Debian's dpkg-deb")


def package(place: Path, files: dict[str, bytes]) -> Path:
    """Make a Debian package of these files."""
    tree = place / "tree"
    for name, data in {"DEBIAN/control": CONTROL.encode(), **files}.items():
        (tree / name).parent.mkdir(parents=True, exist_ok=True)
        (tree / name).write_bytes(data)
    made = place / "linux.deb"
    subprocess.run(  # noqa: S603  our own file
        [str(shutil.which("dpkg-deb")), "--build", str(tree), str(made)],
        check=True,
        stdout=subprocess.DEVNULL,
    )
    return made


@needs_dpkg
def test_what_a_guest_needs_is_kept(tmp_path: Path) -> None:
    """The kernel and the modules of the list are kept, unpacked, and nothing else."""
    files = {
        "boot/vmlinuz-1": b"kernel",
        "boot/config-1": b"CONFIG_BPF=y",
        f"{MODULES}/net/9p/9pnet.ko": b"module",
        f"{MODULES}/fs/9p/9p.ko.xz": lzma.compress(b"packed module"),
        f"{MODULES}/fs/ext4/ext4.ko": b"another",
    }
    fetch_kernels.unpack(package(tmp_path, files), tmp_path / "kept")
    kept = {file.name: file.read_bytes() for file in (tmp_path / "kept").iterdir()}
    assert " ".join(fetch_kernels.MODULES).encode() == kept.pop("modules")
    assert kept == {"vmlinuz": b"kernel", "9pnet.ko": b"module", "9p.ko": b"packed module"}


@needs_dpkg
@pytest.mark.parametrize(
    ("asked_for", "missing"),
    [
        pytest.param(fetch_kernels.MODULES, [], id="the same modules"),
        pytest.param((*fetch_kernels.MODULES, "ext4"), ["bookworm"], id="one more module"),
    ],
)
def test_what_is_here_is_not_fetched_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, asked_for: tuple[str, ...], missing: list[str]
) -> None:
    """A kernel is fetched again only if more is asked for than when it was."""
    monkeypatch.setattr(fetch_kernels, "KERNELS", tmp_path)
    monkeypatch.setattr(fetch_kernels, "RELEASES", {"bookworm": "6.1"})
    made = package(tmp_path, {"boot/vmlinuz-1": b"kernel"})
    fetch_kernels.unpack(made, tmp_path / "bookworm")
    monkeypatch.setattr(fetch_kernels, "MODULES", asked_for)
    assert fetch_kernels.missing() == missing


@needs_dpkg
def test_a_package_without_a_kernel_is_refused(tmp_path: Path) -> None:
    """A package that holds no kernel is an error, not an empty folder."""
    with pytest.raises(fetch_kernels.FetchError, match="holds no kernel"):
        fetch_kernels.unpack(package(tmp_path, {}), tmp_path / "kept")


def test_what_is_not_to_be_had_leaves_its_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A kernel that can't be fetched is still missing, and its folder says why."""
    monkeypatch.setattr(fetch_kernels, "KERNELS", tmp_path)
    monkeypatch.setattr(shutil, "which", lambda _: None)
    problem = fetch_kernels.fetch("bookworm")
    assert problem == "no kernel of Debian bookworm: there is no apt-get here"
    assert (tmp_path / "bookworm" / "reason").read_text() == "there is no apt-get here\n"
    assert "bookworm" in fetch_kernels.missing()
