"""The fields on the paths that a call was given, whether or not it left a descriptor."""

from shikra.model.field import Field, Stage
from shikra.model.fields.rows import KERNEL, TEXT, Family

_path = Family(Stage.EVENT, "syscall")

FIELDS: tuple[Field, ...] = (
    _path("fs.path.name", TEXT, KERNEL, "The path, made absolute.", is_path=True),
    _path("fs.path.nameraw", TEXT, KERNEL, "The path just as the process wrote it."),
    _path("fs.path.source", TEXT, KERNEL, "Of two paths the first, made absolute."),
    _path("fs.path.sourceraw", TEXT, KERNEL, "Of two paths the first, as written."),
    _path("fs.path.target", TEXT, KERNEL, "Of two paths the second, made absolute."),
    _path("fs.path.targetraw", TEXT, KERNEL, "Of two paths the second, as written."),
)
