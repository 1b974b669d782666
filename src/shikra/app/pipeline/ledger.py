"""
Write down what rules did, or would have done.

In: each match of a rule that asks for enforcement, and what was done about it. Out: the log, what
looks like the kubelet's own commands, and a trip of the brake where it was too much.
"""

from shikra.app.pipeline.orders import Deed
from shikra.app.settings import Brake
from shikra.enforce import brake, log, probes
from shikra.model.container import Container
from shikra.model.enforcement import Action
from shikra.model.event import Event
from shikra.model.process import Process
from shikra.model.rule import RuleInfo

DONE = frozenset({Action.KILLED, Action.DENIED})
WOULD = frozenset({Action.WOULD_KILL, Action.WOULD_DENY})


class Ledger:
    """What was done so far."""

    def __init__(self, settings: Brake) -> None:
        """Begin empty."""
        self.log = log.Log()
        self.probes = probes.Probes()
        self._brake = brake.Brake(_settings(settings))

    def brake_by(self, settings: Brake) -> None:
        """Brake by other numbers."""
        self._brake.settings = _settings(settings)

    def note(self, rule: RuleInfo, event: Event, done: Deed, now_ns: int) -> brake.Trip | None:
        """Write down what was done about one match; return a trip if that was too much."""
        self.log.add(_entry(rule, event, done))
        process = event.process
        if process is None:
            return None
        is_whole = not (process.is_cut or process.is_exepath_cut)
        if process.has_entered and is_whole and done.action in DONE | WOULD:
            command = _command(rule.name, event.container, process)
            self.probes.observe(command, event.container.key, event.time_ns)
        if done.action not in DONE:
            return None
        return self._brake.observe(_done(rule.name, event.container, process), now_ns)


def _settings(of: Brake) -> brake.Settings:
    return brake.Settings(pods=of.pods, processes=of.processes, per_seconds=of.per_seconds)


def _done(rule: str, container: Container, process: Process) -> brake.Done:
    return brake.Done(
        rule=rule,
        pod=container.pod_uid or container.full_id or str(container.key),
        process=process.id or process.pid,
        is_applications=process.in_init_tree and not process.has_entered,
    )


def _command(rule: str, container: Container, process: Process) -> probes.Command:
    return probes.Command(
        rule=rule,
        exepath=process.exepath,
        command_line=process.command_line,
        namespace=container.namespace,
        image=container.repository,
    )


def _entry(rule: RuleInfo, event: Event, done: Deed) -> log.Entry:
    container, process = event.container, event.process
    pod = f"{container.namespace}/{container.pod_name}" if container.pod_name else ""
    path = event.real_path or event.path or b""
    return log.Entry(
        time_ns=event.time_ns,
        rule=rule.name,
        revision=rule.revision,
        action=done.action,
        mechanism=done.mechanism,
        container=container.id,
        pod=pod,
        pid=process.pid if process else 0,
        command=_text(process.command_line) if process else "",
        path=_text(path),
    )


def _text(data: bytes) -> str:
    return data.decode(errors="replace")
