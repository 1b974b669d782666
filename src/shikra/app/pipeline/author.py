"""Write the alert for a rule that fired: what an output needs to know, decoded but not escaped."""

import os

from shikra.alerts import identity
from shikra.app.pipeline.evaluate import REAL, Match
from shikra.app.pipeline.plan import Plan
from shikra.backends.live import render
from shikra.model.alert import Alert
from shikra.model.container import Knowledge
from shikra.rules.ir import Template

NOT_KNOWN = frozenset({Knowledge.PENDING, Knowledge.UNKNOWN})


def alert(match: Match, plan: Plan, hostname: str) -> Alert:
    """Return the alert."""
    event = match.event
    process = event.process
    template = output(match, plan)
    return Alert(
        uuid=identity.uuid7(event.time_ns, os.urandom(identity.RANDOM_BYTES)),
        time_ns=event.time_ns,
        rule=plan.rules[match.rule].info,
        message=render.render(template, event),
        fields={
            **render.output_fields(template, event),
            **plan.appended[match.rule].fields(event),
        },
        hostname=hostname,
        lineage=tuple(_text(one.name) for one in process.lineage()) if process else (),
        matched_name=match.matched_name,
        is_inferred=process is not None and process.is_inferred,
        is_truncated=event.is_cut or (process is not None and process.is_cut),
        metadata_missing=match.rule in plan.waiting and event.container.knowledge in NOT_KNOWN,
    )


def output(match: Match, plan: Plan) -> Template:
    """Return what a rule prints; where the real path matched, that too."""
    outputs = plan.outputs_of_real if match.matched_name == REAL else plan.outputs
    return outputs[match.rule]


def _text(name: bytes) -> str:
    return name.decode(errors="replace")
