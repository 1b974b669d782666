"""The commands below ``shikra audit``: words in, one call that does it, an exit code out."""

import os

from cyclopts import App

from shikra.app import audit as auditing
from shikra.app.log import to_standard_error
from shikra.app.options import Config, For, Json, Options, Rules
from shikra.app.prepare import Request
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
