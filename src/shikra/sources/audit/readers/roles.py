"""Roles that are written, and whom they are given to."""

from collections.abc import Callable
from typing import Any

from shikra.model.event import Reader, Readers
from shikra.sources.audit.document import at
from shikra.sources.audit.readers.wrap import made_of_each, many, one

_SUBJECTS = ("requestObject", "subjects")
_RULES = ("requestObject", "rules")


def _named(kind: str, name: Callable[[Any], Any] = lambda subject: at(subject, "name")) -> Reader:
    """Read the names of the subjects of a kind."""
    return made_of_each(
        _SUBJECTS, lambda subject: name(subject) if at(subject, "kind") == kind else None
    )


def _with_namespace(subject: Any) -> str:
    return f"{at(subject, 'namespace') or ''}:{at(subject, 'name') or ''}"


READERS: Readers = {
    "ka.req.binding.subjects": many(*_SUBJECTS),
    "ka.req.binding.subjects.user_names": _named("User"),
    "ka.req.binding.subjects.serviceaccount_names": _named("ServiceAccount"),
    "ka.req.binding.subjects.serviceaccount_ns_names": _named("ServiceAccount", _with_namespace),
    "ka.req.binding.subjects.group_names": _named("Group"),
    "ka.req.binding.role": one("requestObject", "roleRef", "name"),
    "ka.req.binding.subject.has_name": lambda _event, _argument: b"N/A",
    "ka.req.role.rules": many(*_RULES),
    "ka.req.role.rules.apiGroups": many(*_RULES, "apiGroups"),
    "ka.req.role.rules.nonResourceURLs": many(*_RULES, "nonResourceURLs"),
    "ka.req.role.rules.verbs": many(*_RULES, "verbs"),
    "ka.req.role.rules.resources": many(*_RULES, "resources"),
}
