"""What is told of a rule to those who don't evaluate it."""

import enum

import msgspec

from shikra.model.enforcement import Enforcement


class Priority(enum.IntEnum):
    """Falco's priorities; a smaller number is more severe."""

    EMERGENCY = 0
    ALERT = 1
    CRITICAL = 2
    ERROR = 3
    WARNING = 4
    NOTICE = 5
    INFORMATIONAL = 6
    DEBUG = 7

    @property
    def title(self) -> str:
        """As Falco prints it: ``Critical``."""
        return self.name.title()

    @classmethod
    def named(cls, text: str) -> "Priority | None":
        """Return the priority that a user wrote, in any case; ``info`` is short for the sixth."""
        name = text.upper()
        return cls.INFORMATIONAL if name == "INFO" else cls.__members__.get(name)


class RuleInfo(msgspec.Struct, frozen=True, kw_only=True):
    """A rule's name and what an alert says of it."""

    name: str
    priority: Priority
    source: str
    tags: tuple[str, ...]  # sorted
    description: str
    revision: str  # changes whenever condition, output, priority or enforcement do
    enforcement: Enforcement | None = None  # None: it only alerts
