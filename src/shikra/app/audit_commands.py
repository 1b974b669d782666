"""The commands below ``shikra audit``: words in, one call that does it, an exit code out."""

import os
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from shikra.app import audit as auditing
from shikra.app.audit_policy import command as checking
from shikra.app.log import to_standard_error
from shikra.app.options import Config, For, Json, Options, Rules
from shikra.app.prepare import AUDIT, Request
from shikra.app.run import Run

app = App(name="audit", help="Read the Kubernetes audit log and evaluate the rules on it.")


@app.default
def audit(
    *,
    config: Config = None,
    option: Options = (),
    rules: Rules = (),
    json: Json = False,
    seconds: For = None,
) -> int:
    """Read the audit log and print alerts, until interrupted; needs neither a kernel nor root."""
    request = Request(config=config, options=option, rules=rules, json=json)
    asked = Run(request=request, for_seconds=seconds, environment=os.environ)
    with to_standard_error():
        return auditing.audit(asked)


@app.command
def check(
    policy: Annotated[Path, Parameter(name="POLICY", help="A policy of the API server, as YAML.")],
    *,
    config: Config = None,
    option: Options = (),
    rules: Rules = (),
) -> int:
    """Say which of the loaded rules a policy starves, and by which line; exit with 1 if one is."""
    request = Request(config=config, options=option, rules=rules, only_source=AUDIT)
    return checking.check(policy, request, os.environ)
