/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0 */
/*
 * The kernel's own structures, as far as they are read here.
 *
 * Only names and kinds of members matter: libbpf puts the running kernel's offsets in at load
 * time. What differs between kernel versions stands here, and what is of credentials in the header
 * beside, with its commit, and nowhere else.
 * Members that differ between processors stand side by side; only those that are read must exist.
 */
#ifndef SHIKRA_KERNEL_H
#define SHIKRA_KERNEL_H

#include "bpf.h"

#define PF_KTHREAD 0x00200000
#define CLONE_THREAD 0x00010000
#define S_IFMT 0170000
#define S_IFDIR 0040000
#define S_IFSOCK 0140000
#define S_IFDIR 0040000
#define AT_FDCWD (-100)
#define RESOLVE_IN_ROOT 0x10		/* openat2: absolute names start from the descriptor, too */
#define EPERM 1
#define EBADF 9
#define EFAULT 14
#define ECANCELED 125
#define NAME_MAX 255
#define PATH_MAX 4096

enum pid_kind { PID_OF_GROUP = 2, PID_OF_SESSION = 3 };	/* enum pid_type; since 4.19, 2c4704756cab */

enum cgroup_subsys_id { memory_cgrp_id };	/* the value is the running kernel's */

struct thread_info {
	unsigned long flags;
	unsigned int status;		/* x86-64 */
} __relocated;

typedef struct {
	unsigned int val;
} kuid_t;

typedef struct {
	int counter;
} atomic_t;

struct pt_regs {
	unsigned long di, si, dx, r10, r8, r9, orig_ax;		/* x86-64 */
	unsigned long bx, cx, bp;	/* of 32-bit calls, beside dx, si and di */
	u64 regs[6], orig_x0;		/* arm64 */
	int syscallno;
} __relocated;

struct super_block {
	unsigned int s_dev;
	unsigned long s_flags, s_magic;
} __relocated;

struct timespec64 {
	s64 tv_sec;
	long tv_nsec;
} __relocated;

struct inode {
	unsigned short i_mode;
	kuid_t i_uid, i_gid;
	unsigned int i_flags, i_nlink;
	unsigned long i_ino;
	struct super_block *i_sb;
	struct timespec64 i_ctime, i_mtime;	/* before 6.6, 13bc24457850; mtime: 6.7, 12cd44023651 */
	struct timespec64 __i_ctime, __i_mtime;	/* before 6.11, 3aa63a569c64 */
	s64 i_ctime_sec, i_mtime_sec;
	u32 i_ctime_nsec, i_mtime_nsec;		/* since 6.13, 4e40eff0b573, the top bit is a flag */
} __relocated;

/* What overlayfs keeps of a file, round the inode; a module may not be there when we are loaded. */
struct ovl_inode {
	struct inode vfs_inode;
	struct dentry *__upperdentry;	/* right after the inode: since 4.13, 09d8b586731b */
} __relocated;

struct qstr {
	unsigned int len;
	char *name;
} __relocated;

struct hlist_bl_node {
	struct hlist_bl_node **pprev;
} __relocated;

struct sequence {
	unsigned int sequence;
};

struct dentry_operations {
	void *d_dname;
} __relocated;

struct dentry {
	struct sequence d_seq;		/* its type's name changed in 5.9, 26475371976c; the place didn't */
	struct hlist_bl_node d_hash;
	struct dentry *d_parent;
	struct qstr d_name;
	struct inode *d_inode;
	struct dentry_operations *d_op;
} __relocated;

struct vfsmount {
	struct dentry *mnt_root;
	int mnt_flags;
} __relocated;

struct mnt_namespace;

struct mount {
	struct mount *mnt_parent;
	struct dentry *mnt_mountpoint;
	struct vfsmount mnt;
	struct mnt_namespace *mnt_ns;
} __relocated;

struct path {
	struct vfsmount *mnt;
	struct dentry *dentry;
} __relocated;

struct file {
	struct path f_path;
	struct inode *f_inode;
	unsigned int f_flags;
	void *private_data;
} __relocated;

