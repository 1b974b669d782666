"""The commands below ``shikra enforce``: words in, one call that does it, an exit code out."""

import os
import sys
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter, validators
from rich.console import Console

from shikra.app import enforce, lineage
from shikra.app import simulate as simulating
from shikra.app.log import to_standard_error
from shikra.app.prepare import Request
from shikra.app.settings import Settings
from shikra.app.simulate import Simulation
from shikra.enforce.messages import AskLog, AskStatus, SetMode
from shikra.enforce.modes import Everywhere, OfNamespace, OfRule, Scope

WRONG_USE = 2

app = App(
    name="enforce",
    help="Ask a running Shikra how far rules act, set how far they may, and try rules on the past.",
)

Socket = Annotated[Path, Parameter(help="Where it listens: `control_socket` of its configuration.")]
Json = Annotated[bool, Parameter(negative=(), help="Print JSON.")]

SOCKET = Path(Settings().control_socket)
PINS = Path(Settings().pin_dir)


@app.command
def status(*, socket: Socket = SOCKET, json: Json = False) -> int:
    """Show which rule is in which mode, by what it acts, and what it did."""
    return enforce.ask(socket, AskStatus(), Console(), is_json=json)


@app.command(name="set")
def set_(
    mode: Annotated[str, Parameter(name="MODE", help="off, observe or enforce.")],
    *,
    rule: Annotated[str | None, Parameter(help="Of this rule alone; `*`: of each other.")] = None,
    namespace: Annotated[
        str | None, Parameter(help="In this namespace alone; `*`: in each other.")
    ] = None,
    socket: Socket = SOCKET,
) -> int:
    """
    Set a mode until the configuration of it changes; of several, the weakest is in force.

    It is remembered over a restart.
    Naming a rule ends its soak, and lets go of the brake.
    A namespace that is set to enforce, and would be anyway, is not named any more.
    """
    if rule is not None and namespace is not None:
        print("shikra: --rule excludes --namespace", file=sys.stderr)  # noqa: T201  no log yet
        return WRONG_USE
    scope: Scope = Everywhere()
    if rule is not None:
        scope = OfRule(rule)
    elif namespace is not None:
        scope = OfNamespace(namespace)
    return enforce.ask(socket, SetMode(scope, mode), Console())


@app.command
def log(
    *,
    last: Annotated[
        int, Parameter(help="So many at most.", validator=validators.Number(gte=1))
    ] = 50,
    socket: Socket = SOCKET,
    json: Json = False,
) -> int:
    """Show what was done of late, or would have been: oldest first."""
    return enforce.ask(socket, AskLog(last), Console(), is_json=json)


@app.command
def release(
    *,
    pin_dir: Annotated[Path, Parameter(help="`pin_dir` of the configuration.")] = PINS,
) -> int:
    """
    Unload what keeps lineage for the next start, after Shikra has ended.

    Whatever is older than that start is inferred then, and neither killed nor denied.
    """
    return lineage.release(pin_dir)


@app.command
def simulate(
    *rules: Annotated[
        str, Parameter(name="RULES", help="Rule files, folders, pack:NAME; none: those configured.")
    ],
    events: Annotated[str, Parameter(help="Lines of JSON, as record writes; - is standard input.")],
    config: Annotated[
        Path | None, Parameter(name=["--config", "-c"], help="Read this configuration file.")
    ] = None,
    enforce_host: Annotated[
        bool, Parameter(negative=(), help="Let rules act outside of containers, too.")
    ] = False,
    json: Json = False,
) -> int:
    """Show what rules would have done to whom, by recorded events; needs no kernel, no root."""
    asked = Simulation(
        events=events,
        request=Request(config=config, rules=rules),
        environment=os.environ,
        enforces_host=enforce_host,
        is_json=json,
    )
    with to_standard_error():
        return simulating.simulate(asked, Console())
