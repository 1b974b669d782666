"""
Read the keys of one item of a rule file, each with the type it must have.

What has another type is reported and reads as absent, so that the rest is still looked at.
"""

from collections.abc import Iterable

from shikra.model import diagnostic
from shikra.rules import diagnostics, nodes
from shikra.rules import text as texts

VALIDATE = "LOAD_ERR_YAML_VALIDATE"


def _forms(*words: str) -> frozenset[str]:
    return frozenset(form for word in words for form in (word, word.title(), word.upper()))


TRUE = _forms("y", "yes", "true", "on")
FALSE = _forms("n", "no", "false", "off")


class Keys:
    """One mapping and what was wrong with it."""

    def __init__(self, mapping: nodes.Mapping, item: str) -> None:
        """Read this mapping; ``item`` is what messages call it."""
        self.mapping = mapping
        self.item = item
        self.diagnostics: list[diagnostic.Diagnostic] = []
        self._entries = {key.value: (key, value) for key, value in mapping.entries}

    @property
    def is_ok(self) -> bool:
        """No error was reported."""
        return all(d.severity is not diagnostic.Severity.ERROR for d in self.diagnostics)

    def forget(self, keys: Iterable[str]) -> None:
        """Read these keys as absent from now on."""
        for key in keys:
            self._entries.pop(key, None)

    def node(self, key: str) -> nodes.Node | None:
        """Return a key's value as it is."""
        return self._entries[key][1] if key in self._entries else None

    def key(self, key: str) -> texts.Text:
        """Return where a key stands, or, if it is missing, where the item begins."""
        return nodes.where(self._entries[key][0] if key in self._entries else self.mapping)

    def text(self, key: str) -> texts.Text | None:
        """Return a text."""
        value = self.node(key)
        if value is None:
            return None
        if is_null(value):
            self.refuse(f"Mapping for key '{key}' is empty", self.key(key))
        elif not isinstance(value, nodes.Scalar):
            self.refuse("Value is not a scalar value", value, f"'{key}' must be a text")
        elif not value.value:
            self.refuse("Value must be non-empty", value)
        else:
            return value.text()
        return None

    def flag(self, key: str) -> bool | None:
        """Return a truth value, in any of YAML 1.1's spellings."""
        found = self.text(key)
        if found is None:
            return None
        if found.value in TRUE | FALSE:
            return found.value in TRUE
        self.refuse("Can't decode YAML scalar value", found, f"'{key}' is 'true' or 'false'")
        return None

    def number(self, key: str) -> int | None:
        """Return a whole number that isn't negative."""
        found = self.text(key)
        if found is None:
            return None
        if found.value.isascii() and found.value.isdigit() and len(found.value) < 16:  # noqa: PLR2004  any that long is a mistake
            return int(found.value)
        self.refuse("Can't decode YAML scalar value", found, f"'{key}' is a number")
        return None

    def words(self, key: str) -> tuple[texts.Text, ...] | None:
        """Return a list of texts."""
        value = self.node(key)
        if value is None:
            return None
        if not isinstance(value, nodes.Sequence):
            self.refuse("Value is not a sequence", value, f"write {key}: [one, two]")
            return None
        return self.scalars(value, key)

    def scalars(self, value: nodes.Sequence, key: str) -> tuple[texts.Text, ...]:
        """Return the texts of a list."""
        found = []
        for part in value.items:
            if isinstance(part, nodes.Scalar) and not part.is_null:
                found.append(part.text())
            else:
                self.refuse("sequence value is not scalar", part, f"'{key}' holds texts only")
        return tuple(found)

    def name(self, key: str) -> texts.Text | None:
        """Return the item's name, which must be there."""
        self.require(key)
        return self.text(key)

    def require(self, key: str) -> None:
        """Report a key that isn't there; what stands behind it is looked at when it is read."""
        if key not in self._entries:
            self.refuse(f"Item has no mapping for key '{key}'", self.mapping)

    def only(self, known: Iterable[str]) -> None:
        """Warn of keys that aren't known."""
        known = tuple(known)
        for key, _ in self.mapping.entries:
            if key.value not in known:
                where = nodes.where(key)
                hint = diagnostics.nearest(key.value, known)
                mistake = diagnostics.whole(f"Unknown key '{key.value}'", where, hint)
                self.warn("LOAD_UNKNOWN_KEY", mistake, where)

    def refuse(
        self, message: str, at: "nodes.Node | texts.Text", hint: str = "", code: str = VALIDATE
    ) -> None:
        """Report an error."""
        where = at if isinstance(at, texts.Text) else nodes.where(at)
        mistake = diagnostics.whole(message, where, hint)
        self.diagnostics.append(diagnostics.error(code, mistake, where, self.item))

    def warn(self, code: str, mistake: diagnostics.Mistake, where: texts.Text) -> None:
        """Report a warning."""
        self.diagnostics.append(diagnostics.warning(code, mistake, where, self.item))


def is_null(node: nodes.Node) -> bool:
    """Whether a node is YAML's nothing."""
    return isinstance(node, nodes.Scalar) and node.is_null
