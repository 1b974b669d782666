"""
Whether the kernel may act on a rule, and what would have to be written differently.

In: a rule, what it asks for, and how the kernel evaluates it. Out: refusals, none where it may; and
what its author should know. Only what is exact may enforce: a superset would kill for nothing. Who
denies an open knows the file and the process alone: there is no result yet and no name as written;
only the kernel is told whether it is to be read or written. Who denies an execution knows the
program and what the process would be: nobody can read its arguments then.
"""

from collections.abc import Iterator

import msgspec

from shikra.backends.kernel import parameter_words, vocabulary
from shikra.backends.kernel.rule_plan import RulePlan, Verdict
from shikra.backends.kernel.stages import Stage
from shikra.model.enforcement import Means
from shikra.model.event_type import Meaning
from shikra.rules.enforcing import EXECUTING, REACHING
from shikra.rules.ir import Atom, Op, Read, Rule

OPENS = frozenset(("open", "openat", "openat2", "creat", "open_by_handle_at"))

_JUDGED_AS = ((OPENS, frozenset(("openat",))), (EXECUTING, EXECUTING))
"""Calls that are alike to who denies, and those of them that a rule must be on for that."""

_WHEN_DONE = frozenset(("evt.res", "evt.rawres", "evt.failed", "evt.is_open_create"))
_HOW = frozenset(("evt.arg", "evt.rawarg", "evt.args", "evt.is_open_exec"))

_ARGUMENTS = frozenset(("proc.exe", "proc.args", "proc.cmdline"))
_CREATORS_ARGUMENTS = frozenset(("proc.aexe", "proc.aargs", "proc.acmdline"))

_LASTING = frozenset(
    (
        *("mkdir", "mkdirat", "mknod", "mknodat", "rmdir", "unlink", "unlinkat"),
        *("rename", "renameat", "renameat2", "link", "linkat", "symlink", "symlinkat"),
        *("chmod", "fchmod", "fchmodat", "fchmodat2", "chown", "lchown", "fchown", "fchownat"),
        *("truncate", "ftruncate", "setxattr", "lsetxattr", "fsetxattr", "setxattrat"),
        *("mount", "umount", "umount2", "pivot_root", "move_mount", "mount_setattr"),
        *("write", "writev", "pwrite", "pwritev", "sendto", "sendmsg", "sendmmsg", "sendfile"),
        *("kill", "tkill", "tgkill", "rt_sigqueueinfo", "rt_tgsigqueueinfo", "pidfd_send_signal"),
        *("process_vm_writev", "bpf", "init_module", "finit_module", "delete_module", "keyctl"),
    )
)
"""Calls that have changed something beyond their process once they end."""

_PROC = b"/proc/"  # nobody but an LSM can refuse what is opened there

_APART = "or leave it to a rule of its own that only alerts"
_REWRITES = {
    "fd.nameraw": "ask fd.name: where a rule enforces, it is the file's real path",
    "proc.below_terminal": "ask proc.tty != 0",
    "user.name": "ask user.uid",
    "user.loginname": "ask user.loginuid",
    "group.name": "ask group.gid",
    "fd.ino": "ask fd.name",
    "proc.cwd": "ask for a whole path by fd.name",
}
"""By field: what the kernel decides instead."""

_KILL = "ask by evt.type for these alone, or write 'enforce: kill'"
_KILL_IMAGE = (
    "ask proc.name or proc.exepath, or write 'enforce: kill', which ends what is executed before"
    " its first instruction"
)
_NO_DESCRIPTOR = "what is denied has no descriptor", "'fd.num >= 0' alone may be asked"
_OPERATORS = {Op.REGEX: "write it with startswith, endswith, contains or glob"}


class Refusal(msgspec.Struct, frozen=True):
    """Something of a rule for which it can't enforce."""

    atom: Atom | None  # the comparison; None: all of the rule
    why: str
    rewrite: str  # what would make it right


def refusals(rule: Rule, plan: RulePlan | None, means: Means) -> Iterator[Refusal]:
    """Yield all that stands in the way of a rule."""
    if plan is None or plan.verdict is Verdict.NEVER:
        yield Refusal(None, "no event can match it", "ask for calls and fields that go together")
        return
    if plan.is_past_bound:
        rewrite = "load it before others, or load fewer"
        yield Refusal(None, "the rules before it have filled the kernel's tables", rewrite)
    elif plan.verdict is not Verdict.EXACT:
        yield from _inexact(plan)
    if means is Means.DENY:
        yield from _undeniable(rule, plan)


