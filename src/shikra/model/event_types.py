"""
What ``evt.type`` can be, and which of them the kernel source makes.

The names are Falco's: a rule may use any of them, and is told if nothing makes that event yet.
"""

from collections.abc import Mapping

from shikra.model import calls, event_type

PRODUCED: Mapping[str, event_type.EventType] = calls.CALLS
"""What the kernel source makes now, by name."""

_WITH_ARGUMENTS = """
accept accept4 access asyncevent bind bpf brk capset chdir chmod chown chroot clone clone3 close
close_range connect container copy_file_range cpu_hotplug creat delete_module drop dup dup2 dup3
epoll_create epoll_create1 epoll_wait eventfd eventfd2 execve execveat fchdir fchmod fchmodat
fchown fchownat fcntl finit_module flock fork fsconfig fstat fstat64 futex getcwd getdents
getdents64 getegid geteuid getgid getpeername getresgid getresuid getrlimit getsockname
getsockopt getuid groupadded groupdeleted infra init_module inotify_init inotify_init1
io_uring_enter io_uring_register io_uring_setup ioctl k8s keyctl kill lchown link linkat listen
llseek lseek lstat lstat64 memfd_create mesos mkdir mkdirat mknod mknodat mlock mlock2 mlockall
mmap mmap2 mount mprotect munlock munlockall munmap nanosleep newfstatat notification open
open_by_handle_at openat openat2 page_fault pidfd_getfd pidfd_open pipe pipe2 pluginevent poll
ppoll prctl pread preadv prlimit process_vm_readv process_vm_writev procexit procinfo ptrace
pwrite pwritev quotactl read readv recv recvfrom recvmmsg recvmsg rename renameat renameat2
rmdir scapevent seccomp select semctl semget semop send sendfile sendmmsg sendmsg sendto setgid
setns setpgid setregid setresgid setresuid setreuid setrlimit setsid setsockopt setuid shutdown
signaldeliver signalfd signalfd4 socket socketpair splice stat stat64 switch symlink symlinkat
syscall task task_file_anon_inode task_file_directory task_file_memfd task_file_pipe
task_file_regular task_file_socket_inet task_file_socket_inet6 task_file_socket_netlink
task_file_socket_unix tgkill timerfd_create tkill tracer umount umount2 unlink unlinkat unshare
useradded userdeleted userfaultfd vfork write writev
"""

_PLAIN_SYSTEM_CALLS = """
acct add_key adjtimex afs_syscall alarm arch_prctl cachestat capget clock_adjtime
clock_adjtime64 clock_getres clock_gettime clock_gettime64 clock_nanosleep clock_settime
clock_settime64 create_module epoll_ctl epoll_ctl_old epoll_pwait epoll_pwait2 epoll_wait_old
exit exit_group faccessat faccessat2 fadvise64 fadvise64_64 fallocate fanotify_init
fanotify_mark fchmodat2 fcntl64 fdatasync fgetxattr file_getattr file_setattr flistxattr
fremovexattr fsetxattr fsmount fsopen fspick fstatat fstatat64 fstatfs fstatfs64 fsync ftruncate
ftruncate64 futex_requeue futex_wait futex_waitv futex_wake futimesat get_kernel_syms
get_mempolicy get_robust_list get_thread_area getcpu getgroups getitimer getpgid getpgrp getpid
getpmsg getppid getpriority getrandom getrusage getsid gettid gettimeofday getxattr getxattrat
inotify_add_watch inotify_rm_watch io_cancel io_destroy io_getevents io_pgetevents io_setup
io_submit ioperm iopl ioprio_get ioprio_set kcmp kexec_file_load kexec_load landlock_add_rule
landlock_create_ruleset landlock_restrict_self lgetxattr listmount listxattr listxattrat
llistxattr lookup_dcookie lremovexattr lsetxattr lsm_get_self_attr lsm_list_modules
lsm_set_self_attr madvise map_shadow_stack mbind membarrier memfd_secret migrate_pages mincore
modify_ldt mount_setattr move_mount move_pages mq_getsetattr mq_notify mq_open mq_timedreceive
mq_timedsend mq_unlink mremap mseal msgctl msgget msgrcv msgsnd msync name_to_handle_at
nfsservctl open_tree open_tree_attr pause perf_event_open personality pidfd_send_signal
pivot_root pkey_alloc pkey_free pkey_mprotect pread64 preadv2 prlimit64 process_madvise
process_mrelease pselect6 putpmsg pwrite64 pwritev2 query_module quotactl_fd readahead readlink
readlinkat reboot remap_file_pages removexattr removexattrat request_key restart_syscall rseq
rt_sigaction rt_sigpending rt_sigprocmask rt_sigqueueinfo rt_sigreturn rt_sigsuspend
rt_sigtimedwait rt_tgsigqueueinfo sched_get_priority_max sched_get_priority_min
sched_getaffinity sched_getattr sched_getparam sched_getscheduler sched_rr_get_interval
sched_setaffinity sched_setattr sched_setparam sched_setscheduler sched_yield security
semtimedop sendfile64 set_mempolicy set_mempolicy_home_node set_robust_list set_thread_area
set_tid_address setdomainname setfsgid setfsuid setgroups sethostname setitimer setpriority
settimeofday setxattr setxattrat shmat shmctl shmdt shmget sigaltstack statfs statfs64 statmount
statx swapoff swapon sync sync_file_range sync_file_range2 syncfs sysfs sysinfo syslog tee time
timer_create timer_delete timer_getoverrun timer_gettime timer_gettime64 timer_settime
timer_settime64 timerfd_gettime timerfd_gettime64 timerfd_settime timerfd_settime64 times
truncate truncate64 tuxcall umask uname uretprobe uselib ustat utime utimensat utimes vhangup
vmsplice vserver wait4 waitid
"""


NAMES: frozenset[str] = frozenset((_WITH_ARGUMENTS + _PLAIN_SYSTEM_CALLS).split())
"""Every type that a rule on system calls may name."""

OTHER_SOURCES: Mapping[str, frozenset[str]] = {"k8s_audit": frozenset({"pluginevent"})}
"""The types of the sources beside system calls; a rule of such a source can't name them."""
