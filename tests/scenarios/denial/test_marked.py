"""When volumes are guarded, and when not any more."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from support import marks, runc, tmpfs
from support.guarding import guard_of
from support.pods import Pods
from support.scenario import SECRETS, Secret
from support.sensor import Sensor
from support.waiting import until

pytestmark = pytest.mark.containers


@pytest.fixture
def secret(tmp_path: Path) -> Iterator[Secret]:
    """Mount a secret."""
    made = Secret(tmp_path / "secret")
    yield made
    made.close()


def is_marked(denying: Sensor, secret: Secret) -> bool:
    """Whether opens of the secret are asked about."""
    return secret.path.stat().st_dev in marks.of(guard_of(denying.pid))


def test_a_volume_is_guarded_before_the_first_instruction(
    pods: Pods, denying: Sensor, secret: Secret
) -> None:
    """A container that is made and not started has its volumes guarded, and is quiet about it."""
    with runc.created(pods.engine, "sleep", "600", binds={SECRETS: secret.path}) as container:
        until(lambda: is_marked(denying, secret), "the volume to be guarded")
        assert Path(f"/proc/{container.pid}/comm").read_text().startswith("runc")
    until(lambda: not is_marked(denying, secret), "the volume to be guarded no more")
    told = [line for line in denying.of(container.id) if line["rule"].endswith("not guarded")]
    assert told == []


def test_a_container_that_has_ended_keeps_nothing(
    pods: Pods, denying: Sensor, secret: Secret
) -> None:
    """What it had is unmounted as ever at once, and isn't guarded any more a little later."""
    place = secret.path.parent / "elsewhere"
    with tmpfs.bound(secret.path, place), runc.running(pods.engine, binds={SECRETS: place}):
        until(lambda: is_marked(denying, secret), "the volume to be guarded")
    until(lambda: not is_marked(denying, secret), "the volume to be guarded no more")


@pytest.mark.parametrize(
    ("mounted", "place"),
    [
        pytest.param("db-password", f"{SECRETS}/db-password", id="a single file"),
        pytest.param("db-password", f"{SECRETS}/by/another-name", id="by another name"),
        pytest.param("", SECRETS, id="a folder of the volume"),
    ],
)
def test_a_part_of_a_volume_is_guarded(
    pods: Pods, denying: Sensor, secret: Secret, mounted: str, place: str
) -> None:
    """A single file, too (``subPath``), by the name that it has in the container."""
    source = secret.path / f"..generation-{secret.generation}" / mounted
    with runc.running(pods.engine, binds={place: source}) as container:
        until(lambda: is_marked(denying, secret), "the volume to be guarded")
        path = place if mounted else f"{place}/db-password"
        done = container.exec("cat", path)
        assert secret.password.encode() not in done.stdout
        assert b"Operation not permitted" in done.stderr, done.stderr.decode()
    assert [line for line in denying.of(container.id) if "not guarded" in line["rule"]] == []


def test_what_two_pods_see_is_guarded_in_neither(
    pods: Pods, denying: Sensor, secret: Secret
) -> None:
    """An alert names both; once the other has ended, it is guarded again."""
    with runc.running(pods.engine, binds={SECRETS: secret.path}) as container:
        until(lambda: is_marked(denying, secret), "the volume to be guarded")
        with runc.running(pods.engine, binds={"/stolen": secret.path}) as other:
            until(lambda: not is_marked(denying, secret), "it to be guarded no more")
            assert container.exec("cat", f"{SECRETS}/db-password").returncode == 0
            (told,) = until(
                lambda: [one for one in denying.of(container.id) if "not guarded" in one["rule"]],
                "an alert",
            )
            assert SECRETS in told["output"]
            assert other.id[:12] in told["output"]
        until(lambda: is_marked(denying, secret), "the volume to be guarded again")


def test_the_host_is_never_refused(pods: Pods, denying: Sensor, secret: Secret) -> None:
    """The kubelet and its drivers read and write what they have mounted, beside its pod."""
    with runc.running(pods.engine, binds={SECRETS: secret.path}) as container:
        until(lambda: is_marked(denying, secret), "the volume to be guarded")
        assert tmpfs.read_by_another(secret.path / "db-password") == secret.password
        secret.rotate()
        assert tmpfs.read_by_another(secret.path / "db-password") == secret.password
        denied = container.exec("cat", f"{SECRETS}/db-password")
        assert b"Operation not permitted" in denied.stderr
