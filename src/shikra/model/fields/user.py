"""The fields on the user and the group in whose name it was done."""

from shikra.model.field import Field, Stage
from shikra.model.fields.rows import ENRICHMENT, KERNEL, SIGNED, TEXT, UNSIGNED, Family

_now = Family(Stage.EVENT, "syscall")

FIELDS: tuple[Field, ...] = (
    _now("user.uid", UNSIGNED, KERNEL, "Id of the user.", width=32),
    _now("user.loginuid", SIGNED, KERNEL, "Id of the user who logged in; -1 if nobody did."),
    _now("user.name", TEXT, ENRICHMENT, "Name of the user, by the container's own list."),
    _now("user.loginname", TEXT, ENRICHMENT, "Name of the user who logged in."),
    _now("user.homedir", TEXT, ENRICHMENT, "Home directory of the user."),
    _now("user.shell", TEXT, ENRICHMENT, "Shell of the user."),
    _now("group.gid", UNSIGNED, KERNEL, "Id of the group.", width=32),
    _now("group.name", TEXT, ENRICHMENT, "Name of the group, by the container's own list."),
)
