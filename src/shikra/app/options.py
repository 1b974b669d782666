"""Options that several commands have, and mean the same."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter, validators

Config = Annotated[
    Path | None, Parameter(name=["--config", "-c"], help="Read this configuration file.")
]
Options = Annotated[
    tuple[str, ...],
    Parameter(
        name=["--option", "-o"],
        help="Set KEY=VALUE over the configuration: webserver.enabled=no, 'rules[].disable.rule=*'"
        " (adds to a list); repeatable.",
        negative=(),
        show_default=False,
    ),
]
Rules = Annotated[
    tuple[str, ...],
    Parameter(
        name=["--rules", "-r"],
        help="Load this file, folder or pack:NAME instead of those configured; repeatable.",
        negative=(),
        show_default=False,
    ),
]
Json = Annotated[bool, Parameter(name="--json", negative=(), help="Print alerts as JSON.")]
Least = Annotated[
    str | None, Parameter(name="--priority", help="Leave out rules that are less severe than this.")
]
For = Annotated[
    float | None,
    Parameter(
        name="--for", help="Stop after this many seconds.", validator=validators.Number(gte=0)
    ),
]
