"""
Container images as OCI-layout tars, written by hand and kept under ``build/test-images``.

In: entries of a root file system and a name. Out: the path of a tar that ``ctr image import``
takes. A tar is named by what it is made of, so it is written once for a state of the machine.
"""

import hashlib
import io
import json
import os
import tarfile
from collections.abc import Iterable
from pathlib import Path

from support.rootfs import Entry

CACHE = Path(__file__).parents[2] / "build" / "test-images"
PATH = "PATH=/usr/local/bin:/usr/bin:/bin"

_RECIPE = b"4"  # changes with how a tar is written
_INDEX = "application/vnd.oci.image.index.v1+json"
_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
_CONFIG = "application/vnd.oci.image.config.v1+json"
_LAYER = "application/vnd.oci.image.layer.v1.tar"
_MACHINES = {"x86_64": "amd64", "aarch64": "arm64"}


def build(name: str, entries: list[Entry], command: tuple[str, ...]) -> Path:
    """Return the tar of an image of this name, content and default command."""
    tar = CACHE / f"{_key(name, entries, command)}.tar"
    if not tar.exists():
        CACHE.mkdir(parents=True, exist_ok=True)
        unfinished = tar.with_suffix(f".{os.getpid()}")
        unfinished.write_bytes(_image(name, layer(entries), command))
        unfinished.rename(tar)
    return tar


def unpack(entries: list[Entry], root: Path) -> None:
    """Write the entries below a directory, for a container that no image belongs to."""
    with tarfile.open(fileobj=io.BytesIO(layer(entries))) as tar:
        tar.extraction_filter = lambda member, _: member  # an argument since Python 3.11.4 only
        tar.extractall(root)  # noqa: S202  we have just written it


def _key(name: str, entries: Iterable[Entry], command: tuple[str, ...]) -> str:
    digest = hashlib.sha256(_RECIPE + repr((name, command)).encode())
    for entry in entries:
        digest.update(repr(entry).encode())
        if entry.source:
            state = entry.source.stat()
            digest.update(f"{state.st_size} {state.st_mtime_ns}".encode())
    return digest.hexdigest()[:32]


def layer(entries: Iterable[Entry]) -> bytes:
    """Return the entries as an uncompressed tar."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for entry in entries:
            _add(tar, entry)
    return buffer.getvalue()


def _add(tar: tarfile.TarFile, entry: Entry) -> None:
    info = tarfile.TarInfo(entry.path)
    info.mode = entry.mode
    if entry.link is not None:
        info.type, info.linkname = tarfile.SYMTYPE, entry.link
        tar.addfile(info)
        return
    if entry.source is None and entry.text is None:
        info.type = tarfile.DIRTYPE
        tar.addfile(info)
        return
    if entry.source is not None:
        info.mtime = int(entry.source.stat().st_mtime)  # compiled python holds it
    data = entry.source.read_bytes() if entry.source else entry.text or b""
    info.size = len(data)
    tar.addfile(info, io.BytesIO(data))


def _image(name: str, layer: bytes, command: tuple[str, ...]) -> bytes:
    blobs: dict[str, bytes] = {}

    def descriptor(kind: str, data: bytes) -> dict[str, object]:
        sha256 = hashlib.sha256(data).hexdigest()
        blobs[f"blobs/sha256/{sha256}"] = data
        return {"mediaType": kind, "digest": f"sha256:{sha256}", "size": len(data)}

    layer_descriptor = descriptor(_LAYER, layer)
    config = {
        "architecture": _MACHINES[os.uname().machine],
        "os": "linux",
        # The label makes images of equal content different ones, or the runtime mixes their names.
        "config": {"Env": [PATH], "Cmd": list(command), "Labels": {"name": name}},
        "rootfs": {"type": "layers", "diff_ids": [layer_descriptor["digest"]]},
    }
    manifest = {
        "schemaVersion": 2,
        "mediaType": _MANIFEST,
        "config": descriptor(_CONFIG, json.dumps(config).encode()),
        "layers": [layer_descriptor],
    }
    named = descriptor(_MANIFEST, json.dumps(manifest).encode())
    named["annotations"] = {"io.containerd.image.name": name}
    index = {"schemaVersion": 2, "mediaType": _INDEX, "manifests": [named]}
    files = {
        "oci-layout": b'{"imageLayoutVersion":"1.0.0"}',
        "index.json": json.dumps(index).encode(),
    }
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for path, data in {**files, **blobs}.items():
            info = tarfile.TarInfo(path)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    return buffer.getvalue()
