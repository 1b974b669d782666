"""The commands below ``shikra audit``: words in, one call that does it, an exit code out."""

import os
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter, validators

from shikra.app import audit as auditing
from shikra.app.log import to_standard_error
from shikra.app.prepare import Request
from shikra.app.run import Run

app = App(name="audit", help="Read the Kubernetes audit log and evaluate the rules on it.")


@app.default
def audit(
    *,
    config: Annotated[
        Path | None, Parameter(name=["--config", "-c"], help="Read this configuration file.")
    ] = None,
    option: Annotated[
        tuple[str, ...],
        Parameter(
            name=["--option", "-o"],
            help="Set KEY=VALUE over the configuration: audit.webhook.enabled=true; repeatable.",
            negative=(),
            show_default=False,
        ),
    ] = (),
    rules: Annotated[
        tuple[str, ...],
        Parameter(
            name=["--rules", "-r"],
            help="Load this file, folder or pack:NAME instead of those configured; repeatable.",
            negative=(),
            show_default=False,
        ),
    ] = (),
    json: Annotated[
        bool, Parameter(name="--json", negative=(), help="Print alerts as JSON.")
    ] = False,
    seconds: Annotated[
        float | None,
        Parameter(
            name="--for", help="Stop after this many seconds.", validator=validators.Number(gte=0)
        ),
    ] = None,
) -> int:
    """Read the audit log and print alerts, until interrupted; needs neither a kernel nor root."""
    request = Request(config=config, options=option, rules=rules, json=json)
    asked = Run(request=request, for_seconds=seconds, environment=os.environ)
    with to_standard_error():
        return auditing.audit(asked)
