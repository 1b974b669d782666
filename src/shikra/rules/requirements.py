"""
What a rule file requires of the engine: a version of the language, and plugins.

The versions are those of Falco whose language and fields we speak.
"""

import re
from collections.abc import Mapping

from shikra.rules import keys as keys_
from shikra.rules import nodes
from shikra.rules import text as texts

ENGINE_VERSION = (0, 63, 0)
PLUGINS: Mapping[str, tuple[int, int, int]] = {
    "container": (0, 7, 0),
    "k8saudit": (0, 18, 0),
    "json": (0, 7, 3),
}
"""Plugins whose fields are built in."""

_VERSION = re.compile(r"(\d{1,9})\.(\d{1,9})\.(\d{1,9})(?:[-+].*)?")
_NUMBER = re.compile(r"\d{1,9}")
_CODE = "LOAD_ERR_VALIDATE"

Version = tuple[int, int, int]


def engine(keys: keys_.Keys) -> None:
    """Check ``required_engine_version``; a bare number is a minor version."""
    written = keys.text("required_engine_version")
    keys.only(("required_engine_version",))
    if written is None:
        keys.require("required_engine_version")
        return
    is_number = _NUMBER.fullmatch(written.value)
    required = (0, int(written.value), 0) if is_number else version(written.value)
    if required is None:
        keys.refuse(
            f"Unable to parse engine version '{written.value}' as a semver string. "
            'Expected "x.y.z" semver format.',
            written,
        )
    elif not satisfies(ENGINE_VERSION, required):
        have = ".".join(map(str, ENGINE_VERSION))
        wanted = ".".join(map(str, required))
        message = f"Rules require engine version {wanted}, but engine version is {have}"
        keys.refuse(message, written, code=_CODE)


def plugins(keys: keys_.Keys, available: Mapping[str, Version] = PLUGINS) -> None:
    """Check ``required_plugin_versions``: of each entry, one alternative must be there."""
    key = "required_plugin_versions"
    keys.only((key,))
    node = keys.node(key)
    if not isinstance(node, nodes.Sequence):
        keys.refuse(f"Value of {key} must be a sequence", keys.key(key))
        return
    for entry in node.items:
        wanted = _entry(keys, entry)
        if wanted and not any(_is_there(one, available) for one in wanted.items()):
            where = nodes.where(entry)
            names = ", ".join(f"{name} {text.value}" for name, (text, _) in wanted.items())
            keys.refuse(
                f"Plugin requirement not satisfied, must load one of: {names}",
                where,
                f"built in are: {', '.join(sorted(available))}",
                _CODE,
            )


def version(text: str) -> Version | None:
    """Read ``x.y.z``."""
    found = _VERSION.fullmatch(text)
    return (int(found[1]), int(found[2]), int(found[3])) if found else None


def satisfies(have: Version, required: Version) -> bool:
    """Whether a version is as new as the required one and of the same major."""
    return have[0] == required[0] and have >= required


_Wanted = dict[str, tuple[texts.Text, Version]]


def _is_there(
    one: tuple[str, tuple[texts.Text, Version]], available: Mapping[str, Version]
) -> bool:
    name, (_, required) = one
    return name in available and satisfies(available[name], required)


def _entry(keys: keys_.Keys, node: nodes.Node) -> _Wanted:
    wanted: _Wanted = {}
    _plugin(keys, node, wanted)
    if not isinstance(node, nodes.Mapping):
        return wanted
    alternatives = {key.value: value for key, value in node.entries}.get("alternatives")
    if isinstance(alternatives, nodes.Sequence):
        for alternative in alternatives.items:
            _plugin(keys, alternative, wanted)
    return wanted


def _plugin(keys: keys_.Keys, node: nodes.Node, wanted: _Wanted) -> None:
    if not isinstance(node, nodes.Mapping):
        keys.refuse("Plugin version must be a mapping", node, "it has the keys name, version")
        return
    entry = keys_.Keys(node, keys.item)
    name, written = entry.name("name"), entry.name("version")
    keys.diagnostics += entry.diagnostics
    if name is None or written is None:
        return
    required = version(written.value)
    if required is None:
        message = f"Invalid required version '{written.value}' for plugin '{name.value}'"
        keys.refuse(message, written, 'as in "0.4.0"', _CODE)
    elif name.value in wanted:
        message = f"Defined multiple alternative version requirements for plugin '{name.value}'"
        keys.refuse(message, name, code=_CODE)
    else:
        wanted[name.value] = (written, required)
