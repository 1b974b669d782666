/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0 */
/*
 * A rename in a container that may have moved a directory that rules name, or one above it, or one
 * above a mount point: from then on names there are looked at more closely.
 *
 * What was renamed leaves no descriptor, so it is told by the last part of its name, old and new
 * (they may have been exchanged): a rename doesn't follow a link there. User space says which parts
 * matter, and settles it once it has seen that everything is where it was.
 */
#ifndef SHIKRA_RENAMES_H
#define SHIKRA_RENAMES_H

#include "../processes/enter.h"
#include "../rules/text.h"
#include "arguments.h"

#define MAX_SLASHES 8			/* at the end of a name */

/* Whether the last part of a name of the caller's is one that matters; one that is odd is. */
static __noinline int is_known_part(struct scratch *scratch, u64 name)
{
	struct known_part part = {};
	long size = bpf_probe_read_user_str(scratch->record, PATH_MAX, (void *)name);
	u32 length = size - 1, slash, count;

	if (size <= 1)
		return 1;
	for (u32 i = 0; i < MAX_SLASHES; i++) {
		if (scratch->record[(length - 1) & (PATH_MAX - 1)] != '/')
			break;
		length--;
	}
	slash = text_last_slash(scratch->owner, 0, length);
	if (slash < length)
		slash++;
	else
		slash = 0;
	count = length - slash;
	if (count > PART_SIZE - 1)
		count = PART_SIZE - 1;
	keep(count);
	bpf_probe_read_kernel(part.text, count & (PART_SIZE - 1),
			      scratch->record + (slash & (PATH_MAX - 1)));
	return bpf_map_lookup_elem(&known_parts, &part) != NULL;
}

static __noinline void renamed(struct scratch *scratch, struct task_struct *task,
			       struct call_plan *plan)
{
	struct process_state *state = process_of(task, ID_OF_HOOK);
	u64 key = state && state->container ? state->container : container_by_mounts(task);
	struct container_state *container = bpf_map_lookup_elem(&containers, &key);
	struct call_record *record = call_of(scratch);
	u64 name = argument_at(record, plan->name), target = argument_at(record, plan->target);

	if (container && (is_known_part(scratch, name) || is_known_part(scratch, target)))
		count_up(&container->renames);
}

#endif