def too_late(plan: RulePlan) -> tuple[str, ...]:
    """Return the calls whose effect stays when the process that made them is killed."""
    return tuple(kind for kind in plan.kinds if kind in _LASTING)


def leaves_files_open(plan: RulePlan) -> bool:
    """Whether a rule guards what is in files: killing leaves a moment in which they are open."""
    if OPENS.isdisjoint(plan.kinds):
        return False
    names = plan.atoms.get(Stage.NAMES, ())
    return any(not _is_of_proc(atom) for atom in names if atom.op is not Op.EXISTS)


def _inexact(plan: RulePlan) -> Iterator[Refusal]:
    for left in plan.left:
        fields = (read.field for read in vocabulary.reads(left.atom.left))
        others = (_REWRITES[field] for field in fields if field in _REWRITES)
        instead = _OPERATORS.get(left.atom.op) or next(others, None)
        yield Refusal(left.atom, left.reason, f"{instead}, {_APART}" if instead else _alone())
    if not plan.left:
        yield Refusal(None, "the kernel decides no more of it than the type of event", _alone())


def _alone() -> str:
    return f"take it out, {_APART}"


def _undeniable(rule: Rule, plan: RulePlan) -> Iterator[Refusal]:
    others = [kind for kind in plan.kinds if kind not in OPENS | EXECUTING | REACHING]
    if others:
        names = ", ".join(others)
        why = f"only opens, executions and what reaches into a process can be denied, not {names}"
        yield Refusal(None, why, _KILL)
    for alike, wanted in _JUDGED_AS:
        if not alike.isdisjoint(plan.kinds) and not wanted.issubset(plan.kinds):
            calls = ", ".join(sorted(alike))
            yield Refusal(None, "who denies isn't told by which call", f"ask evt.type in ({calls})")
    if rule.uses_path and rule.opened_names_only:
        yield Refusal(None, "who denies sees no name as written", "take 'names: opened' out")
    decided = (atom for atoms in plan.atoms.values() for atom in atoms)
    for atom in dict.fromkeys((*decided, *(left.atom for left in plan.left))):
        told = _unknown_before(atom, plan)
        if told:
            yield Refusal(atom, *told)


def _unknown_before(atom: Atom, plan: RulePlan) -> tuple[str, str] | None:
    """Return why a comparison has no answer before the call is made, and what to write."""
    right = () if isinstance(atom.right, tuple) else vocabulary.reads(atom.right)
    told = (_untold(read, plan) for read in (*vocabulary.reads(atom.left), *right))
    found = next((one for one in told if one), None)
    if found == _NO_DESCRIPTOR and _is_any_descriptor(atom) and REACHING.isdisjoint(plan.kinds):
        return None
    return found


def _untold(read: Read, plan: RulePlan) -> tuple[str, str] | None:
    """Return why nobody knows a field then, and what to write instead."""
    is_execution = not EXECUTING.isdisjoint(plan.kinds)
    if read.field == "fd.nameraw":
        return "who denies sees no name as written", _REWRITES[read.field]
    if is_execution and _is_argument(read):
        return "nobody can read what a program is executed with before it is", _KILL_IMAGE
    if read.field in _HOW and _is_unknown(read, plan):
        if is_execution:
            return "who denies isn't told with what it is called", _KILL_IMAGE
        return (
            "who denies isn't told how it is opened",
            "ask evt.is_open_read or evt.is_open_write alone",
        )
    if read.field in _WHEN_DONE:
        return "what is denied has no result", "take it out: what is denied always fails"
    return _NO_DESCRIPTOR if read.field == "fd.num" else None


def _is_unknown(read: Read, plan: RulePlan) -> bool:
    """Whether it is asked for what some call that a rule is about is made with, and not told so."""
    if read.field != "evt.arg" or read.argument is None:
        return True
    asked = ((kind, parameter_words.parameter(kind, read.argument)) for kind in plan.kinds)
    return any(
        found is not None and (kind not in REACHING or found.meaning is Meaning.RESULT)
        for kind, found in asked
    )


def _is_argument(read: Read) -> bool:
    """Whether it is asked of the process itself what it was executed with."""
    of_itself = read.field in _CREATORS_ARGUMENTS and read.argument == "0"
    return of_itself or read.field in _ARGUMENTS


def _is_any_descriptor(atom: Atom) -> bool:
    return isinstance(atom.left, Read) and atom.op is Op.GE and atom.right == (0,)


def _is_of_proc(atom: Atom) -> bool:
    constants = atom.right if isinstance(atom.right, tuple) else ()
    return any(isinstance(one, bytes) and one.startswith(_PROC) for one in constants)
