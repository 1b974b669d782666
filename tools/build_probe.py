"""
Build the kernel side: BPF C in, one object with its types (BTF) out.

Compiles with PyPI's ziglang, so no compiler is needed on the machine. An object whose sources,
flags and compiler are unchanged isn't built again. Says in one line what it did; when the
compiler refuses, prints its message and exits with its status.
"""

import argparse
import hashlib
import importlib.metadata
import os
import platform
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SOURCES = ROOT / "bpf"
FLAGS = (
    *("-target", "bpfel-freestanding-none"),
    "-mcpu=v3",  # 32-bit jumps: every kernel that has a ring buffer knows them
    *("-O2", "-g"),  # -g: the types that relocation and user space read
    "-fno-asynchronous-unwind-tables",
    "-fno-unwind-tables",  # nothing unwinds here, and libbpf would wonder
    *("-Wall", "-Wextra", "-Werror"),
    "-Wno-unused-function",  # a header's function that one object doesn't need
)


def fingerprint(source: Path, flags: Sequence[str]) -> str:
    """Return what changes whenever the object could: sources, flags, compiler."""
    digest = hashlib.sha256()
    digest.update("\0".join((*flags, importlib.metadata.version("ziglang"))).encode())
    files = {source, *SOURCES.rglob("*.[ch]")}
    for file in sorted(files):
        digest.update(f"\0{file.name}\0".encode())
        digest.update(file.read_bytes())
    return digest.hexdigest()


def compile_object(
    source: Path, output: Path, flags: Sequence[str]
) -> subprocess.CompletedProcess[str]:
    """Compile, and put the object in its place at once; the compiler's cache lies beside it."""
    cache = str(output.parent / "zig-cache")
    half = output.with_name(f"{output.name}.{os.getpid()}")
    result = subprocess.run(
        [sys.executable, "-m", "ziglang", "cc", *flags, "-c", str(source), "-o", str(half)],
        env={**os.environ, "ZIG_GLOBAL_CACHE_DIR": cache, "ZIG_LOCAL_CACHE_DIR": cache},
        capture_output=True,
        text=True,
        check=False,
    )
    if result.returncode == 0:
        half.replace(output)
    return result


def build(source: Path, output: Path, defines: Sequence[str]) -> int:
    """Bring the object with these macros up to date; return an exit status."""
    note = output.with_name(output.name + ".sha256")
    flags = [*FLAGS, *(f"-D{name}" for name in defines)]
    wanted = fingerprint(source, flags)
    if output.exists() and note.exists() and note.read_text() == wanted:
        print(f"{output}: up to date")
        return 0
    output.parent.mkdir(parents=True, exist_ok=True)
    note.unlink(missing_ok=True)
    result = compile_object(source, output, flags)
    sys.stderr.write(result.stderr)
    if result.returncode:
        print(f"{source}: the compiler refused it, see above", file=sys.stderr)
        return result.returncode
    note.write_text(wanted)
    print(f"{output}: built, {output.stat().st_size // 1024} KiB")
    return 0


def main() -> int:
    """Read the command line and build."""
    parser = argparse.ArgumentParser(description="Build the kernel side.")
    parser.add_argument("--source", type=Path, default=SOURCES / "shikra.bpf.c")
    parser.add_argument("--output", type=Path, default=ROOT / "build" / "shikra.bpf.o")
    parser.add_argument("--define", action="append", default=[], help="a macro to define")
    parser.add_argument("--machine", default=platform.machine(), help="that it is to run on")
    arguments = parser.parse_args()
    defines = [f"MACHINE_{arguments.machine.upper()}", *arguments.define]
    return build(arguments.source, arguments.output, defines)


if __name__ == "__main__":
    sys.exit(main())
