"""Other spellings of a path, decided by the probe."""

import pytest

from shikra.backends.kernel.compile import compile_tables
from shikra.model.event_types import NAMES
from shikra.model.fields import CATALOGUE
from shikra.model.kernel_tables import KernelTables
from shikra.rules import build
from support.events import rule
from support.probing import Watch

pytestmark = pytest.mark.kernel


def tables(condition: str) -> KernelTables:
    """Return what a rule on opens becomes."""
    text = rule("R", f"evt.type in (open, openat) and {condition}")
    loaded = build.load([build.RuleFile("r.yaml", text.encode())], CATALOGUE, event_types=NAMES)
    return compile_tables(loaded.ruleset).tables


@pytest.mark.parametrize(
    ("condition", "name", "comes"),
    [
        pytest.param("fd.name = /run/shikra/x", "/var/run/shikra/x", True, id="a link"),
        pytest.param("fd.name = /var/run/shikra/x", "/run/shikra/x", True, id="its target"),
        pytest.param("fd.name = /run/shikra/x", "/var/run/shikra/y", False, id="another file"),
        pytest.param("fd.name = /run/shikra", "/var/runs/shikra", False, id="another directory"),
        pytest.param(
            "fd.name startswith /usr/bin/shi", "/bin/shikra-none", True, id="a merged directory"
        ),
        pytest.param(
            "fd.name startswith /lib/shi", "/usr/lib64/shikra", False, id="another merged directory"
        ),
        pytest.param("fd.name contains usr/bin/shi", "/bin/shikra", True, id="in the middle"),
        pytest.param("fd.name endswith n/shikra", "/usr/lib/shikra", False, id="another end"),
        pytest.param("fd.directory = /run/shikra", "/var/run/shikra/x", True, id="its directory"),
        pytest.param("fd.directory = /bin", "/usr/bin/shikra", True, id="the directory itself"),
        pytest.param("fd.filename = shikra", "/usr/bin/shikra", True, id="its last part"),
        pytest.param(
            "fd.name startswith /usr/bin/ and not fd.name = /bin/shikra",
            "/usr/bin/shikra",
            True,
            id="what is excluded by its other spelling alone",
        ),
        pytest.param("fd.name = /proc/self/none", "/proc/{pid}/none", True, id="the process"),
        pytest.param("fd.name = /dev/fd/77", "/proc/self/fd/77", True, id="a descriptor"),
    ],
)
def test_another_spelling_of_a_name_may_match(
    watch: Watch, condition: str, name: str, *, comes: bool
) -> None:
    """An open comes if the rule may match some spelling of the name, and else it doesn't."""
    source = (
        "try: os.open(sys.argv[1].format(pid=os.getpid()), 0)\nexcept OSError: tell(os.getpid())\n"
    )
    seen = watch.run(source, name, wanted=tables(condition))
    ((pid,),) = seen.printed
    opened = [call.name.decode() for call in seen.calls("open", "openat")]
    assert (name.format(pid=pid) in opened) == comes
