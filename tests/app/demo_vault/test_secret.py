"""A secret rotates as a secrets driver does it."""

from pathlib import Path

from shikra.app.demo_vault.secret import FILES, Secret


def test_a_rotation_swaps_all_files_at_once(tmp_path: Path) -> None:
    """Files are links through one directory; each rotation has new values, the last one stays."""
    secret = Secret(tmp_path)
    before = [(tmp_path / name).read_bytes() for name in FILES]
    old = (tmp_path / "..data").resolve()
    secret.rotate()
    after = [(tmp_path / name).read_bytes() for name in FILES]
    assert all((tmp_path / name).readlink() == Path("..data", name) for name in FILES)
    assert secret.given_out == before + after
    assert len({*before, *after}) == 4
    assert old.exists()
    secret.rotate()
    assert not old.exists()
    assert secret.rotations == 2
