/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0 */
/*
 * The record of an image: what the exec hook and the list of existing processes have in common.
 */
#ifndef SHIKRA_IMAGE_H
#define SHIKRA_IMAGE_H

#include "../lib/path.h"
#include "../lib/process.h"
#include "executable.h"

/*
 * The executable's path; of one without a path (a memfd) its name. Returns whether that is all of
 * it.
 */
static __noinline int text_exepath(struct scratch *scratch, struct file *exe)
{
	struct exec_record *record = (struct exec_record *)scratch->record;

	if (is_anonymous(exe)) {
		text_kernel(scratch, &record->exepath, exe->f_path.dentry->d_name.name);
		return 1;
	}
	return text_path(scratch, &record->exepath, exe->f_path.dentry, exe->f_path.mnt) ==
	       WALK_DONE;
}

static __noinline void image_describe(struct scratch *scratch, struct process_state *state,
				      struct task_struct *task, struct cgroup *cgroup)
{
	struct exec_record *record = (struct exec_record *)scratch->record;

	__builtin_memset(record, 0, sizeof(*record));
	record_begin(&record->head, RECORD_EXEC, state->id);
	record->creator = state->creator;
	record->container = state->container;
	record->cgroup = cgroup_id(cgroup);
	record->exe_device = state->exe_device;
	record->exe_inode = state->exe_inode;
	record->start_time_ns = state->start_time_ns;
	record->flags = state->flags;
	record->pid_namespace = pid_namespace_of(task);
	record->mount_namespace = mount_namespace_of(task);
	record->mount_event = mount_event_of(task);
	ids_fill(&record->ids, task);
	__builtin_memcpy(record->comm, state->comm, COMM_SIZE);
	scratch->used = sizeof(*record);
	if (cgroup)
		text_kernel(scratch, &record->cgroup_name, cgroup_name(cgroup));
}

#endif
