"""
The codes of diagnostics on rules, and what each is about.

Those that begin with LOAD_ are Falco's. Two of its codes, LOAD_ERR_EXTENSION and
LOAD_WARNING_EXTENSION, are for items that a program built on Falco's loader adds to the language;
what Shikra adds has codes of its own, so these two never occur.
"""

from collections.abc import Mapping

ABOUT: Mapping[str, str] = {
    "LOAD_ERR_FILE_READ": "The file can't be read",
    "LOAD_ERR_YAML_PARSE": "The file isn't YAML",
    "LOAD_ERR_YAML_VALIDATE": "An item of the file has the wrong shape",
    "LOAD_ERR_COMPILE_CONDITION": "The condition can't be used",
    "LOAD_ERR_COMPILE_OUTPUT": "The output can't be used",
    "LOAD_ERR_VALIDATE": "An item contradicts others or itself",
    "LOAD_UNKNOWN_SOURCE": "The rule's source is unknown",
    "LOAD_UNSAFE_NA_CHECK": "A comparison with <NA> doesn't say what it seems to",
    "LOAD_NO_EVTTYPE": "The condition doesn't narrow the types of event",
    "LOAD_UNKNOWN_FILTER": "The rule uses something unknown and is skipped",
    "LOAD_UNUSED_MACRO": "Nothing uses the macro",
    "LOAD_UNUSED_LIST": "Nothing uses the list",
    "LOAD_UNKNOWN_ITEM": "The item is of no known kind",
    "LOAD_DEPRECATED_ITEM": "Something will go away",
    "LOAD_APPEND_NO_VALUES": "An appended exception has no values",
    "LOAD_EXCEPTION_NAME_NOT_UNIQUE": "Two exceptions of a rule have one name",
    "LOAD_INVALID_MACRO_NAME": "No condition can use a macro of this name",
    "LOAD_INVALID_LIST_NAME": "No condition can use a list of this name",
    "LOAD_COMPILE_CONDITION": "The condition may not say what was meant",
    "LOAD_UNKNOWN_KEY": "A key is unknown and has no effect",
    "SHIKRA_DUPLICATE_KEY": "A key occurs twice, and the first counts",
    "SHIKRA_MORE_MISTAKES": "More is wrong with the file than is shown",
    "SHIKRA_FIELD_NOT_FILLED": "Nothing fills the field yet",
    "SHIKRA_EVENT_NOT_MADE": "Nothing makes the events yet",
    "SHIKRA_SOURCE_NOT_FED": "Nothing makes events of the source here",
    "SHIKRA_RULE_NOT_COMPILED": "The rule can't be evaluated, by a mistake of Shikra's",
    "SHIKRA_NEVER_MATCHES": "No event can match the rule",
    "SHIKRA_ALL_CROSSES": "The kernel decides nothing of a rule on opens",
    "SHIKRA_TABLES_FULL": "More rules than the kernel has room for",
    "SHIKRA_CANT_ENFORCE": "The rule can't do what it asks for beside alerting",
    "SHIKRA_ENFORCE_SAYS_NOTHING": "A key has no meaning without another",
    "SHIKRA_KILLED_TOO_LATE": "When the process is killed, the call has done what it does",
    "SHIKRA_DENY_IS_SURER": "What is killed may still be read by another",
}
"""Every code that loading rules can give."""
