"""
Write the exemption that keeps a rule from acting on one exact command, as a rule file has it.

An exception, not a condition to append: that would bind to the last part of an ``or`` alone, as
in Falco. Each has a name of its own, made of what it exempts, so that several add up.
"""

import json
import re
import zlib

from shikra.enforce.probes import Command
from shikra.rules import show

_PLAIN = re.compile(r"[\w./:@ -]+", re.ASCII)


def exemption(command: Command) -> str:
    """Return YAML that adds it to the rule."""
    told = {
        "proc.exepath": command.exepath,
        "proc.cmdline": command.command_line,
        "k8s.ns.name": command.namespace.encode(),
        "container.image.repository": command.image.encode(),
    }
    exact = {"proc.entered": b"true"} | {field: value for field, value in told.items() if value}
    same = ", ".join('"="' for _ in exact)
    return (
        f"- rule: {json.dumps(command.rule)}\n"
        "  exceptions:\n"
        f"    - name: command_{zlib.crc32(repr(exact).encode()):08x}\n"
        f"      fields: [{', '.join(exact)}]\n"
        f"      comps: [{same}]\n"
        "      values:\n"
        f"        - [{', '.join(map(_value, exact.values()))}]\n"
        "  override: {exceptions: append}\n"
    )


def _value(value: bytes) -> str:
    """Write a value for YAML; in it, what isn't plain is quoted as the language wants it."""
    plain = value.decode("ascii", "replace")
    return json.dumps(plain if _PLAIN.fullmatch(plain) else show.quoted(value))
