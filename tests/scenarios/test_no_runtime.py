"""Scenario S1 where no container runtime is: what is surely nobody's is enforced on, no more."""

import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest

from support import runc, sensor
from support.pods import Pods
from support.scenario import SECRETS
from support.sensor import Sensor

pytestmark = pytest.mark.containers

RULE = "Vault secret read"
OVERRIDE = f"""
- rule: {RULE}
  enforce: kill
  override: {{enforce: replace}}
"""
KILLED = 137
PASSWORD = b"s3cret"


@pytest.fixture(scope="module")
def shikra(pods: Pods, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sensor]:
    """Start Shikra with the pack, whose rules ask for a namespace; there is nobody to ask."""
    folder = tmp_path_factory.mktemp("no-runtime")
    (folder / "rules.yaml").write_text(OVERRIDE)
    settings = {
        "rules_files": ["pack:vault-secrets", str(folder / "rules.yaml")],
        "enforce": {"mode": "enforce", "only_cgroup": pods.engine.cgroup},
    }
    with sensor.running(folder / "no-runtime.sock", **settings) as running:
        yield running


@pytest.mark.parametrize(
    ("name", "action"),
    [
        pytest.param("", "killed", id="a name that no runtime gives"),
        pytest.param(secrets.token_hex(32), "held", id="one that a runtime may have given"),
    ],
)
def test_what_no_runtime_can_know_is_enforced_on(
    pods: Pods, shikra: Sensor, tmp_path: Path, name: str, action: str
) -> None:
    """A container without metadata has none, or it isn't known: then the rule holds its hand."""
    (tmp_path / "db-password").write_bytes(PASSWORD)
    with runc.running(pods.engine, binds={SECRETS: tmp_path}, name=name) as container:
        read = container.exec("cat", f"{SECRETS}/db-password")
        told = shikra.expect(container.id, RULE, {})
    assert told["action"] == action
    ended = (KILLED, b"") if action == "killed" else (0, PASSWORD)
    assert (read.returncode, read.stdout) == ended
