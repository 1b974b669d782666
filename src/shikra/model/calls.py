"""
The system calls that become events, and their arguments.

A row is one type of event, see ``event_type.parse``. Names and order of the arguments are Falco's,
where Falco has the call; what Falco doesn't have comes last. The register of an argument is its
place in the call, from 0. What a call keeps in a struct stands where the call without one has it:
``openat2`` has its mode at 3 as ``openat``, ``sendmsg`` its address at 4 as ``sendto``.
"""

from collections.abc import Mapping

from shikra.model import event_type

_FILES = """
open            file  fd=object name=name@0 flags=open_flags@1:file_flags mode=mode@2
                      dev=device ino=inode
openat          file  fd=object dirfd=directory@0 name=name@1 flags=open_flags@2:file_flags
                      mode=mode@3 dev=device ino=inode
openat2         file  fd=object dirfd=directory@0 name=name@1 flags=open_flags@2:file_flags
                      mode=mode@3 resolve=flags@4:openat2_flags dev=device ino=inode
creat           file  fd=object name=name@0 mode=mode@1 dev=device ino=inode
                      creat_flags=open_flags:file_flags
open_by_handle_at file  fd=object mountfd=descriptor@0 flags=open_flags@2:file_flags
                      path=field:fd.name dev=device ino=inode
mkdir           file  res=result path=name@0 mode=mode@1
mkdirat         file  res=result dirfd=directory@0 path=name@1 mode=mode@2
mknod           other res=result path=name@0 mode=mode@1:mknod_mode dev=number@2
mknodat         other res=result dirfd=directory@0 path=name@1 mode=mode@2:mknod_mode dev=number@3
rmdir           file  res=result path=name@0
unlink          file  res=result path=name@0
unlinkat        file  res=result dirfd=directory@0 name=name@1 flags=flags@2:unlinkat_flags
rename          file  res=result oldpath=name@0 newpath=target@1
renameat        file  res=result olddirfd=directory@0 oldpath=name@1 newdirfd=target_directory@2
                      newpath=target@3
renameat2       file  res=result olddirfd=directory@0 oldpath=name@1 newdirfd=target_directory@2
                      newpath=target@3 flags=flags@4:renameat2_flags
link            file  res=result oldpath=target@0 newpath=name@1
linkat          file  res=result olddir=target_directory@0 oldpath=target@1 newdir=directory@2
                      newpath=name@3 flags=flags@4:linkat_flags
symlink         file  res=result target=target@0 linkpath=name@1
symlinkat       file  res=result target=target@0 linkdirfd=directory@1 linkpath=name@2
chmod           file  res=result filename=name@0 mode=mode@1:chmod_mode
fchmod          file  res=result fd=object@0 mode=mode@1:chmod_mode
fchmodat        file  res=result dirfd=directory@0 filename=name@1 mode=mode@2:chmod_mode
fchmodat2       other res=result dirfd=directory@0 filename=name@1 mode=mode@2:chmod_mode
                      flags=flags@3:fchownat_flags
chown           file  res=result path=name@0 uid=user@1 gid=group@2
lchown          file  res=result path=name@0 uid=user@1 gid=group@2
fchown          file  res=result fd=object@0 uid=user@1 gid=group@2
fchownat        file  res=result dirfd=directory@0 pathname=name@1 uid=user@2 gid=group@3
                      flags=flags@4:fchownat_flags
truncate        other res=result path=name@0 length=size@1
ftruncate       other res=result fd=object@0 length=size@1
setxattr        other res=result path=name@0 name=text@1 size=size@3 flags=flags@4:xattr_flags
lsetxattr       other res=result path=name@0 name=text@1 size=size@3 flags=flags@4:xattr_flags
fsetxattr       other res=result fd=object@0 name=text@1 size=size@3 flags=flags@4:xattr_flags
setxattrat      other res=result dirfd=directory@0 path=name@1 flags=flags@2:fchownat_flags
                      name=text@3
chdir           file  res=result path=name@0
fchdir          file  res=result fd=object@0
chroot          process res=result path=name@0
"""

