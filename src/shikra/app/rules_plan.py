"""
``shikra rules list --plan``: how far the kernel decides each rule.

In: a book of rules. Out: a table, lines for programs, or JSON: exact, superset or user-space only,
how many comparisons are decided when, and what is left to Python.
"""

import json

from rich.console import Console
from rich.table import Table
from rich.text import Text

from shikra.alerts.escape import escape
from shikra.app import crossing, enforceable, rules_list
from shikra.app.explain import in_kernel, values
from shikra.app.rulebook import Book
from shikra.backends.kernel import bounds
from shikra.backends.kernel.rule_plan import RulePlan, Verdict
from shikra.backends.kernel.stages import Stage
from shikra.rules.ir import Rule

_STYLES = {
    Verdict.EXACT: "green",
    Verdict.SUPERSET: "yellow",
    Verdict.USER_SPACE: "red",
    Verdict.NEVER: "red",
}
_NO_PLAN = "-"
_REFUSED = ": refused"
_LEGEND = (
    "Comparisons are decided once a container + once a process + by numbers + by names;"
    " shikra rules explain says which, and why some are left."
)


def show(book: Book, console: Console) -> None:
    """Print a table of all rules; where nobody looks, fields between tabs."""
    plans = in_kernel.plans(book)
    if not console.is_terminal:
        rows = (
            (*_cells(name, plans.get(name)), _enforced(book.loaded.get(name), plans.get(name)))
            for name in book.definitions.rules
        )
        console.file.write("".join("\t".join(map(escape, row)) + "\n" for row in rows))
        return
    table = Table(
        *("rule", "kernel", "comparisons", "left to Python", "enforces"),
        box=None,
        pad_edge=False,
    )
    for definition in book.definitions.rules.values():
        name = definition.name.value
        plan = plans.get(name)
        name, verdict, counts, left = _cells(name, plan)
        enforced = _enforced(book.loaded.get(name), plan)
        style = "" if rules_list.state(book, definition) == "on" else "dim"
        table.add_row(
            Text(escape(name), style),
            Text(verdict, _STYLES[plan.verdict] if plan else "dim"),
            Text(counts, "dim"),
            Text(escape(left), style),
            Text(enforced, "red" if enforced.endswith(_REFUSED) else style),
        )
    console.print(table)
    console.print(Text(f"\n{crossing.summed(plans.values())}\n{_LEGEND}", "dim"))


def as_json(book: Book) -> str:
    """Return all rules as a JSON list, each with its plan."""
    plans = in_kernel.plans(book)
    return json.dumps(
        [
            {**rules_list.row(book, each), "plan": _document(plans.get(each.name.value))}
            for each in book.definitions.rules.values()
        ],
        indent=2,
    )


def _cells(name: str, plan: RulePlan | None) -> tuple[str, str, str, str]:
    if plan is None:
        return name, _NO_PLAN, _NO_PLAN, ""
    if plan.is_past_bound:
        return name, plan.verdict.value, _NO_PLAN, f"tables full ({bounds.RULES})"
    counts = "+".join(str(len(plan.atoms.get(stage, ()))) for stage in Stage)
    left = dict.fromkeys(values.operand(left.atom.left) for left in plan.left)
    return name, plan.verdict.value, counts, ", ".join(left)


def _enforced(rule: Rule | None, plan: RulePlan | None) -> str:
    """Say what a rule does beside alerting."""
    enforcement = rule.info.enforcement if rule else None
    if rule is None or enforcement is None:
        return ""
    is_refused = bool(enforceable.refusals(rule, plan, enforcement))
    return f"{enforcement.written}{_REFUSED if is_refused else ''}"


def _document(plan: RulePlan | None) -> dict[str, object] | None:
    if plan is None:
        return None
    return {
        "kernel": plan.verdict.value,
        "event_types": list(plan.kinds),
        "comparisons": {
            in_kernel.WHEN[stage]: [values.atom(one) for one in plan.atoms.get(stage, ())]
            for stage in Stage
        },
        "left": [
            {"comparison": values.atom(left.atom), "reason": left.reason} for left in plan.left
        ],
        "gates": plan.gates,
        "tables_full": plan.is_past_bound,
    }
