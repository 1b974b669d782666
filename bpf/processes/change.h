/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0 */
/*
 * A process becomes another image: what of it stays, and what the executable says. Whether it has
 * happened or is only asked for, is_asked says.
 */
#ifndef SHIKRA_CHANGE_H
#define SHIKRA_CHANGE_H

#include "../rules/outlook.h"
#include "image.h"
#include "lineage.h"

/* Of creators whose bits are of other tables nothing is known. */
static __always_inline void relations_keep(struct process_state *now, u32 generation)
{
	if (now->bits_generation == generation)
		return;
	for (u32 i = 0; i < RELATION_COUNT; i++)
		related_forget(&now->related[i]);
	now->bits_generation = generation;
	now->is_partial = 1;
}

/* What the process was, and what it is with this executable but for its id and its container. */
static __noinline void change_begin(struct scratch *scratch, struct task_struct *task,
				    struct settings *settings, struct file *exe, u32 generation)
{
	struct process_state *before = process_of(task, ID_OF_HOOK);
	struct change *change = &scratch->change;
	struct process_state *now = &change->now;

	if (before) {
		related_refresh(before, generation);
		__builtin_memcpy(now, before, sizeof(*now));
	} else {
		__builtin_memset(now, 0, sizeof(*now));
		now->flags = PROCESS_INFERRED | PROCESS_UNCLASSIFIED;
	}
	relations_keep(now, generation);
	change->previous = now->id;
	change->exe_device = now->exe_device;
	change->exe_inode = now->exe_inode;
	now->flags &= ~(PROCESS_ARGUMENTS_CUT | PROCESS_ENVIRONMENT_CUT | PROCESS_EXEPATH_CUT |
			PROCESS_EXE_MARKS | PROCESS_VISITS | PROCESS_APART);
	now->flags |= PROCESS_IMAGE_SEEN;
	process_describe(now, task);
	exe_describe(now, exe);
	change->cgroup = cgroup_of(task, settings);
	change->key = cgroup_id(cgroup_of(task, settings));
	change->mount_namespace = mount_namespace_of(task);
	change->mount_event = mount_event_of(task);
	change->pid_namespace = pid_namespace_of(task);
	change->is_host = change->mount_namespace == settings->host_mount_namespace;
	change->has_company = now->vpid != 1 && has_company(task);
}

#endif
