"""
Write rules as a file.

In: what policies became. Out: the file's text in canonical form; above each rule stands where it
comes from and what a reader must know about it.
"""

import re
import textwrap
from collections.abc import Iterable, Iterator

from shikra.app.import_tracingpolicy.policy import Policy
from shikra.app.import_tracingpolicy.translate import Rule, Translation
from shikra.model.enforcement import Means
from shikra.rules.canonical import file as canonical
from shikra.rules.canonical import scalar
from shikra.rules.read import RuleFile

_WIDTH = 98
_BLANKS = re.compile(r"\s+")
_WHO = "user=%user.name command=%proc.cmdline exe=%proc.exepath parent=%proc.pname"
_WHERE = (
    "pod=%k8s.pod.name namespace=%k8s.ns.name image=%container.image.repository"
    " container=%container.id"
)
_VERB = {Means.KILL: "ends the process", Means.DENY: "denies the call"}


def text(translations: Iterable[Translation], name: str) -> str:
    """Write all rules; nothing if there is none."""
    lines: list[str] = []
    for rule_name, policy, rule in named(translations):
        lines += (*_comment(policy, rule), *_rule(rule_name, policy, rule), "")
    if not lines:
        return ""
    written = canonical.canonical(RuleFile(name, "\n".join(lines).encode()))
    assert written.text is not None, written.diagnostics  # noqa: S101  it is written above
    return written.text


def named(translations: Iterable[Translation]) -> Iterator[tuple[str, Policy, Rule]]:
    """Give each rule a name that no other has."""
    taken: set[str] = set()
    for translation in translations:
        for rule in translation.rules:
            policy = translation.policy
            owner = (
                f"{policy.namespace_name}/{policy.name}" if policy.namespace_name else policy.name
            )
            plain = f"{_line(owner)}: {_line(rule.hook.call)}"
            name, number = plain, 1
            while name in taken:
                number += 1
                name = f"{plain} {number}"
            taken.add(name)
            yield name, policy, rule


def _comment(policy: Policy, rule: Rule) -> Iterator[str]:
    yield from _wrapped(f"{policy.label}, {rule.hook.at.path}")
    if rule.wanted is not None and rule.means is None:
        yield from _wrapped(f"The policy {_VERB[rule.wanted]}; this rule only alerts, see below.")
    for note in rule.notes:
        hint = f" – {note.hint}" if note.hint else ""
        yield from _wrapped(f"{note.at.path}: {note.message}{hint}")


def _rule(name: str, policy: Policy, rule: Rule) -> Iterator[str]:
    said = _line(rule.hook.message).replace("%", "")
    about = "connection=%fd.name" if "connect" in rule.types else "file=%fd.name"
    yield f"- rule: {scalar.written(name)}"
    described = f"{said or 'Imported'} (from {_line(policy.label)})"
    yield f"  desc: {scalar.written(described)}"
    yield f"  condition: {_double(rule.condition)}"
    title = said or _line(name).replace("%", "")
    output = f"{title} ({_WHO} {about} result=%evt.res {_WHERE})"
    yield f"  output: {_double(output)}"
    yield f"  priority: {'WARNING' if rule.wanted is None else 'CRITICAL'}"
    tags = ", ".join(_double(_line(tag)) for tag in ("tetragon", *rule.hook.tags))
    yield f"  tags: [{tags}]"
    if rule.means is not None:
        yield f"  enforce: {rule.means.value}"


def _wrapped(line: str) -> Iterator[str]:
    yield from (f"# {part}" for part in textwrap.wrap(_line(line), _WIDTH))


def _line(text: str) -> str:
    """Return a text in one line, of characters that show."""
    plain = _BLANKS.sub(" ", text).strip()
    return "".join(character for character in plain if character.isprintable())


def _double(text: str) -> str:
    return '"' + "".join(map(scalar.escaped, text)) + '"'
