"""Every stage of a rule."""

from pathlib import Path

import pytest

from shikra.app import packs, rulebook
from shikra.app.explain import display, explain
from shikra.app.rulebook import Book
from support import golden, shared

PACKS = ("pack:vault-secrets", "pack:runtime")

SMALL = """
- list: shells
  items: [sh, bash, "my shell"]
- macro: started
  condition: (evt.type in (execve, execveat) and evt.rawres = 0)
- macro: shell
  condition: (proc.name in (shells) or proc.exepath regex "/opt/.*sh")
- macro: never_used
  condition: (fd.name = x)
- rule: Small
  desc: d
  condition: started and shell and not proc.aname in (sshd)
  exceptions:
    - name: known
      fields: [proc.name, user.uid]
      values: [[sh, 0]]
  output: "%proc.name \\x1b[2J"
  priority: INFO
- rule: Never
  desc: d
  condition: evt.type = openat and evt.type = open
  output: o
  priority: INFO
- rule: Addresses
  desc: d
  condition: evt.type = connect and (fd.sip = 10.0.0.1 or fd.snet in (10.0.0.0/8, fe80::/64))
  output: o
  priority: INFO
"""


def _book(tmp_path: Path, text: str) -> Book:
    path = tmp_path / "rules.yaml"
    path.write_text(text)
    book = rulebook.read_book([str(path)])
    assert not book.errors
    return book


@pytest.mark.parametrize(
    "name",
    [
        *("Vault secret read", "Vault secret shell", "Vault secret tampering"),
        *("Runtime sensitive file read", "Runtime mining pool port"),
    ],
)
def test_rules_of_the_packs_are_explained(name: str) -> None:
    """A pack's rule is explained word for word as its file holds it."""
    book = rulebook.read_book(PACKS)
    text = display.plain(explain.stages(book, rulebook.find(book, name)))
    golden.check(f"explain/{name.lower().replace(' ', '-')}.txt", text)


@pytest.mark.parametrize("name", ["Small", "Never", "Addresses"])
def test_rules_are_explained(name: str, tmp_path: Path) -> None:
    """Macros, lists, exceptions, addresses and rules that can't hold are explained."""
    text = display.plain(explain.stages(_book(tmp_path, SMALL), name))
    golden.check(f"explain/{name.lower()}.txt", text.replace(str(tmp_path), ""))


@pytest.mark.parametrize("pack", packs.names())
def test_every_rule_of_the_packs_can_be_explained(pack: str) -> None:
    """Explaining fails for no rule of a pack, and comes to the function that decides it."""
    book = rulebook.read_book([f"pack:{pack}"])
    assert book.loaded
    for name in book.loaded:
        assert "def matches(f):" in display.plain(explain.stages(book, name))


@pytest.mark.parametrize("file", ["falco_rules.yaml", "k8s_audit_rules.yaml"])
def test_every_rule_of_upstream_can_be_explained(file: str) -> None:
    """Explaining fails for no rule of upstream's, those that aren't loaded included."""
    book = rulebook.read_book([str(shared.shared_data(f"data/rules/{file}"))])
    assert book.definitions.rules
    for name in book.definitions.rules:
        text = display.plain(explain.stages(book, name))
        assert ("What is left to Python" in text) == (name in book.loaded)


def test_a_rule_that_grows_too_long_is_not_printed(tmp_path: Path) -> None:
    """Macros that double a condition at each step are told, not printed."""
    macros = ["- macro: m0\n  condition: proc.name = x or proc.pid = 1\n"]
    macros += [
        f"- macro: m{n}\n  condition: (m{n - 1} and fd.num = {n}) or (m{n - 1} and fd.num = 0)\n"
        for n in range(1, 40)
    ]
    condition = "evt.type = open and m39"
    rule = f"- rule: R\n  desc: d\n  condition: {condition}\n  output: o\n  priority: INFO\n"
    book = _book(tmp_path, "".join(macros) + rule)
    text = display.plain(explain.stages(book, "R"))
    assert "comparisons, which is too much to be shown" in text
    assert len(text) < 50_000
