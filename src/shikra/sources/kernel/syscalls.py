"""
Numbers of the system calls that become events, in each table that a task can use.

In: names or a number. Out: the numbers to ask the probe for, or the name of what was called.
A call that was made again with wider ids or lengths (``chown32``) is the same event. On i386,
``socketcall`` stands for all calls on sockets: the probe puts the number of their own in its
place. ``accept`` has none there; it is told by a number that no call has.
"""

import enum
import functools
import platform
from collections.abc import Iterable, Mapping

_TABLE = """
#                  x86_64     i386  arm64      arm
open                    2        5      -        5
openat                257      295     56      322
openat2               437      437    437      437
creat                  85        8      -        8
open_by_handle_at     304      342    265      371
mkdir                  83       39      -       39
mkdirat               258      296     34      323
mknod                 133       14      -       14
mknodat               259      297     33      324
rmdir                  84       40      -       40
unlink                 87       10      -       10
unlinkat              263      301     35      328
rename                 82       38      -       38
renameat              264      302     38      329
renameat2             316      353    276      382
link                   86        9      -        9
linkat                265      303     37      330
symlink                88       83      -       83
symlinkat             266      304     36      331
chmod                  90       15      -       15
fchmod                 91       94     52       94
fchmodat              268      306     53      333
fchmodat2             452      452    452      452
chown                  92  182,212      -  182,212
lchown                 94   16,198      -   16,198
fchown                 93   95,207     55   95,207
fchownat              260      298     54      325
truncate               76   92,193     45   92,193
ftruncate              77   93,194     46   93,194
setxattr              188      226      5      226
lsetxattr             189      227      6      227
fsetxattr             190      228      7      228
setxattrat            463      463    463      463
chdir                  80       12     49       12
fchdir                 81      133     50      133
chroot                161       61     51       61
mount                 165       21     40       21
umount                  -       22      -        -
umount2               166       52     39       52
pivot_root            155      217     41      218
open_tree             428      428    428      428
move_mount            429      429    429      429
mount_setattr         442      442    442      442
fsopen                430      430    430      430
fspick                433      433    433      433
fsconfig              431      431    431      431
fsmount               432      432    432      432
socket                 41      359    198      281
socketpair             53      360    199      288
bind                   49      361    200      282
listen                 50      363    201      284
accept                 43      511    202      285
accept4               288      364    242      366
connect                42      362    203      283
sendto                 44      369    206      290
sendmsg                46      370    211      296
sendmmsg              307      345    269      374
recvfrom               45      371    207      292
recvmsg                47      372    212      297
dup                    32       41     23       41
dup2                   33       63      -       63
dup3                  292      330     24      358
fcntl                  72   55,221     25   55,221
memfd_create          319      356    279      385
userfaultfd           323      374    282      388
io_uring_setup        425      425    425      425
pidfd_open            434      434    434      434
pidfd_getfd           438      438    438      438
setns                 308      346    268      375
execve                 59       11    221       11
execveat              322      358    281      387
clone                  56      120    220      120
clone3                435      435    435      435
fork                   57        2      -        2
vfork                  58      190      -      190
unshare               272      310     97      337
capset                126      185     91      185
prctl                 157      172    167      172
setuid                105   23,213    146   23,213
setreuid              113   70,203    145   70,203
setresuid             117  164,208    147  164,208
setgid                106   46,214    144   46,214
setregid              114   71,204    143   71,204
setresgid             119  170,210    149  170,210
kill                   62       37    129       37
tkill                 200      238    130      238
tgkill                234      270    131      268
rt_sigqueueinfo       129      178    138      178
rt_tgsigqueueinfo     297      335    240      363
pidfd_send_signal     424      424    424      424
ptrace                101       26    117       26
process_vm_readv      310      347    270      376
process_vm_writev     311      348    271      377
bpf                   321      357    280      386
init_module           175      128    105      128
finit_module          313      350    273      379
delete_module         176      129    106      129
keyctl                250      288    219      311
mprotect               10      125    226      125
pkey_mprotect         329      380    288      394
"""
_COLUMNS = ("x86_64", "i386", "arm64", "arm")

SOCKETCALL = 102
SOCKETCALL_ACCEPT = 511  # as in bpf/calls/registers_x86.h
_BY_SOCKETCALL = frozenset(
    (
        *("socket", "socketpair", "bind", "listen", "accept", "accept4", "connect"),
        *("sendto", "sendmsg", "sendmmsg", "recvfrom", "recvmsg"),
    )
)


class Table(enum.Enum):
    """Which numbers a call was made by."""

    NATIVE = "native"
    COMPAT = "compat"  # the 32-bit table of a 64-bit kernel


_TABLES: Mapping[str, Mapping[Table, str]] = {
    "x86_64": {Table.NATIVE: "x86_64", Table.COMPAT: "i386"},
    "aarch64": {Table.NATIVE: "arm64", Table.COMPAT: "arm"},
}


_OF_SENSOR = ("setns", "rename", "renameat", "renameat2")
_GETCPU: Mapping[str, int] = {"x86_64": 309, "aarch64": 168}


def of_sensor(table: Table, machine: str | None = None) -> tuple[int, ...]:
    """
    Return what the sensor itself needs.

    Where a process went, which directories were moved, and its own signs of life.
    """
    needed = numbers(table, _OF_SENSOR, machine)
    if table is Table.NATIVE:
        needed.append(_GETCPU[machine or platform.machine()])
    return tuple(needed)


def numbers(table: Table, names: Iterable[str], machine: str | None = None) -> list[int]:
    """Return the numbers to ask for, so that calls of these names are told."""
    column, wanted = _column(table, machine), frozenset(names)
    asked = {number for name, has in _known(column).items() if name in wanted for number in has}
    if column == "i386" and wanted & _BY_SOCKETCALL:
        asked.add(SOCKETCALL)
    return sorted(asked)


def names(table: Table, machine: str | None = None) -> dict[int, str]:
    """Return names by number, as records have it."""
    known = _known(_column(table, machine))
    return {number: name for name, has in known.items() for number in has}


def _column(table: Table, machine: str | None) -> str:
    return _TABLES[machine or platform.machine()][table]


@functools.cache
def _known(column: str) -> Mapping[str, tuple[int, ...]]:
    """Return the numbers of each name: more than one where a call was made again, or none."""
    at = _COLUMNS.index(column) + 1
    rows = (line.split() for line in _TABLE.splitlines() if line and not line.startswith("#"))
    return {row[0]: tuple(map(int, row[at].split(","))) for row in rows if row[at] != "-"}
