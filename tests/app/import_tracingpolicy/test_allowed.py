"""Whatever a policy says, it is translated or told, and what comes out can be loaded."""

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from shikra.app import crossing
from shikra.app.import_tracingpolicy import command, operators
from shikra.backends.kernel.enforceable import refusals
from shikra.model import event_types
from shikra.model.diagnostic import Severity
from shikra.model.fields import CATALOGUE
from shikra.rules import build
from shikra.rules.canonical import file as canonical
from shikra.rules.read import RuleFile

_CALLS = [f"sys_{name}" for name in sorted(event_types.PRODUCED)]
_HOOKS = st.one_of(
    st.sampled_from(("security_file_open", "sys_openat", "tcp_connect", "security_bprm_check")),
    st.sampled_from(("security_file_permission", "fd_install", "security_socket_connect")),
    st.sampled_from(("security_mmap_file", *_CALLS)),
)
_LETTERS = st.characters(max_codepoint=0xD7FF)  # JSON writes others as YAML reads none
_ODD = st.text(_LETTERS, max_size=6)
_TEXTS = st.one_of(
    st.sampled_from(("/etc/shadow", "/run/keys/", "passwd", "a, b", "in", "*")), _ODD
)
_VALUES = st.lists(_TEXTS, min_size=1, max_size=3)
_NUMBERS = st.lists(
    st.sampled_from(("0", "1", "2", "3", "64", "0x41", "-1")), min_size=1, max_size=2
)
_OF_SOCKETS = {
    "Addr": ("192.0.2.7", "10.0.0.0/8", "fd00::1"),
    "Port": ("80", "8000:8080"),
    "PortPriv": ("1",),
    "Family": ("AF_INET", "10"),
    "Protocol": ("IPPROTO_TCP", "17"),
}
_SWITCH = st.booleans()
_SOCKETS = st.sampled_from(
    [
        {"operator": operator, "values": list(values)}
        for operator in operators.NAMES
        for ending, values in _OF_SOCKETS.items()
        if operator.endswith(ending)
    ]
)
_OTHERS = [name for name in operators.NAMES if not name.endswith(tuple(_OF_SOCKETS))]
_MATCH = st.one_of(
    _SOCKETS,
    st.fixed_dictionaries({"operator": st.sampled_from(_OTHERS), "values": _VALUES}),
    st.fixed_dictionaries({"operator": st.sampled_from(_OTHERS), "values": _NUMBERS}),
)
_IN = {"operator": st.sampled_from(("In", "NotIn")), "values": _VALUES}
_INDEX = st.integers(0, 3)


def _some(**parts: Any) -> st.SearchStrategy[Any]:
    """Return objects that have some of these keys."""
    return st.fixed_dictionaries({}, optional=parts)


def _at(match: dict[str, Any], index: int) -> dict[str, Any]:
    return {**match, "index": index}


_CAPABILITIES = st.sampled_from((["CAP_SYS_ADMIN"], ["CAP_BPF", "CAP_CHOWN"]))
_KEYS = st.sampled_from(("app", "app.kubernetes.io/name", "k8s:io.kubernetes.pod.namespace"))
_ARGUMENTS = [{"index": index, "type": "string"} for index in range(4)]
_ACTION = st.fixed_dictionaries(
    {
        "action": st.sampled_from(
            ("Sigkill", "Sigkill", "Override", "Signal", "Post", "NoPost", "FollowFD")
        )
    },
    optional={"argError": st.sampled_from((-1, -13, 0)), "argSig": st.sampled_from((9, 15))},
)
_SELECTOR = _some(
    matchArgs=st.lists(st.builds(_at, _MATCH, _INDEX), max_size=2),
    matchReturnArgs=st.lists(_MATCH, max_size=1),
    matchBinaries=st.lists(st.fixed_dictionaries({**_IN, "followChildren": _SWITCH}), max_size=2),
    matchPIDs=st.lists(
        st.fixed_dictionaries(
            {
                **_IN,
                "values": st.lists(st.integers(0, 3), min_size=1, max_size=2),
                "followForks": _SWITCH,
                "isNamespacePID": _SWITCH,
            }
        ),
        max_size=2,
    ),
    matchNamespaces=st.lists(
        st.fixed_dictionaries({**_IN, "namespace": st.sampled_from(("Mnt", "Pid", "Net"))}),
        max_size=1,
    ),
    matchCapabilities=st.lists(st.fixed_dictionaries({**_IN, "values": _CAPABILITIES}), max_size=1),
    matchData=st.just([{}]),
    matchActions=st.lists(_ACTION, min_size=1, max_size=2),
)
_LABELS = _some(
    matchLabels=st.dictionaries(_KEYS, _TEXTS, max_size=2),
    matchExpressions=st.lists(
        st.fixed_dictionaries(
            {
                "key": _KEYS,
                "operator": st.sampled_from(("In", "NotIn", "Exists", "DoesNotExist")),
                "values": _VALUES,
            }
        ),
        max_size=2,
    ),
)
_HOOK = st.fixed_dictionaries(
    {"call": _HOOKS, "args": st.just(_ARGUMENTS)},
    optional={
        "selectors": st.lists(_SELECTOR, max_size=3),
        "message": _TEXTS,
        "tags": _VALUES,
    },
)
_POLICY = st.fixed_dictionaries(
    {
        "apiVersion": st.just("cilium.io/v1alpha1"),
        "kind": st.sampled_from(("TracingPolicy", "TracingPolicyNamespaced")),
        "metadata": st.fixed_dictionaries(
            {"name": st.text(_LETTERS, min_size=1, max_size=6)}, optional={"namespace": _TEXTS}
        ),
        "spec": st.fixed_dictionaries(
            {"kprobes": st.lists(_HOOK, min_size=1, max_size=3)},
            optional={
                "podSelector": _LABELS,
                "containerSelector": st.just({"matchLabels": {"name": "main", "repo": "a/b"}}),
                "hostSelector": st.just({}),
            },
        ),
    }
)


@settings(deadline=None, max_examples=60)
@given(st.lists(_POLICY, min_size=1, max_size=2))
def test_what_comes_out_loads_and_may_enforce_what_it_asks_for(policies: list[Any]) -> None:
    """No policy breaks the translation, and no rule that comes of one is refused."""
    text = "\n---\n".join(json.dumps(policy, ensure_ascii=True) for policy in policies)
    done = command.translated([RuleFile("policy", text.encode())])
    assert done.text or any(one.severity is Severity.ERROR for one in done.diagnostics)
    file = RuleFile("rules", done.text.encode())
    loaded = build.load(
        (file,), CATALOGUE, event_types=event_types.NAMES, produced=event_types.PRODUCED
    )
    assert [str(one) for one in loaded.diagnostics if one.severity is Severity.ERROR] == []
    assert canonical.canonical(file).text == (done.text or "\n")
    plans = crossing.plans(loaded.ruleset)
    for rule in loaded.ruleset.rules:
        asked = rule.info.enforcement
        if asked is not None:
            assert not list(refusals(rule, plans[rule.info.name], asked.means))
