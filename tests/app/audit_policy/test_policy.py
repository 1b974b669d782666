"""Which rule of an audit policy decides about a request."""

import pytest

from shikra.app.audit_policy.policy import Level, Policy, PolicyRule, Request, Resources

POD = Request("get", "pods", namespace="shop", name="cart", user="ann", user_groups=("dev",))
EXEC = Request("get", "pods", "exec", namespace="shop", name="cart", user="ann")
ROLE = Request("create", "roles", group="rbac.authorization.k8s.io", namespace="shop")
NODE = Request("get", "nodes")
URL = Request("get", url="/healthz/etcd")


def of(**said: tuple[str, ...]) -> PolicyRule:
    """Return a rule that says this."""
    return PolicyRule(level=Level.METADATA, line=1, **said)  # type: ignore[arg-type]  as a test names them


def about(group: str, *kinds: str, names: tuple[str, ...] = ()) -> PolicyRule:
    """Return a rule about these kinds."""
    return PolicyRule(level=Level.METADATA, line=1, resources=(Resources(group, kinds, names),))


@pytest.mark.parametrize(
    ("rule", "request_", "fits"),
    [
        pytest.param(of(), URL, True, id="nothing said"),
        pytest.param(of(users=("ann", "bob")), POD, True, id="a user"),
        pytest.param(of(users=("an*",)), POD, False, id="users are no globs"),
        pytest.param(of(user_groups=("ops", "dev")), POD, True, id="one group of several"),
        pytest.param(of(user_groups=("dev",)), EXEC, False, id="a user without groups"),
        pytest.param(of(verbs=("list",)), POD, False, id="another verb"),
        pytest.param(of(users=("ann",), verbs=("list",)), POD, False, id="half of it"),
        pytest.param(of(namespaces=("shop",)), POD, True, id="a namespace"),
        pytest.param(of(namespaces=("shop",)), NODE, False, id="an object in no namespace"),
        pytest.param(of(namespaces=("",)), NODE, True, id="no namespace is named so"),
        pytest.param(of(namespaces=("",)), URL, False, id="a URL is in no namespace at all"),
        pytest.param(about("", "pods"), POD, True, id="a kind"),
        pytest.param(about("", "pods"), EXEC, False, id="a part isn't the kind"),
        pytest.param(about("", "pods/exec"), EXEC, True, id="a part"),
        pytest.param(about("", "pods/exec"), POD, False, id="the kind isn't its part"),
        pytest.param(about("", "pods/*"), EXEC, True, id="all parts of a kind"),
        pytest.param(about("", "pods/*"), POD, True, id="and the kind itself"),
        pytest.param(about("", "*/exec"), EXEC, True, id="a part of all kinds"),
        pytest.param(about("", "*/exec"), POD, False, id="which needs a part"),
        pytest.param(about("", "*"), EXEC, True, id="all kinds and parts"),
        pytest.param(about(""), EXEC, True, id="a group without kinds"),
        pytest.param(about(""), ROLE, False, id="another group"),
        pytest.param(about("", "roles"), ROLE, False, id="the kind of another group"),
        pytest.param(about("", "pods", names=("cart",)), POD, True, id="an object"),
        pytest.param(about("", "pods", names=("till",)), POD, False, id="another object"),
        pytest.param(about("", "*"), URL, False, id="a URL is no object"),
        pytest.param(of(urls=("/healthz*",)), URL, True, id="URLs that begin so"),
        pytest.param(of(urls=("/healthz",)), URL, False, id="a URL is itself alone"),
        pytest.param(of(urls=("*",)), URL, True, id="all URLs"),
        pytest.param(of(urls=("*",)), POD, False, id="an object is no URL"),
    ],
)
def test_a_rule_fits_as_the_api_server_says(
    rule: PolicyRule, request_: Request, fits: bool
) -> None:
    """Whatever a rule says must fit; what it doesn't say fits anything."""
    assert rule.fits(request_) == fits


def test_the_first_rule_that_fits_decides() -> None:
    """Order is what counts; where no rule fits, none decides."""
    late = PolicyRule(level=Level.REQUEST, line=9)
    policy = Policy((of(verbs=("list",)), about("", "pods"), late))
    assert policy.first(POD) is policy.rules[1]
    assert policy.first(EXEC) is late
    assert Policy(policy.rules[:2]).first(EXEC) is None
