"""What is recorded can be read again, and rules say the same of it."""

import json

import pytest

from shikra.app import packs, record, rule_files
from shikra.app.pipeline import evaluate, plan
from shikra.app.settings import Settings
from shikra.model import event_types
from shikra.model.fields import CATALOGUE
from shikra.rules import build
from shikra.sources.replay import flat

CONTAINER = {"container.id": "0123456789ab", "proc.in_init_tree": False}
OPEN = CONTAINER | {"evt.type": "openat", "evt.rawres": -13, "fd.name": "/mnt/secrets/key"}
EXEC = CONTAINER | {"evt.type": "execve", "evt.rawres": 0, "proc.exepath": "/bin/busybox"}


@pytest.fixture(scope="module")
def ready() -> plan.Plan:
    """Both packs, ready to be evaluated."""
    found = rule_files.read(f"pack:{name}" for name in packs.names())
    loaded = build.load(found.files, CATALOGUE, event_types=frozenset(event_types.PRODUCED))
    return plan.plan(loaded.ruleset, Settings(), CATALOGUE)


@pytest.mark.parametrize(
    ("values", "fires"),
    [
        pytest.param(
            OPEN | {"evt.is_open_read": True}, ["Vault secret read"], id="a file is opened"
        ),
        pytest.param(
            OPEN | {"fd.name": "/x", "fd.realpath": "/etc/shadow", "evt.is_open_read": True},
            ["Runtime sensitive file read"],
            id="its real path",
        ),
        pytest.param(
            OPEN | {"evt.arg.flags": "O_RDONLY|O_TRUNC"},
            ["Vault secret tampering"],
            id="an argument of the call",
        ),
        pytest.param(
            EXEC | {"proc.exe": "busybox", "proc.args[0]": "nc"},
            ["Vault secret exfiltration tool"],
            id="an argument of the process",
        ),
        pytest.param(
            CONTAINER | {"evt.type": "connect", "fd.type": "ipv4", "fd.rip": "169.254.169.254"},
            ["Runtime IMDS access"],
            id="an address",
        ),
        pytest.param(
            CONTAINER
            | {"evt.type": "connect", "fd.type": "ipv6", "fd.rip": "::2", "proc.tty": 1}
            | {"proc.name": "wget", "proc.lineage": ["sh", "python"]},
            ["Runtime suspicious outbound shell"],
            id="a list",
        ),
    ],
)
def test_a_recorded_event_is_the_same(
    ready: plan.Plan, values: dict[str, object], fires: list[str]
) -> None:
    """Rules fire on a recorded event as they did on the event itself."""
    event = flat.read(values)
    again = flat.read(json.loads(record.line(event)))
    for one in (event, again):
        matches = evaluate.evaluate(one, ready)
        assert [ready.rules[match.rule].info.name for match in matches] == fires
