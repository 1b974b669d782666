/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0 */
/*
 * A call that returned, or what a ring was asked for: what is known of it before it is looked at,
 * and its record as it begins.
 */
#ifndef SHIKRA_RETURNED_H
#define SHIKRA_RETURNED_H

#include "../processes/lineage.h"
#include "tell.bpf.c"

/* What is known of a call at once. */
struct returned {
	u64 number;
	long result;
	u64 ready;			/* what an outlook has to be good for */
	u32 generation;			/* of the tables that decide */
	u32 class;			/* of event, with its marks */
	u32 table;			/* enum call_table */
};

/* Begin a record: what is found out for every event is empty, the rest is left as it was. */
static __always_inline void record_identify(struct call_record *record, struct returned *returned)
{
	__builtin_memset(record, 0, __builtin_offsetof(struct call_record, ids));
	record->number = returned->number;
	record->result = returned->result;
	record->flags = returned->table == TABLE_32 ? CALL_COMPAT : 0;
}

static __always_inline void record_place(struct scratch *scratch, struct task_struct *task,
					 struct process_state *process)
{
	struct call_record *record = call_of(scratch);

	scratch->used = sizeof(*record);
	if (!process)
		return;
	record->head.process = process->id;
	record->creator = process->creator;
	locate_call(record, process, task);
}

/* Whether a condition on this class of event may hold in the process, as far as is known by now. */
static __always_inline int may_match(struct process_state *process, struct returned *returned)
{
	struct outlook *outlook = outlook_of(process, returned->generation);
	u32 class = returned->class & CLASS_MASK;

	if (outlook->ready != returned->ready)
		return 1;
	return outlook->classes[class / WORD_BITS] >> (class % WORD_BITS) & 1;
}

/* Begin with what the process leaves; returns whether anything is left. */
static __always_inline int candidates_find(u32 owner, struct process_state *process,
					   struct returned *returned, u32 pid)
{
	struct evaluation *evaluation = evaluation_of(owner);
	struct tables *tables = tables_of(returned->generation);
	struct outlook *outlook = NULL;

	if (!evaluation || !tables)
		return 0;
	if (process) {
		outlook = outlook_of(process, returned->generation);
		if (outlook->ready != returned->ready)
			outlook_renew(owner, returned->generation, pid);
	}
	return candidates_begin(evaluation, tables, returned->class & CLASS_MASK, outlook);
}

#endif
