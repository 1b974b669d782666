/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0 */
/*
 * What the kernel knows of a task: its ids, its namespaces, its cgroup, its executable.
 *
 * A cgroup may also come from where the verifier doesn't know its type any more: see CAST.
 */
#ifndef SHIKRA_TASK_H
#define SHIKRA_TASK_H

#include "maps.h"

#define MAX_CGROUP_ANCESTORS 4
#define UNSET_ID 0xffffffff

/* A device number as stat(2) gives it; the kernel keeps 12 bits of major over 20 of minor. */
static __always_inline u32 device_for_user(u32 major, u32 minor)
{
	return (minor & 0xff) | (major << 8) | ((minor & ~0xffu) << 12);
}

static __always_inline u64 device_of(u32 kernel_device)
{
	return device_for_user(kernel_device >> 20, kernel_device & 0xfffff);
}

/* A pid's number in the pid namespace of this depth; 0 is the host's. */
static __always_inline struct upid number_at(struct pid *pid, u32 level)
{
	struct upid number = {};

	if (level == 0) {
		number.nr = TASK(pid->numbers[0].nr);
		number.ns = TASK(pid->numbers[0].ns);
	} else if (level == 1 && has_open_numbers()) {	/* most containers; others cost a call */
		number.nr = TASK(pid->numbers[1].nr);
		number.ns = TASK(pid->numbers[1].ns);
	} else {
		bpf_probe_read_kernel(&number, sizeof(number),
				      (void *)&pid->numbers[0] + level * sizeof(number));
	}
	return number;
}

/* The same, if the pid has a number in this very namespace. */
static __always_inline u32 number_in(struct pid *pid, u32 level, struct pid_namespace *namespace)
{
	struct upid number;

	if (TASK(pid->level) < level)
		return 0;
	number = number_at(pid, level);
	return number.ns == namespace ? number.nr : 0;
}

static __always_inline u32 vpid_of(struct task_struct *task)
{
	struct pid *pid = TASK(task->thread_pid);

	return number_at(pid, TASK(pid->level)).nr;
}

static __always_inline u32 pid_namespace_of(struct task_struct *task)
{
	struct pid *pid = TASK(task->thread_pid);

	return READ(number_at(pid, TASK(pid->level)).ns->ns.inum);
}

static __always_inline u32 terminal_of(struct task_struct *task)
{
	struct signal_struct *signal = TASK(task->signal);
	struct tty_struct *tty = TASK(signal->tty);
	struct tty_driver *driver;

	if (!tty)
		return 0;
	driver = TASK(tty->driver);
	return device_for_user(TASK(driver->major), TASK(driver->minor_start) + TASK(tty->index));
}

static __always_inline void ids_of_user(struct ids *ids, struct cred *cred)
{
	ids->uid = TASK(cred->uid.val);
	ids->gid = TASK(cred->gid.val);
	ids->euid = TASK(cred->euid.val);
	ids->egid = TASK(cred->egid.val);
}

static __noinline void ids_fill(struct ids *ids, struct task_struct *task)
{
	struct signal_struct *signal = TASK(task->signal);
	struct task_struct *leader = TASK(task->group_leader);
	struct pid *session = TASK(signal->pids[PID_OF_SESSION]);
	struct pid *group = TASK(signal->pids[PID_OF_GROUP]);
	struct pid *pid = TASK(task->thread_pid);
	u32 level = TASK(pid->level);
	struct upid number = number_at(pid, level);

	ids->pid = TASK(task->tgid);
	ids->tid = TASK(task->pid);
	ids->vpid = number_in(TASK(leader->thread_pid), level, number.ns);
	ids->vtid = number.nr;
	ids->sid = TASK(session->numbers[0].nr);
	ids->pgid = TASK(group->numbers[0].nr);
	ids->vsid = number_in(session, level, number.ns);
	ids->vpgid = number_in(group, level, number.ns);
	ids_of_user(ids, TASK(task->cred));
	/* absent without CONFIG_AUDIT */
	ids->loginuid = UNSET_ID;
	if (field_exists(struct task_struct, loginuid))
		ids->loginuid = TASK(task->loginuid.val);
	ids->tty = terminal_of(task);
}

/* The task's cgroup in the chosen hierarchy. */
static __always_inline struct cgroup *cgroup_of(struct task_struct *task, struct settings *settings)
{
	struct css_set *set = TASK(task->cgroups);
	struct cgroup_subsys_state *memory;

	if (settings->hierarchy == HIERARCHY_DEFAULT)
		return TASK(set->dfl_cgrp);
	if (!enum_exists(enum cgroup_subsys_id, memory_cgrp_id))
		return NULL;
	memory = TASK(set->subsys[enum_value(enum cgroup_subsys_id, memory_cgrp_id)]);
	return TASK(memory->cgroup);
}

/* Whether others are in the very cgroups that the task is in. */
static __always_inline int has_company(struct task_struct *task)
{
	struct css_set *set = TASK(task->cgroups);

	return TASK(set->nr_tasks) > 1;
}

static __always_inline u64 cgroup_id(struct cgroup *cgroup)
{
	struct kernfs_node *node;

	if (!cgroup)
		return 0;
	node = LOAD(cgroup->kn);
	return LOAD(node->id);
}

static __always_inline char *cgroup_name(struct cgroup *cgroup)
{
	struct kernfs_node *node = LOAD(cgroup->kn);

	return LOAD(node->name);
}

static __always_inline struct cgroup *cgroup_parent(struct cgroup *cgroup)
{
	struct cgroup_subsys_state *parent = LOAD(cgroup->self.parent);

	return parent ? LOAD(parent->cgroup) : NULL;
}

static __always_inline u32 mount_namespace_of(struct task_struct *task)
{
	struct nsproxy *namespaces = TASK(task->nsproxy);
	struct mnt_namespace *mounts = TASK(namespaces->mnt_ns);

	return TASK(mounts->ns.inum);
}

static __always_inline u64 mount_event_of(struct task_struct *task)
{
	struct nsproxy *namespaces = TASK(task->nsproxy);
	struct mnt_namespace *mounts = TASK(namespaces->mnt_ns);

	return TASK(mounts->event);
}

#endif
