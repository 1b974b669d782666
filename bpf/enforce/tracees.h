/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0 */
/*
 * Who is traced by a thread that is ended: what it attached to and hasn't let go on yet would stay
 * stopped when it is gone, so user space continues it.
 */
#ifndef SHIKRA_TRACEES_H
#define SHIKRA_TRACEES_H

#include "../lib/process.h"

/* Write down those that were attached to last, which are first in the list. */
static __noinline int tracees_note(struct call_record *record, struct task_struct *task)
{
	u64 head = (u64)task + field_offset(struct task_struct, ptraced);
	u64 entry = (u64)TASK(task->ptraced.next);

	for (u32 i = 0; i < MAX_TRACEES; i++) {
		u64 traced = entry - field_offset(struct task_struct, ptrace_entry);

		if (entry == head)
			break;
		record->tracees[i] = READ(((struct task_struct *)traced)->tgid);
		entry = (u64)READ(((struct list_head *)entry)->next);
	}
	return 0;
}

#endif
