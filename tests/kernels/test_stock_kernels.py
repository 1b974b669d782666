"""
The probe's own tests hold on stock kernels, too, not on this machine's alone.

Each row boots the kernel of a Debian release in an emulator and runs ``tests/kernel`` there, with
the same object and the same Python: all but what needs containers, and what is left out below for
its reason. What must never go wrong is tried fewer times there (``repeats``).
"""

import os
import sys
from pathlib import Path

import fetch_kernels
import pytest

from support import guests, probes, repeats

pytestmark = pytest.mark.emulator

ENVIRONMENT = {
    "PATH": "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin",
    "PYTHONPATH": "src:tests:tools",
    "PYTHONDONTWRITEBYTECODE": "1",  # nothing can be written there
    repeats.EMULATED: "1",
    "PYTHONPYCACHEPREFIX": os.environ.get("PYTHONPYCACHEPREFIX", ""),
    "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",  # importing is slow there
}
PYTEST = (
    f"exec {sys.executable} -m pytest -c /dev/null --rootdir=. --confcutdir=tests/kernel"
    " --import-mode=importlib -p no:cacheprovider -W ignore::pytest.PytestUnknownMarkWarning"
    " --ignore=tests/kernel/test_probe_without_types.py"  # tries here what old kernels run
    # the same with what old kernels run; loading that takes 15 s
    " --deselect=tests/kernel/test_rules_of_processes.py::test_old_kernels_know_as_much"
    # tables that are walked as all are, by what test_rules_in_stages.py tries
    " --ignore=tests/kernel/test_rules_on_second_paths.py"
    " --ignore=tests/kernel/test_probe_aliases.py"
    # which argument of a call is what never changes
    " --deselect=tests/kernel/test_probe_file_calls.py::test_calls_on_files"
    " --deselect=tests/kernel/test_probe_process_calls.py::test_calls_on_processes"
    " --deselect=tests/kernel/test_probe_socket_calls.py::test_calls_on_sockets"
    # its texts and numbers are read as other tests see them read, by a probe of its own: 15 s
    " --ignore=tests/kernel/test_process_fields.py"
    # who takes over from whom is the same again, and took two minutes there
    " --deselect=tests/kernel/test_kept_lineage.py::test_who_took_over_keeps_it_further"
    " --deselect=tests/kernel/test_kept_lineage.py::test_where_it_cant_be_kept_that_is_told"
    # an emulated Python can't take the events as fast as they are made: the test takes 8 minutes
    " --deselect=tests/kernel/test_rules_reload.py::test_no_event_is_missed_by_a_reload"
    " -m 'not containers' -q --color=no --tb=short -rfEs --durations=5 tests/kernel"
)
LEFT_OUT = {
    # what kills would leak is tried where nothing denies; here the same ways are, and are denied
    "bookworm": " --ignore=tests/kernel/test_kill_leaks.py",
    # counts the same everywhere, but for what denies, which doesn't load there
    "bullseye": " --ignore=tests/kernel/test_stack.py",
}


def kernel_of(release: str) -> Path:
    """Return where the kernel of a release lies; skips where no guest with it can be had."""
    kernel = fetch_kernels.KERNELS / release
    lacking = guests.lacks(kernel)
    if lacking is not None:
        pytest.skip(lacking)
    return kernel


def test_a_guest_tells_how_its_command_ended() -> None:
    """What a command prints in a guest comes out, with its status: no failure is lost."""
    ended = guests.run(kernel_of("bookworm"), "echo told; uname -r; exit 3")
    assert ended.status == 3
    assert ended.output.startswith("told\n6.1.")


@pytest.mark.parametrize(
    "release",
    [
        pytest.param(release, id=f"{version} of Debian {release}")
        for release, version in fetch_kernels.RELEASES.items()
    ],
)
def test_the_probe_works_on_a_stock_kernel(release: str) -> None:
    """All of the probe's own tests pass on this kernel, with the same objects as here."""
    kernel = kernel_of(release)
    probes.built()
    ended = guests.run(kernel, guests.environment(ENVIRONMENT) + PYTEST + LEFT_OUT.get(release, ""))
    assert ended.status == 0, ended.output
    assert " passed" in ended.output.splitlines()[-1]
