"""
Take an image reference apart: repository, tag, digest.

Pure. ``registry.local:5000/team/app:1.2.3@sha256:…``: the port belongs to the repository, so a
colon begins a tag only after the last slash. A bare ``sha256:…`` names no repository.
"""

import re

import msgspec

_DIGEST = re.compile(r"[a-z0-9]+(?:[+._-][a-z0-9]+)*:[0-9a-fA-F]{32,}")


class Reference(msgspec.Struct, frozen=True):
    """The parts of a reference; absent ones are empty."""

    repository: str = ""
    tag: str = ""
    digest: str = ""


def parse(reference: str) -> Reference:
    """Take a reference apart as it is written: nothing is added to a short name."""
    if _DIGEST.fullmatch(reference):
        return Reference(digest=reference)
    name, _, digest = reference.partition("@")
    head, slash, last = name.rpartition("/")
    last, _, tag = last.partition(":")
    return Reference(head + slash + last, tag, digest)
