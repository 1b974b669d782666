"""
From what a user asked for to a plan: configuration, rule files, rules that are ready to run.

Used at the start and at each reload: everything is read and checked here, and nothing that runs
is touched. Out: a complete plan, or all mistakes that stand in its way.
"""

import contextlib
import logging
from collections.abc import Mapping
from pathlib import Path

import msgspec

from shikra.app import config, crossing, enforceable, packs, rule_files, selection, watch
from shikra.app.mistakes import gathered
from shikra.app.pipeline import plan, static
from shikra.app.settings import Settings
from shikra.app.watch import Fingerprint
from shikra.backends.kernel.compile import compile_tables
from shikra.model import event_types
from shikra.model.diagnostic import Diagnostic, Severity
from shikra.model.fields import CATALOGUE
from shikra.model.rule import Priority
from shikra.rules import build, enforcing
from shikra.rules.ir import RuleSet

LOG = logging.getLogger(__name__)

AUDIT = "k8s_audit"
_OF_OTHER_SOURCES = frozenset({"SHIKRA_SOURCE_NOT_FED", "SHIKRA_EVENT_NOT_MADE"})
"""Warnings of rules that somebody else evaluates."""


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """What the command line says; it wins over the configuration file."""

    config: Path | None = None
    options: tuple[str, ...] = ()  # KEY=VALUE, as if the configuration said so
    rules: tuple[str, ...] = ()
    json: bool = False
    priority: Priority | None = None
    only_source: str | None = None  # load rules of this source alone


class Prepared(msgspec.Struct, frozen=True, kw_only=True):
    """Everything is right and ready."""

    settings: Settings
    plan: plan.Plan
    warnings: tuple[Diagnostic, ...]
    seen: Fingerprint  # of the files, taken before they were read


class Mistaken(msgspec.Struct, frozen=True):
    """Something is wrong; nothing was changed."""

    diagnostics: tuple[Diagnostic, ...]


def prepare(request: Request, environment: Mapping[str, str]) -> Prepared | Mistaken:
    """Read and check everything."""
    config_seen = watch.fingerprint(_config_of(request))
    parsed = read_settings(request, environment)
    if parsed.settings is None:
        return Mistaken(parsed.diagnostics)
    settings = parsed.settings
    rules_seen = watch.fingerprint(_rules_of(settings))
    found = rule_files.read(settings.rules_files)
    wanted = request.only_source
    catalogue = static.catalogue(CATALOGUE, settings.static_fields)
    loaded = build.load(
        found.files,
        catalogue,
        event_types=event_types.NAMES,
        produced=_produced(settings),
        min_priority=settings.priority,
    )
    diagnostics = (*found.diagnostics, *loaded.diagnostics)
    errors = tuple(one for one in diagnostics if one.severity is Severity.ERROR)
    if errors:
        return Mistaken(errors)
    ruleset = selection.select(_of_source(wanted, loaded.ruleset), settings.rules)
    ready = plan.plan(ruleset, settings, catalogue)
    ready, more = _decided(ready, loaded)
    errors = tuple(one for one in more if one.severity is Severity.ERROR)
    if errors:
        return Mistaken(errors)
    unanswered = selection.unanswered(loaded.ruleset, settings.rules)
    unusable = tuple(_unusable(name, why) for name, why in ready.unusable().items())
    return Prepared(
        settings=settings,
        plan=ready,
        warnings=gathered(
            one
            for one in (*diagnostics, *unanswered, *more, *unusable)
            if not (wanted and one.code in _OF_OTHER_SOURCES) and not _waits_in_a_pack(one)
        ),
        seen=config_seen | rules_seen,
    )


def _produced(settings: Settings) -> frozenset[str]:
    """Return the types of events that are made here."""
    made = frozenset(event_types.PRODUCED)
    return made | event_types.OTHER_SOURCES[AUDIT] if settings.audit.is_on else made


def _of_source(source: str | None, ruleset: RuleSet) -> RuleSet:
    if source is None:
        return ruleset
    rules = tuple(rule for rule in ruleset.rules if rule.info.source == source)
    return RuleSet(ruleset.nodes, rules)


def _decided(ready: plan.Plan, loaded: build.Loaded) -> tuple[plan.Plan, tuple[Diagnostic, ...]]:
    """Make the kernel's tables at once if rules ask for more than alerts; say who can't have it."""
    if not loaded.asked:
        return ready, ready.diagnostics
    try:
        tables = compile_tables(ready.ruleset)
    except Exception:  # the fence: rules that only alert would be left to Python instead
        LOG.exception("the kernel's tables can't be made")
        refused = tuple(
            asked.error(enforcing.CANT, "no rule can enforce", "this is a mistake of Shikra's")
            for asked in loaded.asked.values()
        )
        return ready, (*ready.diagnostics, *refused)
    plans = crossing.by_name(ready.ruleset, tables)
    refused = enforceable.diagnostics(loaded.asked, ready.ruleset, plans)
    return msgspec.structs.replace(ready, tables=tables), (*ready.diagnostics, *refused)


def _waits_in_a_pack(warning: Diagnostic) -> bool:
    """Whether a rule of ours waits for a source that is off: its user did nothing wrong."""
    of_pack = warning.span is not None and warning.span.file.startswith(packs.PREFIX)
    return warning.code == "SHIKRA_SOURCE_NOT_FED" and of_pack


def _unusable(rule: str, why: str) -> Diagnostic:
    """Say that a rule will not fire, for which its author can do nothing."""
    return Diagnostic(
        severity=Severity.WARNING,
        code="SHIKRA_RULE_NOT_COMPILED",
        message=f"the rule can't be evaluated and will not fire: {why}",
        hint="this is a mistake of Shikra's: please report it",
        item=f'rule "{rule}"',
    )


def read_settings(request: Request, environment: Mapping[str, str]) -> config.Parsed:
    """Read the configuration file, if there is one, and apply the command line."""
    data = b""
    if request.config is not None:
        try:
            data = request.config.read_bytes()
        except OSError as error:
            return config.Parsed(None, (config.unreadable(request.config, error),))
    parsed = config.parse(str(request.config or ""), data, environment, request.options)
    if parsed.settings is None:
        return parsed
    return config.Parsed(_overridden(parsed.settings, request))


def look(request: Request, settings: Settings) -> Fingerprint:
    """Return the state of the files whose change asks for a reload."""
    return watch.fingerprint(_config_of(request)) | watch.fingerprint(_rules_of(settings))


def _config_of(request: Request) -> list[Path]:
    return [request.config] if request.config else []


def _rules_of(settings: Settings) -> list[Path]:
    found = []
    for entry in settings.rules_files:
        with contextlib.suppress(packs.UnknownPackError):  # told when it is read
            found.append(rule_files.path_of(entry))
    return found


def _overridden(settings: Settings, request: Request) -> Settings:
    return msgspec.structs.replace(
        settings,
        rules_files=request.rules or settings.rules_files,
        json_output=request.json or settings.json_output,
        priority=settings.priority if request.priority is None else request.priority,
    )
