"""Image references, as people and runtimes write them."""

import pytest

from shikra.enrich.image import Reference, parse

SHA = "sha256:733fb2302c57a8386d9c209033eb4f77b7c54053b3011f22ac1de81500ebec3a"


@pytest.mark.parametrize(
    ("reference", "expected"),
    [
        pytest.param("nginx", Reference("nginx"), id="a bare name"),
        pytest.param("nginx:1.27", Reference("nginx", "1.27"), id="a tag"),
        pytest.param(
            "registry.local/team/app:1.2.3",
            Reference("registry.local/team/app", "1.2.3"),
            id="registry, path and tag",
        ),
        pytest.param(
            "registry.local:5000/app", Reference("registry.local:5000/app"), id="a port is no tag"
        ),
        pytest.param(
            "registry.local:5000/app:2", Reference("registry.local:5000/app", "2"), id="port, tag"
        ),
        pytest.param(
            f"[::1]:5000/app@{SHA}", Reference("[::1]:5000/app", "", SHA), id="an address, a digest"
        ),
        pytest.param(
            f"registry.local:5000/app:2@{SHA}",
            Reference("registry.local:5000/app", "2", SHA),
            id="everything",
        ),
        pytest.param(SHA, Reference(digest=SHA), id="a digest alone"),
        pytest.param("", Reference(), id="nothing"),
    ],
)
def test_a_reference_has_its_parts(reference: str, expected: Reference) -> None:
    """Repository, tag and digest are told apart, a registry's port included."""
    assert parse(reference) == expected
