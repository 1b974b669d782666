"""The fields on the paths that a call was given, whether or not it left a descriptor."""

from shikra.model.field import Field, Stage
from shikra.model.fields.rows import KERNEL, TEXT, Family

_NOT_TOLD = "no call with two paths makes events yet"

_path = Family(Stage.EVENT, "syscall")

FIELDS: tuple[Field, ...] = (
    _path("fs.path.name", TEXT, KERNEL, "The path, made absolute.", is_path=True),
    _path("fs.path.nameraw", TEXT, KERNEL, "The path just as the process wrote it."),
    _path("fs.path.source", TEXT, _NOT_TOLD, "Of two paths the first, made absolute."),
    _path("fs.path.sourceraw", TEXT, _NOT_TOLD, "Of two paths the first, as written."),
    _path("fs.path.target", TEXT, _NOT_TOLD, "Of two paths the second, made absolute."),
    _path("fs.path.targetraw", TEXT, _NOT_TOLD, "Of two paths the second, as written."),
)
