"""Write the exemption that keeps a rule from acting on one exact command, as a rule file has it."""

from shikra.enforce.probes import Command
from shikra.rules import show


def exemption(command: Command) -> str:
    """Return YAML that adds it to the rule."""
    told = {
        "proc.exepath": command.exepath,
        "proc.cmdline": command.command_line,
        "k8s.ns.name": command.namespace.encode(),
        "container.image.repository": command.image.encode(),
    }
    parts = [f"{field} = {show.quoted(value)}" for field, value in told.items() if value]
    condition = " and ".join(["proc.entered = true", *parts])
    return (
        f"- rule: {_scalar(command.rule)}\n"
        "  condition: >-\n"
        f"    and not ({condition})\n"
        "  override: {condition: append}\n"
    )


def _scalar(text: str) -> str:
    """Quote a rule's name: it may hold what means something in YAML."""
    return "'" + text.replace("'", "''") + "'"
