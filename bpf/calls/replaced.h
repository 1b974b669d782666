/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0 */
/*
 * Whether a new descriptor still is the one that the call gave.
 */
#ifndef SHIKRA_REPLACED_H
#define SHIKRA_REPLACED_H

#include "files.h"

/* Whether the name that was asked for ends in the file's own: no link was the last on the way. */
__noinline int is_own_name(u32 owner)
{
	struct scratch *scratch = bpf_map_lookup_elem(&scratches, &owner);
	struct call_record *record;
	u32 name, real;

	if (!scratch)
		return 0;
	record = call_of(scratch);
	name = record->name.offset + record->name.length;
	real = record->real.offset + record->real.length;
	for (u32 i = 1; i <= NAME_MAX + 1; i++) {
		u8 byte = scratch->record[(real - i) & (RECORD_ROOM - 1)];

		if (i > record->name.length)
			return byte == '/';
		if (byte != scratch->record[(name - i) & (RECORD_ROOM - 1)])
			return 0;
		if (byte == '/')
			return 1;
	}
	return 0;
}

/*
 * A new descriptor is only as good as nobody else could use it since: another task that shares the
 * table may have closed it and opened another file. Then the file has another name, as a rule.
 */
static __always_inline int may_be_replaced(struct scratch *scratch, struct task_struct *task,
					   struct call_plan *plan)
{
	return plan->flags & PLAN_NEW_DESCRIPTOR && call_of(scratch)->name.offset &&
	       is_table_shared(task) && !is_own_name(scratch->owner);
}

#endif
