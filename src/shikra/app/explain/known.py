"""
What is known of a rule before it runs: its events and its fields.

In: a compiled rule and the circuit that it is in. Out: text.
"""

from collections.abc import Iterator

from shikra.app.explain.stage import Stage
from shikra.model import event_types
from shikra.model.event_types import PRODUCED
from shikra.model.field import Field, Filled
from shikra.model.field import Stage as Known
from shikra.model.fields import CATALOGUE
from shikra.rules import check, ir, layout

_MANY = 40
_WHEN = {
    Known.CONTAINER: "once a container",
    Known.PROCESS: "once a process",
    Known.EVENT: "of each event",
}


def events(rule: ir.Rule) -> Stage:
    """Show the types of event with which a rule can match."""
    types = rule.event_types
    unseen = sorted(types - PRODUCED.keys()) if rule.info.source == "syscall" else []
    if not types:
        lines: tuple[str, ...] = ("None: it can never match.",)
    elif types == event_types.NAMES:
        lines = (f"All {len(types)}: nothing in it tests evt.type.",)
    elif len(types) > _MANY:
        other = sorted(event_types.NAMES - types)
        lines = layout.filled([f"All {len(event_types.NAMES)} but", *other])
    else:
        lines = layout.filled(sorted(types))
        if unseen:
            lines = (*lines, *layout.filled(["Nothing makes these yet:", *unseen]))
    note = "The rule is looked at for these alone."
    return Stage(title="Event types", note=note, lines=lines)


def fields(ruleset: ir.RuleSet, rule: ir.Rule) -> Stage:
    """Show when the value of each field of a rule is known."""
    used = {CATALOGUE[name] for name in _fields(ruleset, rule.root)}
    lines: list[str] = []
    for stage in Known:
        of_stage = sorted((each for each in used if each.stage is stage), key=lambda f: f.name)
        lines += (
            f"{_WHEN[stage]:<16}  {each.name:<28}{_remarks(each)}".rstrip() for each in of_stage
        )
    if rule.needs_metadata:
        lines.append("It waits for a container runtime's answer, for a bounded time.")
    if rule.uses_path and not rule.opened_names_only:
        lines.append("It is evaluated again with the real path, where that is another name.")
    note = "What is known once needn't be asked of each event."
    return Stage(title="When its fields are known", note=note, lines=tuple(lines))


def _remarks(field: Field) -> str:
    remarks = {
        "filled by enrichment": field.filled is Filled.ENRICHMENT,
        "from the audit log": field.filled is Filled.AUDIT,
        "NOT FILLED YET": field.filled is Filled.NOT_YET,
        "may come late": field.is_metadata,
        "depends on the file's name": field.is_path,
    }
    return ", ".join(remark for remark, holds in remarks.items() if holds)


def _fields(ruleset: ir.RuleSet, root: int) -> set[str]:
    """Return the fields that a condition reads."""
    found: set[str] = set()
    for node in _reached(ruleset, root):
        if isinstance(node, ir.Atom):
            found.update(check.fields_of(node.left))
            if not isinstance(node.right, tuple):
                found.update(check.fields_of(node.right))
    return found


def _reached(ruleset: ir.RuleSet, root: int) -> Iterator[ir.Node]:
    needed = {root}
    for index in range(root, -1, -1):
        if index not in needed:
            continue
        node = ruleset.nodes[index]
        yield node
        match node:
            case ir.Both(parts=parts) | ir.Either(parts=parts):
                needed.update(parts)
            case ir.Negate(part=part):
                needed.add(part)
            case _:
                pass
