"""
The types of the arguments of events, as numbers and texts: what ``evt.rawarg`` holds.

In: the name of an argument. Out: its type, in whichever event it first has one. Arguments whose
values are of several kinds, or structures, are left out: ``evt.arg`` has their text.
"""

from collections.abc import Mapping

from shikra.model.field import Sort
from shikra.model.fields.rows import (
    ABSOLUTE_TIME,
    ADDRESS,
    BYTES,
    PORT,
    RELATIVE_TIME,
    SIGNED,
    TEXT,
    UNSIGNED,
)

_NAMES: Mapping[Sort, str] = {
    Sort(ABSOLUTE_TIME): """
exe_ino_ctime exe_ino_mtime start_time
    """,
    Sort(ADDRESS): """
local_ip remote_ip
    """,
    Sort(BYTES): """
args cgroups data env img msgcontrol value_bytebuf
    """,
    Sort(PORT): """
local_port remote_port
    """,
    Sort(RELATIVE_TIME): """
dqb_btime dqb_itime dqi_bgrace dqi_igrace interval
    """,
    Sort(SIGNED, 16): """
sem_op_0 sem_op_1
    """,
    Sort(SIGNED, 32): """
aux backlog key nsems ppid semid semnum sid tty vtgid
    """,
    Sort(SIGNED): """
arg2_int cur dirfd dpid fd fd1 fd2 fd_in fd_out fdin fdout in_fd linkdirfd max maxevents
mountfd newcur newdir newdirfd newfd newmax next oldcur olddir olddirfd oldfd oldmax out_fd
pgid pid pid_fd ptid reaper_tid res ret spid status target_fd tid timeout vpgid vpid vtid
    """,
    Sort(TEXT): """
arg2_str comm container_id cwd desc description dir exe exepath filename home image json
linkpath name newpath oldpath path pathname quotafilepath root scope shell special sun_path
target trusted_exepath uargs value_charbuf
    """,
    Sort(UNSIGNED, 8): """
clockid cmd core dqi_flags fd_type how level optname queuepct quota_fmt quota_fmt_out resource
sig whence
    """,
    Sort(UNSIGNED, 16): """
ID creat_flags nativeID op opcode sem_flg_0 sem_flg_1 sem_num_0 sem_num_1 sk_proto sk_type
    """,
    Sort(UNSIGNED, 32): """
action cpu cq_entries dev domain egid entries error euid event_type features first flags gid
id last loginuid mask min_complete mnt_id mode nr_args nsops nstype operation option optlen
plugin_id prot proto queuelen queuemax ratio resolve rgid ruid semflg sgid sigmask size
sq_entries sq_thread_cpu sq_thread_idle suid to_submit type uid vm_rss vm_size vm_swap
    """,
    Sort(UNSIGNED): """
arg argument cap_effective cap_inheritable cap_permitted cpu_sys cpu_usr dqb_bhardlimit
dqb_bsoftlimit dqb_curspace dqb_ihardlimit dqb_isoftlimit event_data exe_ino exe_ino_num
fdlimit initval ino ino_num ip len length offin offout offset peer pgft_maj pgft_min pgoffset
pidns_init_start_ts pos request sk_pointer source
    """,
}

SORTS: Mapping[str, Sort] = {name: sort for sort, names in _NAMES.items() for name in names.split()}
"""The type of each argument, by its name."""