_MOUNTS = """
mount           file  res=result dev=name@0 dir=target@1 type=text@2 flags=flags@3:mount_flags
umount          file  res=result name=name@0
umount2         file  res=result name=name@0 flags=flags@1:umount_flags
pivot_root      other res=result new_root=name@0 put_old=target@1
open_tree       other fd=object dirfd=directory@0 path=name@1 flags=flags@2:open_tree_flags
move_mount      other res=result from_dirfd=directory@0 from_path=name@1
                      to_dirfd=target_directory@2 to_path=target@3 flags=flags@4:move_mount_flags
mount_setattr   other res=result dirfd=directory@0 path=name@1 flags=flags@2:open_tree_flags
fsopen          other fd=object fsname=text@0 flags=flags@1:fsopen_flags
fspick          other fd=object dirfd=directory@0 path=name@1 flags=flags@2:fspick_flags
fsconfig        system res=result fd=object@0 cmd=choice@1:fsconfig_cmds key=text@2 value_bytebuf
                      value_charbuf aux=signed@4
fsmount         other fd=object fs_fd=descriptor@0 flags=flags@1:fsmount_flags
                      attr_flags=flags@2:mount_attributes
"""

_SOCKETS = """
socket          net   fd=object domain=choice@0:socket_families type=number@1 proto=number@2
                      flags=flags@1:socket_flags
socketpair      ipc   res=result fd1 fd2 source peer domain=choice@0:socket_families
                      type=number@1 proto=number@2
bind            net   res=result addr=own@1 fd=object@0
listen          net   res=result fd=object@0 backlog=signed@1
accept          net   fd=object tuple=ends queuepct queuelen queuemax
accept4         net   fd=object tuple=ends queuepct queuelen queuemax flags=flags@3:socket_flags
connect         net   res=result tuple=ends fd=object@0 addr=peer@1
sendto          net   res=result data=data@1:evt.buffer fd=object@0 size=size@2 tuple=ends
                      addr=peer@4
sendmsg         net   res=result data=data@1:evt.buffer fd=object@0 size tuple=ends addr=peer@4
sendmmsg        net   res=result fd=object@0 size data tuple=ends addr=peer@4
recvfrom        net   res=result data=data@1:evt.buffer tuple=ends fd=object@0 size=size@2
                      addr=peer@4
recvmsg         net   res=result size data=data@1:evt.buffer tuple=ends msgcontrol fd=object@0
                      addr=peer@4
"""

_DESCRIPTORS = """
dup             file  res=result oldfd=descriptor@0 fd=object
dup2            file  res=result oldfd=descriptor@0 newfd=descriptor@1 fd=object
dup3            file  res=result oldfd=descriptor@0 newfd=descriptor@1 flags=flags@2:file_flags
                      fd=object
fcntl           file  res=result fd=object@0 cmd=choice@1:fcntl_commands arg=size@2
memfd_create    memory fd=object name=text@0 flags=flags@1:memfd_create_flags
userfaultfd     file  res=result flags=flags@0:file_flags fd=object
io_uring_setup  file  res=result entries=number@0 sq_entries=number@2 cq_entries=number@3
                      flags=flags@1:io_uring_setup_flags sq_thread_cpu=number@4
                      sq_thread_idle=number@5 features fd=object
pidfd_open      process fd=object pid=process@0 flags=flags@1:pidfd_open_flags
pidfd_getfd     process fd=object pid_fd=descriptor@0 target_fd=descriptor@1 flags=number@2
setns           process res=result fd=object@0 nstype=flags@1:clone_flags
"""

