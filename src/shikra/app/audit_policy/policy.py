"""
An audit policy as the API server applies it: the first of its rules that fits a request decides.

A rule that says nothing of something fits all of it; a request that no rule fits isn't written.
"""

import enum

import msgspec


class Level(enum.IntEnum):
    """How much is written of a request."""

    NONE = 0
    METADATA = 1
    REQUEST = 2
    REQUEST_RESPONSE = 3

    @property
    def written(self) -> str:
        """As a policy writes it."""
        return "".join(part.capitalize() for part in self.name.split("_"))


LEVELS = {level.written: level for level in Level}

RECEIVED, STARTED, COMPLETE, PANIC = STAGES = (
    "RequestReceived",
    "ResponseStarted",
    "ResponseComplete",
    "Panic",
)


class Request(msgspec.Struct, frozen=True):
    """What somebody asks of the API server."""

    verb: str
    resource: str = ""  # none: it is no object that is asked for, but a URL
    subresource: str = ""
    group: str = ""
    namespace: str = ""
    name: str = ""
    user: str = ""
    user_groups: tuple[str, ...] = ()
    url: str = ""


class Resources(msgspec.Struct, frozen=True):
    """Kinds of a group: all of them if none is named."""

    group: str
    kinds: tuple[str, ...] = ()
    names: tuple[str, ...] = ()

    def fits(self, request: Request) -> bool:
        """Whether a request is about one of them."""
        if request.group != self.group:
            return False
        if not self.kinds:
            return True
        if self.names and request.name not in self.names:
            return False
        return any(_is_kind(kind, request) for kind in self.kinds)


class PolicyRule(msgspec.Struct, frozen=True, kw_only=True):
    """One rule; what is empty fits everything."""

    level: Level
    line: int
    users: tuple[str, ...] = ()
    user_groups: tuple[str, ...] = ()
    verbs: tuple[str, ...] = ()
    resources: tuple[Resources, ...] = ()
    namespaces: tuple[str, ...] = ()
    urls: tuple[str, ...] = ()
    omitted: frozenset[str] = frozenset()  # stages, those that the policy omits everywhere too

    def fits(self, request: Request) -> bool:
        """Whether this rule decides about a request, if none before it does."""
        if self.users and request.user not in self.users:
            return False
        if self.user_groups and not set(self.user_groups) & set(request.user_groups):
            return False
        if self.verbs and request.verb not in self.verbs:
            return False
        if self.namespaces or self.resources:
            return self._fits_object(request)
        if self.urls:
            return not request.resource and any(_is_url(url, request.url) for url in self.urls)
        return True

    def _fits_object(self, request: Request) -> bool:
        if not request.resource:
            return False
        if self.namespaces and request.namespace not in self.namespaces:
            return False
        return not self.resources or any(each.fits(request) for each in self.resources)


class Policy(msgspec.Struct, frozen=True):
    """All rules of a policy, in their order."""

    rules: tuple[PolicyRule, ...]

    def first(self, request: Request) -> PolicyRule | None:
        """Return the rule that decides about a request."""
        return next((rule for rule in self.rules if rule.fits(request)), None)


def _is_kind(kind: str, request: Request) -> bool:
    part = f"{request.resource}/{request.subresource}" if request.subresource else request.resource
    if kind in ("*", part):
        return True
    if kind.startswith("*/"):
        return bool(request.subresource) and kind == f"*/{request.subresource}"
    return kind.endswith("/*") and kind.removesuffix("/*") == request.resource


def _is_url(pattern: str, url: str) -> bool:
    if pattern.endswith("*"):
        return url.startswith(pattern.rstrip("*"))
    return url == pattern
