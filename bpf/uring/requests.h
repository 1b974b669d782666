/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0 */
/*
 * What processes ask of the kernel through rings (io_uring): each operation that has a system call
 * of its own is told as that call, when it has completed.
 *
 * What it names is read when it is submitted, since the kernel's copies are gone at the end, and is
 * kept until then. A request is known by its ring and its tag (user_data). A tag that is given
 * twice at one time, or more requests than are kept, are told at once: as succeeded, with a file
 * whose path isn't known. So nothing that is asked for so as not to be followed stays unseen.
 */
#ifndef SHIKRA_REQUESTS_H
#define SHIKRA_REQUESTS_H

#include "../calls/returned.h"
#include "../lib/kernel_rings.h"

#define RING_OPERATIONS 64
#define MAX_REQUESTS 512
#define KEPT_ROOM 4096			/* of a record and its texts; a longer one is told at once */

/* The number, in the table of 64 bits, of the call that an operation is; user space fills it in. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, RING_OPERATIONS);
	__type(key, u32);
	__type(value, u32);
} ring_calls SEC(".maps");

struct request_key {
	u64 ring;			/* address */
	u64 tag;
};

struct kept_request {
	struct request_head head;
	u8 record[KEPT_ROOM];
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, MAX_REQUESTS);
	__type(key, struct request_key);
	__type(value, struct kept_request);
} requests SEC(".maps");

/* The class of event that the tables in force make of a call; returns whether they want any. */
static __always_inline int returned_find(struct returned *returned, u64 number)
{
	struct active *now = active_now();
	struct tables *tables;

	if (!now)
		return 0;
	returned->number = number & (MAX_CALLS - 1);
	returned->generation = now->generation;
	tables = tables_of(returned->generation);
	if (!tables)
		return 0;
	returned->class = tables->class_of[TABLE_64][returned->number];
	returned->ready = ready_now(now, returned->generation);
	return returned->class & CLASS_MASK;
}

/*
 * Tell of the request in the scratch, of which nobody will know how it ended: as succeeded, to
 * whatever asks for such events in its process.
 */
static __noinline int request_guess(struct scratch *scratch)
{
	struct call_record *record = call_of(scratch);
	struct evaluation *evaluation = evaluation_of(SCRATCH_RING);
	struct process_state *process = process_find(record->ids.pid);
	struct call_plan *plan = plan_of(record);
	struct returned returned = {};
	struct outlook *outlook = NULL;
	struct tables *tables;

	if (!evaluation || !plan || !returned_find(&returned, record->number))
		return 0;
	tables = tables_of(returned.generation);
	if (process && outlook_of(process, returned.generation)->ready == returned.ready)
		outlook = outlook_of(process, returned.generation);
	if (!tables || !candidates_begin(evaluation, tables, returned.class & CLASS_MASK, outlook))
		return 0;
	record->flags |= CALL_RESULT_ASSUMED;
	record->open_flags = plan->implied_flags | argument_at(record, plan->open_flags);
	if (plan->flags & PLAN_NEW_DESCRIPTOR)
		opened_unseen(record);
	__builtin_memset(&record->pid_namespace_start_ns, 0,
			 sizeof(*record) - __builtin_offsetof(struct call_record, pid_namespace_start_ns));
	record->generation = returned.generation;
	for (u32 i = 0; i < CONDITION_WORDS; i++) {
		if (i >= tables->condition_words)
			break;
		record->may[i] = evaluation->begun[i];
	}
	send_call(scratch_record(scratch), scratch_size(scratch));
	return 0;
}

#endif
