/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0 */
/*
 * An open is about to succeed: refuse it where that is ordered and a rule surely matches.
 *
 * The kernel asks before any descriptor is there, whoever opens and by whatever way, rings
 * (io_uring) included. There is only the file, so its name is the real one. A refusal is told at
 * once, as an open that failed. Attached only while something is to be refused.
 */
#include "../calls/returned.h"
#include "kill.h"

/* Take a piece of memory that nobody uses who was interrupted here; SCRATCH_COUNT if there is none. */
static __always_inline u32 open_scratch_take(void)
{
	for (u32 owner = SCRATCH_OPEN; owner <= SCRATCH_OPEN_LAST; owner++) {
		u32 key = owner;
		struct scratch *scratch = bpf_map_lookup_elem(&scratches, &key);

		if (scratch && !__sync_lock_test_and_set(&scratch->busy, 1)) {
			scratch->owner = owner;
			return owner;
		}
	}
	lost(LOSS_SCRATCH_BUSY);
	return SCRATCH_COUNT;
}

/* Find out what surely matches of the open; returns whether anything may. */
__noinline int open_judge(u32 owner, u32 generation, u32 class, u32 pid)
{
	struct scratch *scratch = bpf_map_lookup_elem(&scratches, &owner);
	struct evaluation *evaluation = evaluation_of(owner);
	struct tables *tables = tables_of(generation);
	struct file *file;
	struct glance glance = {
		.evaluation = evaluation,
		.tables = tables,
		.owner = owner,
		.generation = generation,
	};

	if (!scratch || !evaluation || !tables)
		return 0;
	file = CAST(struct file, scratch->sought.file);
	__builtin_memset(&scratch->sought, 0, sizeof(scratch->sought));
	file_describe(scratch, file);
	if (!scratch->sought.file)		/* it has no path */
		return 0;
	if (class_at(tables, class)->asks & ASKS_CALLER)
		record_caller(scratch, evaluation, current_task());
	if (!numbers_decide(&glance, class, pid))
		return 0;
	text_real(scratch, file);
	names_read(scratch, evaluation);
	return 1;
}

/* Whether it is to be refused: written down, then. */
__noinline int open_decide(u32 owner)
{
	struct scratch *scratch = bpf_map_lookup_elem(&scratches, &owner);
	struct call_record *record;
	struct orders *orders;
	u64 any = 0;

	if (!scratch)
		return 0;
	record = call_of(scratch);
	orders = orders_of(record->generation);
	if (!orders || reason_to_hold(record, orders))
		return 0;
	for (u32 i = 0; i < CONDITION_WORDS; i++) {
		u64 matched = record->surely[i] & record->may[i] & orders->deny[i];

		if (record->process_flags & PROCESS_IS_FIRST)
			matched &= orders->includes_init[i];
		record->acted[i] = matched;
		record->may[i] = matched;	/* of what else matches tells the call, which fails */
		any |= matched;
		if (matched)
			outcomes_count(record->generation, i, matched, OUTCOME_DENIED);
	}
	if (!any)
		return 0;
	record->outcome = OUTCOME_DENIED;
	record->result = -EPERM;
	return 1;
}

/* Begin the record of an open; returns whether anything may match in the process. */
static __always_inline int open_begin(struct scratch *scratch, struct process_state *process,
				      struct returned *returned, struct file *file, u32 pid)
{
	struct evaluation *evaluation = evaluation_of(scratch->owner);
	struct call_record *record = call_of(scratch);

	if (!evaluation || !candidates_find(scratch->owner, process, returned, pid))
		return 0;
	record_identify(record, returned);
	record_place(scratch, current_task(), process);
	record->facts |= HAS_DESCRIPTOR;
	record->open_flags = file->f_flags;
	evaluation->has_caller = 0;
	evaluation->is_judged = 0;
	scratch->sought.file = file;
	return 1;
}

/* Returns whether the open is refused. */
static __noinline int open_refused(struct file *file, struct process_state *process,
				   struct returned *returned, u32 pid)
{
	u32 class = returned->class & CLASS_MASK, generation = returned->generation;
	u32 owner = open_scratch_take();
	struct scratch *scratch;
	int is_refused = 0;

	if (owner >= SCRATCH_COUNT)
		return 0;
	scratch = bpf_map_lookup_elem(&scratches, &owner);
	if (!scratch)
		return 0;
	if (open_begin(scratch, process, returned, file, pid) &&
	    open_judge(owner, generation, class, pid) &&
	    name_tell(owner, generation, class, NAME_OPENED) &&
	    event_judge(owner, generation, class, pid, NAME_OPENED))
		is_refused = open_decide(owner);
	if (is_refused)
		call_send(owner, generation);
	scratch_return(owner);
	return is_refused;
}

SEC("lsm/file_open")
int file_opened(u64 *context)
{
	struct file *file = (void *)context[0];
	struct active *now = active_now();
	struct process_state *process;
	struct returned returned = {};
	struct tables *tables;
	struct orders *orders;
	u32 pid;

	if ((int)context[1] || !now)		/* another has refused it */
		return (int)context[1];
	returned.generation = now->generation;
	tables = tables_of(returned.generation);
	orders = orders_of(returned.generation);
	if (!tables || !orders)
		return 0;
	returned.number = orders->open_call & (MAX_CALLS - 1);
	returned.class = tables->class_of[TABLE_64][returned.number];
	returned.ready = ready_now(now, returned.generation);
	pid = TASK(current_task()->tgid);
	process = process_find(pid);
	if (!(returned.class & CLASS_MASK) || !process || !may_match(process, &returned) ||
	    ordered_mode(orders, process->container) != MODE_ENFORCE)
		return 0;
	return open_refused(file, process, &returned, pid) ? -EPERM : 0;
}
