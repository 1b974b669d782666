"""Policies become rules, and what doesn't is said."""

import textwrap
from collections.abc import Mapping
from pathlib import Path

import pytest

from shikra import testing
from shikra.app import crossing, enforceable, rulebook
from shikra.app.import_tracingpolicy import command, show
from shikra.model import event_types
from shikra.model.fields import CATALOGUE
from shikra.rules import build
from shikra.rules.canonical import file as canonical
from shikra.rules.read import RuleFile
from support import cases

_HEAD = "apiVersion: cilium.io/v1alpha1\nkind: TracingPolicy\nmetadata: {name: one}\n"
_SAID_OF_ENFORCEMENT = {"SHIKRA_DENY_IS_SURER", "SHIKRA_KILLED_TOO_LATE"}
"""What a rule's author is told; none of it is a mistake."""

_CASES = cases.rows("import_tracingpolicy")


def imported(policy: str) -> command.Imported:
    """Translate a policy, or the kprobes of one."""
    if not policy.startswith("apiVersion"):
        policy = f"{_HEAD}spec:\n  kprobes:\n{textwrap.indent(policy, '  ')}"
    return command.translated([RuleFile("policy", policy.encode())])


def told(done: command.Imported) -> str:
    """Return what matters of the rules, then what is said of the policy."""
    lines: list[str] = []
    for name, _, rule in show.named(done.translations):
        means = rule.means.value if rule.means else "alert"
        lines += [f"{means} {name.partition(': ')[2]}", f"  {rule.condition}"]
    notes = [str(one).partition(" ")[2].partition('": ')[2] or str(one) for one in done.diagnostics]
    return "\n".join([*lines, *(["---", *notes] if notes else [])])


@pytest.mark.parametrize(("policy", "expected"), _CASES)
def test_policies_become_rules(policy: str, expected: str) -> None:
    """Each part of a policy is in its rules, or is told."""
    assert told(imported(policy)) == expected


@pytest.mark.parametrize(("policy", "expected"), _CASES)
def test_rules_load_in_canonical_form(policy: str, expected: str, tmp_path: Path) -> None:
    """What comes out loads, enforcement included, and fmt leaves it as it is."""
    del expected
    text = imported(policy).text
    path = tmp_path / "rules.yaml"
    path.write_text(text)
    book = rulebook.read_book([str(path)])
    plans = crossing.plans(book.ruleset)
    found = (*book.diagnostics, *enforceable.diagnostics(book.asked, book.ruleset, plans))
    assert {one.code for one in found} <= _SAID_OF_ENFORCEMENT
    assert not text or canonical.canonical(RuleFile("rules", text.encode())).text == text


_STRANGER: Mapping[str, testing.Typed] = {
    "evt.type": ("CHARBUF", "openat"),
    "evt.rawres": ("INT64", 3),
    "fd.name": ("CHARBUF", "/run/keys/db"),
    "container.id": ("CHARBUF", "0123456789ab"),
    "proc.in_init_tree": ("BOOL", False),
    "proc.exepath": ("CHARBUF", "/usr/bin/cat"),
    "k8s.ns.name": ("CHARBUF", "shop"),
    "k8s.pod.label[app]": ("CHARBUF", "cart"),
}
_KEYS = """apiVersion: cilium.io/v1alpha1
kind: TracingPolicyNamespaced
metadata: {name: keys, namespace: shop}
spec:
  podSelector: {matchLabels: {app: cart}}
  kprobes:
  - call: security_file_open
    args: [{index: 0, type: file}]
    selectors:
    - matchArgs: [{index: 0, operator: Prefix, values: [/run/keys/]}]
      matchPIDs: [{operator: NotIn, followForks: true, isNamespacePID: true, values: [1]}]
      matchBinaries: [{operator: NotIn, values: [/usr/bin/agent]}]
      matchActions: [{action: Sigkill}]
"""
_CONNECTED: Mapping[str, testing.Typed] = {
    "evt.type": ("CHARBUF", "connect"),
    "fd.l4proto": ("CHARBUF", "tcp"),
    "fd.rip": ("IPADDR", "192.0.2.7"),
    "fd.rnet": ("IPNET", "192.0.2.7"),
    "fd.rport": ("PORT", 8080),
    "proc.exepath": ("CHARBUF", "/usr/bin/bash"),
    "proc.aexepath": ("CHARBUF", ["/usr/sbin/sshd", "/usr/lib/systemd/systemd"]),
}
_CALLED_OUT = """- call: tcp_connect
  args: [{index: 0, type: sock}]
  selectors:
  - matchArgs:
    - {index: 0, operator: NotDAddr, values: [10.0.0.0/8, "fd00::/8"]}
    - {index: 0, operator: DPort, values: ["443", "8000:8080"]}
    matchBinaries: [{operator: In, values: [/usr/sbin/sshd], followChildren: true}]
"""


