"""A mistake in something a user wrote: where it is, what it is, what to do."""

import enum

import msgspec


class Severity(enum.Enum):
    """Whether a diagnostic stops loading."""

    ERROR = "error"
    WARNING = "warning"


class Span(msgspec.Struct, frozen=True):
    """A stretch of text in a file. Lines and columns count from 1, columns in characters."""

    file: str
    line: int
    column: int
    length: int = 1


class Diagnostic(msgspec.Struct, frozen=True, kw_only=True):
    """One mistake. Codes are Falco's LOAD_*; our own begin with SHIKRA_."""

    severity: Severity
    code: str
    message: str
    span: Span | None = None
    excerpt: str = ""  # the line of the file that the span is in, or a part of a long one
    excerpt_column: int = 1  # where in the line it begins
    hint: str = ""
    item: str = ""  # 'rule "Read secret"'

    def __str__(self) -> str:
        """``file:line:column: CODE message – hint``."""
        where = f"{self.span.file}:{self.span.line}:{self.span.column}: " if self.span else ""
        hint = f" – {self.hint}" if self.hint else ""
        return f"{where}{self.code} {self.message}{hint}"


class RuleError(Exception):
    """Something that a user wrote is wrong; all of it is in ``diagnostics``."""

    def __init__(self, diagnostics: tuple[Diagnostic, ...]) -> None:
        """Carry these diagnostics."""
        super().__init__("\n".join(map(str, diagnostics)))
        self.diagnostics = diagnostics
