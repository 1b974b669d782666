/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0 */
/*
 * What the kernel knows of a task: its ids, its namespaces, its cgroup, its executable.
 *
 * The task is one that the verifier knows the type of, so members are read directly.
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

/* The number of a pid in the namespace of this depth; in the host's it is that of depth 0. */
static __always_inline struct upid *number_at(struct pid *pid, u32 level)
{
	return (void *)pid + field_offset(struct pid, numbers) +
	       level * type_size(struct upid);
}

static __always_inline u32 pid_in(struct pid *pid, u32 level, struct pid_namespace *namespace)
{
	struct upid *number = number_at(pid, level);

	if (READ(pid->level) < level || READ(number->ns) != namespace)
		return 0;
	return READ(number->nr);
}

static __always_inline struct pid_namespace *pid_namespace_of(struct task_struct *task)
{
	struct pid *pid = READ(task->thread_pid);

	return READ(number_at(pid, READ(pid->level))->ns);
}

static __always_inline u32 vpid_of(struct task_struct *task)
{
	struct pid *pid = READ(task->thread_pid);

	return READ(number_at(pid, READ(pid->level))->nr);
}

static __always_inline u32 terminal_of(struct task_struct *task)
{
	struct tty_struct *tty = task->signal->tty;
	struct tty_driver *driver;

	if (!tty)
		return 0;
	driver = tty->driver;
	return device_for_user(driver->major, driver->minor_start + tty->index);
}

static __noinline void ids_fill(struct ids *ids, struct task_struct *task)
{
	struct signal_struct *signal = task->signal;
	struct cred *cred = task->cred;
	struct pid *pid = READ(task->thread_pid);
	struct pid *leader = READ(task->group_leader->thread_pid);
	struct pid *session = READ(signal->pids[PID_OF_SESSION]);
	struct pid *group = READ(signal->pids[PID_OF_GROUP]);
	u32 level = READ(pid->level);
	struct pid_namespace *namespace = READ(number_at(pid, level)->ns);

	ids->pid = task->tgid;
	ids->tid = task->pid;
	ids->vpid = pid_in(leader, level, namespace);
	ids->vtid = READ(number_at(pid, level)->nr);
	ids->sid = READ(session->numbers[0].nr);
	ids->pgid = READ(group->numbers[0].nr);
	ids->vsid = pid_in(session, level, namespace);
	ids->vpgid = pid_in(group, level, namespace);
	ids->uid = cred->uid.val;
	ids->gid = cred->gid.val;
	ids->euid = cred->euid.val;
	ids->egid = cred->egid.val;
	/* absent without CONFIG_AUDIT */
	ids->loginuid = field_exists(struct task_struct, loginuid) ? task->loginuid.val : UNSET_ID;
	ids->tty = terminal_of(task);
}

/* The task's cgroup in the chosen hierarchy. */
static __always_inline struct cgroup *cgroup_of(struct task_struct *task, struct settings *settings)
{
	struct css_set *set = READ(task->cgroups);
	struct cgroup_subsys_state *memory;

	if (settings->hierarchy == HIERARCHY_DEFAULT)
		return READ(set->dfl_cgrp);
	if (!enum_exists(enum cgroup_subsys_id, memory_cgrp_id))
		return NULL;
	memory = READ(set->subsys[enum_value(enum cgroup_subsys_id, memory_cgrp_id)]);
	return READ(memory->cgroup);
}

static __always_inline u64 cgroup_id(struct cgroup *cgroup)
{
	return cgroup ? READ(READ(cgroup->kn)->id) : 0;
}

static __always_inline struct cgroup *cgroup_parent(struct cgroup *cgroup)
{
	struct cgroup_subsys_state *parent = READ(cgroup->self.parent);

	return parent ? READ(parent->cgroup) : NULL;
}

static __always_inline u32 mount_namespace_of(struct task_struct *task)
{
	return task->nsproxy->mnt_ns->ns.inum;
}

#endif
