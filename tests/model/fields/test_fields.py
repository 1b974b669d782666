"""The catalogue as a whole: what must hold for every row."""

import json
from typing import Any

import pytest

from shikra.model.field import Argument, Field, Filled, Notation
from shikra.model.fields import (
    CATALOGUE,
    audit,
    container,
    evt,
    fd,
    fspath,
    k8s,
    proc,
    thread,
    user,
)
from shikra.model.value import FieldType
from support import shared

FAMILIES = (evt, proc, thread, fd, fspath, user, container, k8s, audit)
WIDTHS = {"INT16": 16, "INT32": 32, "UINT32": 32}
NOTATIONS = {"PF_10_PADDED_DEC": Notation.PADDED, "PF_HEX": Notation.HEXADECIMAL}
OURS = {
    "evt.via",
    "fd.realpath",
    "ka.exec.command",
    "ka.exec.container",
    "ka.exec.tty",
    "ka.forbidden",
    "ka.impersonated.user.name",
    "ka.req.pod.containers.image.registry",
    "ka.req.pod.ephemeralContainers.image.registry",
    "ka.req.pod.initContainers.image.registry",
    "ka.truncated",
    "proc.below_terminal",
    "proc.entered",
    "proc.exe_is_init",
    "proc.in_init_tree",
    "proc.lineage",
    "proc.lineage_inferred",
}
OF_EACH_CONTAINER = [
    "name",
    "image",
    "image.repository",
    "command",
    "args",
    "privileged",
    "allow_privilege_escalation",
    "read_only_fs",
    "run_as_user",
    "eff_run_as_user",
    "run_as_group",
    "eff_run_as_group",
    "proc_mount",
    "add_capabilities",
]
OF_NEWER_RULES = {  # upstream's audit source has them, its list of fields is older
    *(
        f"ka.req.pod.{kind}Containers.{what}"
        for kind in ("init", "ephemeral")
        for what in OF_EACH_CONTAINER
    ),
    "ka.req.pod.initContainers.host_port",
}
WITHOUT_ARGUMENT_TOO = {"evt.abspath"}  # upstream's flag says no, its own tests do it
TYPES = {
    "CHARBUF": FieldType.TEXT,
    "STRING": FieldType.TEXT,
    "BYTEBUF": FieldType.BYTES,
    "BOOL": FieldType.BOOLEAN,
    "RELTIME": FieldType.RELATIVE_TIME,
    "ABSTIME": FieldType.ABSOLUTE_TIME,
    "PORT": FieldType.PORT,
    "IPADDR": FieldType.ADDRESS,
    "IPNET": FieldType.NETWORK,
    "DOUBLE": FieldType.DOUBLE,
    "INT16": FieldType.SIGNED,
    "INT32": FieldType.SIGNED,
    "INT64": FieldType.SIGNED,
    "UINT32": FieldType.UNSIGNED,
    "UINT64": FieldType.UNSIGNED,
    "DYN": FieldType.SIGNED,
}


def test_a_field_is_declared_once() -> None:
    """No two rows have the same name."""
    assert sum(len(family.FIELDS) for family in FAMILIES) == len(CATALOGUE)


@pytest.mark.parametrize("field", CATALOGUE.values(), ids=lambda field: field.name)
def test_a_row_makes_sense(field: Field) -> None:
    """A row says what it is, and its flags don't contradict each other."""
    assert field.description.endswith(".")
    assert not (field.is_list and field.any_of)
    assert not field.argument_is_index or field.argument is not Argument.NONE
    assert not field.is_suggested or field.filled is not Filled.NOT_YET
    assert not field.is_path or field.filled is Filled.KERNEL
    assert bool(field.lacking) == (field.filled is Filled.NOT_YET)


def test_upstream_fields_are_all_there_as_upstream_has_them() -> None:
    """Names, types and flags of every field are those that Falco documents."""
    differing = [row["name"] for row in _upstream() if not _agrees(row)]
    assert differing == []
    assert set(CATALOGUE) - {row["name"] for row in _upstream()} == OURS | OF_NEWER_RULES


def _upstream() -> list[dict[str, Any]]:
    """Return the rows of all fields; a few that upstream has retired have lost their names."""
    rows = json.loads(shared.shared_data("data/fields.json").read_text())["fields"]
    return [row for row in rows if row["name"] != "NA"]


def _agrees(row: dict[str, Any]) -> bool:
    field = CATALOGUE.get(row["name"])
    flags = row["flags"]
    return field is not None and (
        field.type,
        field.width,
        field.notation,
        field.is_list,
        field.may_be_constant,
        field.may_be_transformed,
        field.may_be_printed,
        field.argument,
        field.is_deprecated,
        field.source == audit.SOURCE,
    ) == (
        TYPES[row["type"]],
        WIDTHS.get(row["type"], 64),
        NOTATIONS.get(row.get("fmt") or "", Notation.DECIMAL),
        "IS_LIST" in flags,
        "NO_RHS" not in flags,
        "NO_TRANSFORMER" not in flags,
        "FILTER_ONLY" not in flags,
        Argument.ALLOWED if row["name"] in WITHOUT_ARGUMENT_TOO else _argument(flags),
        _is_retired(row),
        row["name"].startswith(("ka.", "json.", "jevt.")),
    )


def _is_retired(row: dict[str, Any]) -> bool:
    """Plugins have no flag for it: what they retire, they describe so."""
    return "DEPRECATED" in row["flags"] or row["desc"].startswith("Deprecated")


def _argument(flags: str) -> Argument:
    if "REQUIRED" in flags.upper() or "req_" in flags:
        return Argument.REQUIRED
    is_allowed = "ARG_ALLOWED" in flags or "ARG:" in flags
    return Argument.ALLOWED if is_allowed else Argument.NONE
