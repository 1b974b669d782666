"""A /proc that a test writes: processes with a root, a cgroup and maps of ids."""

from pathlib import Path

SAME = "         0          0 4294967295\n"


def write_process(proc: Path, pid: int, *, cgroup: str = "/", maps: str = SAME) -> Path:
    """Write a process, and return the directory that is its root."""
    home = proc / str(pid)
    root = proc / f"root-of-{pid}"
    (root / "etc").mkdir(parents=True)
    home.mkdir()
    (home / "root").symlink_to(root)
    (home / "cgroup").write_text(f"0::{cgroup}\n")
    (home / "uid_map").write_text(maps)
    (home / "gid_map").write_text(maps)
    return root
