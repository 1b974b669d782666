"""
Answer what is asked over the control socket: which modes are in force, what was done, and set.

In: requests, and who asks. Out: replies. Nothing here waits.
"""

import difflib
from collections.abc import Callable, Iterable
from typing import assert_never

from shikra.app.pipeline.enforcing import Enforcer
from shikra.app.pipeline.exemption import exemption
from shikra.app.pipeline.orders import name_of_mode
from shikra.enforce import modes
from shikra.enforce.control import Peer
from shikra.enforce.messages import (
    AskLog,
    AskStatus,
    Changed,
    Entries,
    Refused,
    Reply,
    Request,
    RuleStatus,
    SetMode,
    Status,
    SuspectStatus,
)
from shikra.enforce.probes import Suspect
from shikra.model.enforcement import Enforcement, Mode
from shikra.model.rule import RuleInfo

NO_MECHANISM = "nothing here"


class Answerer:
    """Asks the enforcer, and tells it."""

    def __init__(
        self, enforcer: Enforcer, unguarded: Callable[[], tuple[str, ...]] = tuple
    ) -> None:
        """Answer for this one; ``unguarded`` says what is to be denied and can't be."""
        self._enforcer = enforcer
        self._unguarded = unguarded

    def __call__(self, request: Request, peer: Peer) -> Reply:
        """Answer."""
        match request:
            case AskStatus():
                return self._status()
            case SetMode():
                return self._set(request, peer)
            case AskLog(most=most):
                log = self._enforcer.ledger.log
                return Entries(tuple(log.latest(most)), log.forgotten)
            case _:
                assert_never(request)

    def _set(self, request: SetMode, peer: Peer) -> Reply:
        mode = Mode.__members__.get(request.mode.upper())
        if mode is None:
            names = ", ".join(map(name_of_mode, Mode))
            return Refused(f'"{request.mode}" is no mode: expected one of {names}')
        if (refused := self._refuse(request.scope)) is not None:
            return refused
        enforcer = self._enforcer
        said = enforcer.said.with_mode(request.scope, mode)
        impossible = enforcer.impossible(enforcer.rules.values(), said)
        if impossible:
            return Refused(cannot_enforce(impossible))
        return Changed(enforcer.set_mode(request.scope, mode, f"user {peer.uid}"))

    def _refuse(self, scope: modes.Scope) -> Refused | None:
        """Refuse a rule that there isn't: a slip would look like success."""
        known = self._enforcer.rules
        if not isinstance(scope, modes.OfRule) or scope.name in {*known, modes.EVERY_OTHER}:
            return None
        near = difflib.get_close_matches(scope.name, known, n=1)
        hint = f': did you mean "{near[0]}"?' if near else ""
        return Refused(f'no rule "{scope.name}" that asks for enforcement is loaded{hint}')

    def _status(self) -> Status:
        enforcer = self._enforcer
        said = enforcer.said
        return Status(
            everywhere=name_of_mode(Mode.OBSERVE if said.everywhere is None else said.everywhere),
            namespaces={name: name_of_mode(mode) for name, mode in said.namespaces.items()},
            only_cgroup=enforcer.settings.only_cgroup,
            is_host_enforced=enforcer.settings.host,
            rules=tuple(
                self._rule(rule, rule.enforcement)
                for _, rule in sorted(enforcer.rules.items())
                if rule.enforcement is not None
            ),
            suspects=tuple(map(_suspect, enforcer.ledger.probes.suspects())),
            unguarded=self._unguarded(),
            lineage=enforcer.lineage,
            held=enforcer.containers.held,
        )

    def _rule(self, rule: RuleInfo, asked: Enforcement) -> RuleStatus:
        enforcer = self._enforcer
        standing = enforcer.standing(rule.name)
        means, mechanism = asked.done_by(enforcer.mechanisms)
        counts: dict[str, int] = {}
        for (name, action, _), number in enforcer.counts().items():
            if name == rule.name and number:
                counts[action.value] = counts.get(action.value, 0) + number
        return RuleStatus(
            name=rule.name,
            revision=rule.revision,
            means=means,
            asked=asked.choices,
            mode=name_of_mode(standing.mode),
            limit=standing.limit,
            soak_left_seconds=enforcer.soak_left_seconds(rule.name),
            mechanism=mechanism.value if mechanism else NO_MECHANISM,
            counts=counts,
        )


_WHY = (
    "; the kernel would have to ask BPF (bpf in its list of modules). Without that, a rule on"
    " executions denies if it asks where the program lies (proc.exepath startswith /a/volume/),"
    " and nothing else but for the container and for creators"
)


def cannot_enforce(rules: Iterable[RuleInfo]) -> str:
    """Say which rules are to be enforced and can't be."""
    asked = [(rule.name, rule.enforcement) for rule in rules if rule.enforcement]
    named = ", ".join(f'"{name}" ({one.written})' for name, one in asked)
    is_asked = all(not one.needs_module for _, one in asked)
    return (
        f"nothing on this machine can do what is to be enforced: {named}{'' if is_asked else _WHY}"
    )


def _suspect(suspect: Suspect) -> SuspectStatus:
    return SuspectStatus(
        rule=suspect.command.rule,
        kind=suspect.kind.value,
        command_line=suspect.command.command_line.decode(errors="replace"),
        count=suspect.count,
        containers=suspect.containers,
        every_seconds=suspect.every_seconds,
        exemption=exemption(suspect.command),
    )
