"""Of a hook's selectors the first that matches decides, in the rules as in Tetragon."""

import itertools
import json
from collections.abc import Callable, Mapping
from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from shikra import testing
from shikra.app.import_tracingpolicy import command, show
from shikra.rules.read import RuleFile

_PROGRAMS = ("/usr/bin/curl", "/usr/bin/app")
_CREATORS = ("/usr/sbin/sshd", "/usr/bin/app")
_PORTS = ("53", "443")


class Call(msgspec.Struct, frozen=True):
    """A connection as Tetragon sees it."""

    program: str
    creator: str
    port: str
    is_of_first: bool  # what a container's first process created
    is_in_container: bool

    def fields(self) -> Mapping[str, testing.Typed]:
        """Return it as Shikra's event."""
        return {
            "evt.type": ("CHARBUF", "connect"),
            "fd.l4proto": ("CHARBUF", "tcp"),
            "fd.rport": ("PORT", int(self.port)),
            "proc.exepath": ("CHARBUF", self.program),
            "proc.aexepath": ("CHARBUF", [self.creator]),
            "proc.in_init_tree": ("BOOL", self.is_of_first),
            "container.id": ("CHARBUF", "0123456789ab" if self.is_in_container else "host"),
        }


CALLS = [
    Call(*parts)
    for parts in itertools.product(_PROGRAMS, _CREATORS, _PORTS, (True, False), (True, False))
    if parts[4] or not parts[3]
]
_Filter = tuple[str, dict[str, Any], Callable[[Call], bool]]


def _filters() -> list[_Filter]:
    """Return what a selector may ask, and what Tetragon makes of it."""
    found: list[_Filter] = []
    for program in _PROGRAMS:
        listed = {"values": [program]}
        found += [
            ("matchBinaries", {"operator": "In", **listed}, lambda c, p=program: c.program == p),
            ("matchBinaries", {"operator": "NotIn", **listed}, lambda c, p=program: c.program != p),
            (
                "matchBinaries",
                {"operator": "NotIn", **listed, "followChildren": True},
                lambda c, p=program: p not in (c.program, c.creator),
            ),
        ]
    for port in _PORTS:
        asked = {"index": 0, "values": [port]}
        found += [
            ("matchArgs", {"operator": "DPort", **asked}, lambda c, p=port: c.port == p),
            ("matchArgs", {"operator": "NotDPort", **asked}, lambda c, p=port: c.port != p),
        ]
    first = {"values": [1], "isNamespacePID": True, "followForks": True}
    found += [
        ("matchPIDs", {"operator": "In", **first}, lambda c: c.is_in_container and c.is_of_first),
        (
            "matchPIDs",
            {"operator": "NotIn", **first},
            lambda c: c.is_in_container and not c.is_of_first,
        ),
    ]
    return found


_ACTIONS = st.sampled_from(((), ("Post",), ("NoPost",), ("Sigkill",), ("Sigkill", "NoPost")))
_SELECTOR = st.tuples(st.lists(st.sampled_from(_filters()), max_size=2), _ACTIONS)


def _written(filters: list[_Filter], actions: tuple[str, ...]) -> dict[str, Any]:
    selector: dict[str, Any] = {"matchActions": [{"action": action} for action in actions]}
    for key, asked, _ in filters:
        selector.setdefault(key, []).append(asked)
    return selector


def _expected(selectors: list[tuple[list[_Filter], tuple[str, ...]]], call: Call) -> list[str]:
    """Return what Tetragon does: what the first selector that matches says."""
    for filters, actions in selectors:
        if all(holds(call) for _, _, holds in filters):
            if "Sigkill" in actions:
                return ["kill"]
            return [] if "NoPost" in actions else ["alert"]
    return []


@settings(deadline=None, max_examples=40)
@given(st.lists(_SELECTOR, min_size=1, max_size=4))
def test_rules_do_what_the_first_selector_says(
    selectors: list[tuple[list[_Filter], tuple[str, ...]]],
) -> None:
    """Each call is ended, told or passed over as the policy says, by one rule at most."""
    hook = {
        "call": "tcp_connect",
        "args": [{"index": 0, "type": "sock"}],
        "selectors": [_written(*selector) for selector in selectors],
    }
    policy = {
        "apiVersion": "cilium.io/v1alpha1",
        "kind": "TracingPolicy",
        "metadata": {"name": "one"},
        "spec": {"kprobes": [hook]},
    }
    done = command.translated([RuleFile("policy", json.dumps(policy).encode())])
    rules = [rule for _, _, rule in show.named(done.translations)]
    for call in CALLS:
        fires = [
            rule.means.value if rule.means else "alert"
            for rule in rules
            if testing.evaluate(rule.condition, call.fields())
        ]
        assert fires == _expected(selectors, call)
