"""Which rules an event fires."""

import pytest

from shikra.app.pipeline.evaluate import Match, evaluate, may_fire
from shikra.app.pipeline.plan import Plan
from shikra.app.settings import RuleMatching, Settings
from shikra.model.event import FileName, NameKind
from support.events import opened, plan_of, rule

SECRET = rule("Secret", "fd.name startswith /secret/")
OPENED_ONLY = rule("Opened only", "fd.name startswith /secret/", more="  names: opened\n")
LINK = rule("Link", "fd.name startswith /link/")
CAT = rule("Cat", "proc.name = cat")


def fired(rules: str, path: str, real: str, settings: Settings | None = None) -> list[str]:
    """Return each rule that fires for an open, and by which name."""
    plan = plan_of(rules, settings)
    return told(plan, evaluate(opened(path, real), plan))


def told(plan: Plan, matches: list[Match]) -> list[str]:
    """Return the rule of each match, and by which name it fired."""
    return [
        f"{plan.rules[match.rule].info.name}: {match.name and match.name.kind.value}"
        + ("" if match.is_sure else ", unsure")
        for match in matches
    ]


@pytest.mark.parametrize(
    ("rules", "path", "real", "expected"),
    [
        pytest.param(SECRET, "/secret/a", "/secret/a", ["Secret: opened"], id="same name"),
        pytest.param(SECRET, "/link/a", "/secret/a", ["Secret: real"], id="hidden by a link"),
        pytest.param(
            SECRET, "/secret/a", "/data/a", ["Secret: opened"], id="a name that leads off"
        ),
        pytest.param(
            SECRET, "/secret/a", "/secret/..1/a", ["Secret: opened"], id="both, fires once"
        ),
        pytest.param(SECRET, "/a", "/b", [], id="neither"),
        pytest.param(OPENED_ONLY, "/link/a", "/secret/a", [], id="a rule that opted out"),
        pytest.param(CAT, "/link/a", "/secret/a", ["Cat: None"], id="a rule without paths, once"),
        pytest.param(
            SECRET + LINK + CAT,
            "/link/a",
            "/secret/a",
            ["Secret: real", "Link: opened", "Cat: None"],
            id="several, in the order of the rules",
        ),
    ],
)
def test_a_rule_fires_once_under_either_name(
    rules: str, path: str, real: str, expected: list[str]
) -> None:
    """A path trick can add an alert and never remove one; the alert says which name matched."""
    assert fired(rules, path, real) == expected


def test_every_name_of_a_file_is_tried_once() -> None:
    """A rule fires by the first name that it matches; a name that was tried isn't tried again."""
    plan = plan_of(SECRET + LINK)
    event = opened("/a", "/b")
    names = ("/a", "/secret/1", "/secret/2", "/link/1")
    event.other_names = tuple(FileName(NameKind.MOUNTED, name.encode()) for name in names)
    matches = evaluate(event, plan)
    assert told(plan, matches) == ["Secret: mounted", "Link: mounted"]
    assert [match.name and match.name.path for match in matches] == [b"/secret/1", b"/link/1"]
    assert [twin.path for _, twin in event.by_other_names()] == [
        *(b"/b", b"/secret/1", b"/secret/2", b"/link/1"),
    ]


def test_a_name_that_was_guessed_is_unsure() -> None:
    """What fires by following the name again afterwards says so."""
    event = opened("/a", "/b")
    event.other_names = (FileName(NameKind.RESOLVED, b"/secret/a"),)
    assert [match.is_sure for match in evaluate(event, plan_of(SECRET))] == [False]


CAT_SECRET = rule("Cat secret", "proc.name = cat and fd.name = /secret/a")
DOG_SECRET = rule("Dog secret", "proc.name = dog and fd.name = /secret/a")
ELSEWHERE = rule("Elsewhere", "not fd.name startswith /usr/")
REAL_NAME = rule("Real", "fd.realpath = /secret/a")


@pytest.mark.parametrize(
    ("rules", "unsure", "expected"),
    [
        pytest.param(CAT_SECRET, (), [], id="known"),
        pytest.param(CAT_SECRET, ("path",), ["Cat secret: opened, unsure"], id="name cut"),
        pytest.param(CAT_SECRET, ("real_path",), ["Cat secret: real, unsure"], id="real one cut"),
        pytest.param(
            CAT_SECRET, ("path", "real_path"), ["Cat secret: opened, unsure"], id="both, once"
        ),
        pytest.param(DOG_SECRET, ("path", "real_path"), [], id="what is known excludes it"),
        pytest.param(OPENED_ONLY, ("real_path",), [], id="a rule that opted out"),
        pytest.param(OPENED_ONLY, ("path",), ["Opened only: opened, unsure"], id="its own name"),
        pytest.param(ELSEWHERE, ("path",), ["Elsewhere: opened, unsure"], id="negated"),
        pytest.param(REAL_NAME, ("real_path",), ["Real: real, unsure"], id="asked for by its name"),
        pytest.param(
            CAT_SECRET + CAT + SECRET,
            ("real_path",),
            ["Cat secret: real, unsure", "Cat: None", "Secret: real, unsure"],
            id="several, in the order of the rules",
        ),
    ],
)
def test_a_name_that_is_cut_may_be_any(
    rules: str, unsure: tuple[str, ...], expected: list[str]
) -> None:
    """A rule fires if it does for some name, and the match says that it isn't sure."""
    plan = plan_of(rules)
    event = opened("/usr/a/b", "/usr/a/b")
    event.is_path_unsure = "path" in unsure
    event.is_real_path_unsure = "real_path" in unsure
    for function in (evaluate, may_fire):
        assert told(plan, function(event, plan)) == expected


def test_a_name_that_nobody_knows_may_be_any() -> None:
    """A rule fires on a file without any name, if it does for some."""
    plan = plan_of(CAT_SECRET)
    event = opened("/usr/a/b")
    event.real_path = None
    event.is_real_path_unsure = True
    assert told(plan, evaluate(event, plan)) == ["Cat secret: None, unsure"]


@pytest.mark.parametrize(
    ("matching", "expected"),
    [
        pytest.param(RuleMatching.ALL, ["Secret: real", "Link: opened"], id="all"),
        pytest.param(RuleMatching.FIRST, ["Secret: real"], id="first"),
    ],
)
def test_one_or_all_rules_fire(matching: RuleMatching, expected: list[str]) -> None:
    """With ``first``, only the first rule of all that match fires, whichever name it matched."""
    settings = Settings(rule_matching=matching)
    assert fired(SECRET + LINK, "/link/a", "/secret/a", settings) == expected


def test_a_disabled_rule_does_not_fire() -> None:
    """What is switched off isn't evaluated, and the others keep their names."""
    rules = rule("Off", "proc.name = cat", more="  enabled: false\n") + CAT
    assert fired(rules, "/a", "/a") == ["Cat: None"]
