/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0 */
/*
 * The kernel's own structures, as far as they are read here.
 *
 * Only names and kinds of members matter: libbpf puts the running kernel's offsets in at load
 * time. What differs between kernel versions stands here and nowhere else, with its commit.
 * The processor is x86-64: registers, system call numbers and the mark of 32-bit calls.
 */
#ifndef SHIKRA_KERNEL_H
#define SHIKRA_KERNEL_H

#include "bpf.h"

#define PF_KTHREAD 0x00200000
#define CLONE_THREAD 0x00010000
#define TS_COMPAT 0x0002		/* thread_info.status: inside a 32-bit system call */
#define S_IFMT 0170000
#define S_IFDIR 0040000
#define S_IFSOCK 0140000
#define AT_FDCWD (-100)
#define RESOLVE_IN_ROOT 0x10		/* openat2: absolute names start from the descriptor, too */
#define NAME_MAX 255
#define PATH_MAX 4096

enum pid_kind { PID_OF_GROUP = 2, PID_OF_SESSION = 3 };	/* enum pid_type; since 4.19, 2c4704756cab */

enum cgroup_subsys_id { memory_cgrp_id };	/* the value is the running kernel's */

struct thread_info {
	unsigned int status;
} __relocated;

typedef struct {
	unsigned int val;
} kuid_t;

typedef struct {
	int counter;
} atomic_t;

struct pt_regs {
	unsigned long di, si, dx, r10, r8, r9, orig_ax;
} __relocated;

struct super_block {
	unsigned int s_dev;
} __relocated;

struct inode {
	unsigned short i_mode;
	unsigned int i_nlink;
	unsigned long i_ino;
	struct super_block *i_sb;
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
	void *private_data;
} __relocated;

struct fdtable {
	unsigned int max_fds;
	struct file **fd;
} __relocated;

struct files_struct {
	struct fdtable *fdt;
} __relocated;

struct fs_struct {
	struct path pwd;
} __relocated;

struct ns_common {
	unsigned int inum;
} __relocated;

struct mnt_namespace {
	struct ns_common ns;
	u64 event;			/* of the last change to its mounts: a count of the kernel's */
} __relocated;

struct pid_namespace {
	struct ns_common ns;
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

struct cred {
	kuid_t uid, gid, euid, egid;
} __relocated;

struct tty_driver {
	int major, minor_start;
} __relocated;

struct tty_struct {
	int index;
	struct tty_driver *driver;
} __relocated;

struct signal_struct {
	atomic_t live;
	struct pid *pids[4];
	struct tty_struct *tty;
} __relocated;

struct mm_struct {
	unsigned long arg_start, arg_end;
	struct file *exe_file;
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
} __relocated;

struct task_struct {
	struct thread_info thread_info;
	unsigned int flags;
	int pid, tgid;
	struct task_struct *real_parent, *group_leader;
	struct pid *thread_pid;
	u64 start_boottime;
	struct cred *cred;
	char comm[16];
	struct fs_struct *fs;
	struct files_struct *files;
	struct nsproxy *nsproxy;
	struct signal_struct *signal;
	struct mm_struct *mm;
	kuid_t loginuid;
	struct css_set *cgroups;
} __relocated;

struct seq_file;

struct bpf_iter_meta {
	struct seq_file *seq;
} __relocated;

struct bpf_iter__task {
	struct bpf_iter_meta *meta;
	struct task_struct *task;
} __relocated;

struct in6_addr {
	u8 bytes[16];
};

struct sock_common {
	u32 skc_daddr, skc_rcv_saddr;
	u16 skc_dport, skc_num;
	unsigned short skc_family;
	struct in6_addr skc_v6_daddr, skc_v6_rcv_saddr;
} __relocated;

struct sock {
	struct sock_common __sk_common;
	u16 sk_protocol;
} __relocated;

struct socket {
	short type;
	struct sock *sk;
} __relocated;

#endif
