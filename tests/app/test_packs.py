"""Packs and their files are found."""

from pathlib import Path
from typing import Any

import pytest

from shikra.app import packs, rule_files
from shikra.app.pipeline import evaluate, plan
from shikra.app.settings import Settings
from shikra.model import event_types
from shikra.model.fields import CATALOGUE
from shikra.rules import build
from shikra.sources.replay import flat


def test_the_packs_are_there() -> None:
    """The packs that come with Shikra are found by name, with or without the prefix."""
    assert packs.names() == ["k8s-audit", "runtime", "vault-secrets"]
    assert packs.find("pack:runtime") == packs.find("runtime")


def test_an_unknown_pack_is_named() -> None:
    """A pack that isn't there is refused with those that are."""
    with pytest.raises(packs.UnknownPackError, match='did you mean "runtime"'):
        packs.find("pack:runtim")


def test_tests_are_no_rules(tmp_path: Path) -> None:
    """Rule files come in alphabetical order, without tests, other files and folders."""
    for name in ("b.yaml", "_a.yml", "b.test.yaml", "README.md", ".hidden"):
        (tmp_path / name).touch()
    (tmp_path / "folder.yaml").mkdir()
    assert [file.name for file in packs.files(tmp_path)] == ["_a.yml", "b.yaml"]
    assert packs.files(tmp_path / "b.yaml") == [tmp_path / "b.yaml"]


def test_the_packs_load_together_without_a_word() -> None:
    """All packs are loaded at once, and nothing is to be said of them."""
    found = rule_files.read(f"pack:{name}" for name in packs.names())
    loaded = build.load(found.files, CATALOGUE, event_types=frozenset(event_types.PRODUCED))
    assert (found.diagnostics, loaded.diagnostics) == ((), ())


OPEN = {
    "evt.type": "openat",
    "evt.rawres": 3,
    "evt.is_open_read": True,
    "container.id": "0123456789ab",
    "proc.in_init_tree": True,
}
READ = OPEN | {"fd.name": "/mnt/secrets/key", "k8s.ns.name": "team-a"}
WRITE = OPEN | {"evt.is_open_write": True, "fd.name": "/etc/nginx/conf.d/default.conf"}
SHELL = {
    "evt.type": "execve",
    "evt.rawres": 0,
    "container.id": "0123456789ab",
    "proc.name": "curl",
    "proc.cmdline": "curl localhost",
    "k8s.ns.name": "team-a",
}


@pytest.mark.parametrize(
    ("name", "setting", "event", "fires"),
    [
        pytest.param("vault_namespaces", "[team-b]", READ, False, id="another namespace"),
        pytest.param("vault_namespaces", "[x, team-*]", READ, True, id="a namespace by a glob"),
        pytest.param(
            "vault_namespaces", "[x]", READ | {"k8s.ns.name": None}, True, id="no namespace"
        ),
        pytest.param("vault_paths", "[/vault]", READ, False, id="another path"),
        pytest.param("vault_paths", "[/mnt/secrets/]", READ, True, id="a path with a slash"),
        pytest.param("vault_paths", "[/a, /mnt/secrets/key]", READ, True, id="a path of one file"),
        pytest.param(
            "vault_reader_executables",
            "[/srv/app]",
            READ | {"proc.exepath": "/srv/app"},
            False,
            id="an executable that may read",
        ),
        pytest.param(
            "vault_reader_executables",
            "[/srv/app]",
            READ | {"proc.exepath": "/srv/app", "proc.in_init_tree": False},
            True,
            id="the same from outside",
        ),
        pytest.param("vault_probe_commands", "[curl localhost]", SHELL, False, id="a probe"),
        pytest.param("vault_probe_commands", "[curl]", SHELL, True, id="no prefix of a probe"),
        pytest.param(
            "runtime_etc_ignored_paths", "[/etc/nginx]", WRITE, False, id="a start-up's file"
        ),
        pytest.param(
            "runtime_etc_ignored_paths",
            "[/etc/nginx]",
            WRITE | {"proc.in_init_tree": False},
            True,
            id="the same by a session",
        ),
        pytest.param(
            "runtime_platform_namespaces",
            "[team-a]",
            WRITE | {"k8s.ns.name": "team-a"},
            False,
            id="a platform namespace",
        ),
    ],
)
def test_one_list_is_what_a_user_sets(
    tmp_path: Path, name: str, setting: str, event: dict[str, Any], *, fires: bool
) -> None:
    """A list that a user's file replaces changes what fires, as the pack's page says."""
    own = tmp_path / "own.yaml"
    own.write_text(f"- list: {name}\n  items: {setting}\n  override: {{items: replace}}\n")
    found = rule_files.read([f"pack:{pack}" for pack in packs.names()] + [str(own)])
    loaded = build.load(found.files, CATALOGUE, event_types=event_types.NAMES)
    assert loaded.ok, loaded.diagnostics
    ready = plan.plan(loaded.ruleset, Settings(), CATALOGUE)
    assert bool(evaluate.evaluate(flat.read(event), ready)) is fires