_IMAGE = """res=result exe=field:proc.exe args=field:proc.args tid=field:thread.tid
    pid=field:proc.pid ptid=field:proc.ppid cwd=field:proc.cwd fdlimit=field:proc.fdlimit
    pgft_maj=field:thread.pfmajor pgft_min=field:thread.pfminor vm_size=field:proc.vmsize
    vm_rss=field:proc.vmrss vm_swap=field:proc.vmswap comm=field:proc.name cgroups"""
_EXEC = f"""{_IMAGE} env=field:proc.env tty=field:proc.tty vpgid=field:proc.vpgid
    loginuid=field:user.loginuid flags cap_inheritable=field:thread.cap_inheritable
    cap_permitted=field:thread.cap_permitted cap_effective=field:thread.cap_effective
    exe_ino=field:proc.exe_ino exe_ino_ctime=field:proc.exe_ino.ctime
    exe_ino_mtime=field:proc.exe_ino.mtime uid=field:user.uid
    trusted_exepath=field:proc.exepath pgid=field:proc.pgid gid=field:group.gid"""
_CLONE = """uid=field:user.uid gid=field:group.gid vtid=field:thread.vtid vpid=field:proc.vpid
    pidns_init_start_ts=field:proc.pidns_init_start_ts"""

_PROCESSES = f"""
execve          process {_EXEC} filename=name@0
execveat        process {_EXEC} dirfd=directory@0 filename=name@1
clone           process {_IMAGE} flags=flags@0:clone_flags {_CLONE}
clone3          process {_IMAGE} flags=flags@0:clone_flags {_CLONE}
fork            process {_IMAGE} flags {_CLONE}
vfork           process {_IMAGE} flags {_CLONE}
unshare         process res=result flags=flags@0:clone_flags
capset          process res=result cap_inheritable=size@0 cap_permitted=size@1
                      cap_effective=size@2
prctl           process res=result option=choice@0:prctl_options arg2_str=text@1 arg2_int=size@1
setuid          user  res=result uid=user@0
setreuid        user  res=result ruid=user@0 euid=user@1
setresuid       user  res=result ruid=user@0 euid=user@1 suid=user@2
setgid          user  res=result gid=group@0
setregid        user  res=result rgid=group@0 egid=group@1
setresgid       user  res=result rgid=group@0 egid=group@1 sgid=group@2
kill            signal res=result pid=process@0 sig=signal@1
tkill           signal res=result tid=process@0 sig=signal@1
tgkill          signal res=result pid=process@0 tid=process@1 sig=signal@2
rt_sigqueueinfo other res=result pid=process@0 sig=signal@1
rt_tgsigqueueinfo other res=result pid=process@0 tid=process@1 sig=signal@2
pidfd_send_signal other res=result pid_fd=descriptor@0 sig=signal@1
ptrace          process res=result addr=size@2 data=size@3 request=choice@0:ptrace_requests
                      pid=process@1
process_vm_readv ipc  res=result pid=process@0 data
process_vm_writev ipc res=result pid=process@0 data
"""

_KERNEL = """
bpf             other fd=result cmd=choice@0:bpf_commands
init_module     other res=result img length=size@1 uargs=text@2
finit_module    other res=result fd=object@0 uargs=text@1 flags=flags@2:finit_module_flags
delete_module   other res=result name=text@0 flags=flags@1:delete_module_flags
keyctl          other res=result operation=choice@0:keyctl_operations arg2=size@1 arg3=size@2
                      arg4=size@3 arg5=size@4
mprotect        memory res=result addr=size@0 length=size@1 prot=flags@2:prot_flags
pkey_mprotect   other res=result addr=size@0 length=size@1 prot=flags@2:prot_flags
"""

_TABLES = (_FILES, _MOUNTS, _SOCKETS, _DESCRIPTORS, _PROCESSES, _KERNEL)

CALLS: Mapping[str, event_type.EventType] = {
    made.name: made for table in _TABLES for made in event_type.parse(table)
}
"""Each call by its name."""