/* A program that is about to be executed: the file is the interpreter where it is a script. */
struct linux_binprm {
	struct file *file;
	struct cred *cred;
	char *filename;
	unsigned int comm_from_dentry : 1;	/* since 6.14, 543841d18060 */
} __relocated;

/* Whether what has no name, or a descriptor's, is called as the file is. */
#define is_named_by_dentry(bprm)							\
	(field_exists(struct linux_binprm, comm_from_dentry) &&			\
	 READ_BITS(bprm, struct linux_binprm, comm_from_dentry))

struct fdtable {
	unsigned int max_fds;
	struct file **fd;
} __relocated;

struct files_struct {
	atomic_t count;
	struct fdtable *fdt;
} __relocated;

struct fs_struct {
	struct path root, pwd;
} __relocated;

struct ns_common {
	unsigned int inum;
} __relocated;

struct mnt_namespace {
	struct ns_common ns;
	u64 event;			/* of the last change to its mounts: a count of the kernel's */
} __relocated;

struct task_struct;

struct pid_namespace {
	struct ns_common ns;
	struct task_struct *child_reaper;
} __relocated;

struct upid {
	int nr;
	struct pid_namespace *ns;
} __relocated;

struct pid {
	unsigned int level;
	struct upid numbers[2];		/* as many as the pid is deep */
} __relocated;

/* Since 6.5 (b69f0aeb0689) the array is one without end, and the verifier lets it be followed. */
#define has_open_numbers() (field_size(struct pid, numbers) == 0)

struct nsproxy {
	struct mnt_namespace *mnt_ns;
} __relocated;

#include "kernel_credentials.h"

struct tty_driver {
	int major, minor_start;
} __relocated;

struct tty_struct {
	int index;
	struct tty_driver *driver;
} __relocated;

struct rlimit {
	unsigned long rlim_cur;
} __relocated;

struct signal_struct {
	atomic_t live;
	int nr_threads;
	struct rlimit rlim[16];
	struct pid *pids[4];
	struct tty_struct *tty;
} __relocated;

struct percpu_counter {
	s64 count;
} __relocated;

struct mm_struct {
	unsigned long arg_start, arg_end, env_start, env_end, total_vm;
	struct file *exe_file;
	struct percpu_counter rss_stat[4];	/* since 6.2, f1a7941243c1 */
} __relocated;

struct page_counter {
	s64 counter;
};

struct mm_rss_stat {
	struct page_counter count[4];
} __relocated;

struct mm_struct___plain {
	struct mm_rss_stat rss_stat;
} __relocated;

struct kernfs_node {
	char *name;
	u64 id;
} __relocated;

struct cgroup;

struct cgroup_subsys_state {
	struct cgroup *cgroup;
	struct cgroup_subsys_state *parent;
} __relocated;

struct cgroup {
	struct cgroup_subsys_state self;
	struct kernfs_node *kn;
} __relocated;

struct css_set {
	struct cgroup_subsys_state *subsys[1];
	struct cgroup *dfl_cgrp;
	int nr_tasks;
} __relocated;

struct list_head {
	struct list_head *next;
} __relocated;

struct task_struct {
	struct thread_info thread_info;
	unsigned int flags;
	int pid, tgid;
	struct task_struct *real_parent, *group_leader;
	struct pid *thread_pid;
	u64 start_boottime;
	unsigned long min_flt, maj_flt;
	struct cred *cred;
	char comm[16];
	struct fs_struct *fs;
	struct files_struct *files;
	struct nsproxy *nsproxy;
	struct signal_struct *signal;
	struct mm_struct *mm;
	kuid_t loginuid;
	struct css_set *cgroups;
	struct list_head ptraced, ptrace_entry;	/* of whom it traces, and where it stands there */
} __relocated;

struct seq_file;

struct bpf_iter_meta {
	struct seq_file *seq;
} __relocated;

struct bpf_iter__task {
	struct bpf_iter_meta *meta;
	struct task_struct *task;
} __relocated;

#include "kernel_sockets.h"

#endif