def _of_event(
    base: Mapping[str, testing.Typed], name: str, kind: str, value: testing.Single
) -> Mapping[str, testing.Typed]:
    return {**base, name: (kind, value)}


@pytest.mark.parametrize(
    ("policy", "event", "fires"),
    [
        pytest.param(_KEYS, _STRANGER, True, id="a stranger's open"),
        *(
            pytest.param(_KEYS, _of_event(_STRANGER, *change), False, id=label)
            for label, change in {
                "a longer name": ("fd.name", "CHARBUF", "/run/keyset"),
                "what the first process created": ("proc.in_init_tree", "BOOL", True),
                "a listed program": ("proc.exepath", "CHARBUF", "/usr/bin/agent"),
                "an open that failed": ("evt.rawres", "INT64", -13),
                "another namespace": ("k8s.ns.name", "CHARBUF", "shopping"),
                "another pod": ("k8s.pod.label[app]", "CHARBUF", "till"),
                "the host": ("container.id", "CHARBUF", "host"),
                "a rename": ("evt.type", "CHARBUF", "rename"),
            }.items()
        ),
        pytest.param(_CALLED_OUT, _CONNECTED, True, id="a connection"),
        *(
            pytest.param(_CALLED_OUT, _of_event(_CONNECTED, *change), False, id=label)
            for label, change in {
                "a network that is left out": ("fd.rnet", "IPNET", "10.7.0.1"),
                "a port above the range": ("fd.rport", "PORT", 8081),
                "nobody's child": ("proc.aexepath", "CHARBUF", None),
                "another protocol": ("fd.l4proto", "CHARBUF", "udp"),
            }.items()
        ),
    ],
)
def test_rules_fire_on_what_the_policy_is_about(
    policy: str, event: Mapping[str, testing.Typed], fires: bool
) -> None:
    """A translated rule fires on what the policy matches, and on its near misses it doesn't."""
    ((_, _, rule),) = show.named(imported(policy).translations)
    assert testing.evaluate(rule.condition, event) == fires


def test_every_kind_of_object_and_list_is_read() -> None:
    """Several documents, lists of kubectl's and both kinds are read; names stay apart."""
    one = "- {apiVersion: cilium.io/v1alpha1, kind: TracingPolicy, metadata: {name: one},\n"
    one += "   spec: {kprobes: [{call: tcp_connect}]}}\n"
    listed = f"kind: List\nitems:\n{one}{one}"
    done = imported(f"apiVersion: v1\n{listed}---\n---\n{_KEYS}")
    names = [name for name, _, _ in show.named(done.translations)]
    assert names == ["one: tcp_connect", "one: tcp_connect 2", "shop/keys: security_file_open"]


def test_what_others_write_stays_text() -> None:
    """Quotes, percent signs, line breaks and escapes of a policy do nothing in the rules."""
    policy = (
        f"{_HEAD}spec:\n  kprobes:\n"
        '  - {call: sys_openat, message: "50% off: \\"now\\"\\n- rule: x\\e[2J",\n'
        '     tags: ["a, b", "]"],\n'
        "     args: [{index: 1, type: string}], selectors: [{matchArgs: [{index: 1,\n"
        '     operator: Prefix, values: ["/a b\\" or evt.type = open\\\\", "/x\\ny", "/é"]}]}]}\n'
    ).replace("name: one", 'name: "one\\n- rule: y"')
    done = imported(policy)
    loaded = build.load(
        (RuleFile("rules", done.text.encode()),),
        CATALOGUE,
        event_types=event_types.NAMES,
        produced=event_types.PRODUCED,
    )
    assert not loaded.diagnostics
    (rule,) = loaded.ruleset.rules
    assert rule.info.name == "one - rule: y: sys_openat"
    assert rule.info.tags == ("]", "a, b", "tetragon")
    condition = _condition(done)
    for name in ('/a b" or evt.type = open\\', "/x\ny", "/é/z"):
        event = {"evt.type": ("CHARBUF", "openat"), "fd.name": ("CHARBUF", name)}
        assert testing.evaluate(condition, event)
    assert not testing.evaluate(condition, {"evt.type": ("CHARBUF", "open")})


def _condition(done: command.Imported) -> str:
    """Return the condition of the only rule."""
    ((_, _, rule),) = show.named(done.translations)
    return rule.condition
