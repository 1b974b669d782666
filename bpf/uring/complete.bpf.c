/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0 */
/*
 * A request to a ring has completed, and its result is told: here a thread of the process runs,
 * whichever did the work.
 */
#include "requests.h"

/* Take a request that is kept, if it is the one that is meant; 0 stands for any with this tag. */
static __always_inline struct scratch *request_find(struct request_key *key, u64 request)
{
	struct kept_request *kept = bpf_map_lookup_elem(&requests, key);
	struct scratch *scratch;

	if (!kept || (request && kept->head.request != request))
		return NULL;
	scratch = scratch_take(SCRATCH_RING);
	if (scratch) {
		bpf_probe_read_kernel(&scratch->request, sizeof(*kept), kept);
		scratch->used = call_of(scratch)->head.size;
	}
	bpf_map_delete_elem(&requests, key);
	return scratch;
}

/* A request that completed: which, and how it is to be told. */
struct completed {
	struct request_key key;
	u64 request;			/* address; where none is named, 0 stands for any with the tag */
	s64 result;
	u32 generation, class, pid;
};

/* Begin with the request; returns whether it is to be told, and its scratch taken. */
static __noinline int request_begin(struct completed *completed)
{
	struct scratch *scratch = request_find(&completed->key, completed->request);
	struct evaluation *evaluation = evaluation_of(SCRATCH_RING);
	struct returned returned = {};
	struct call_record *record;
	struct io_kiocb *request;

	if (!scratch)
		return 0;
	record = call_of(scratch);
	record->result = completed->result;
	if (completed->request) {		/* its file is settled by now */
		request = CAST(struct io_kiocb, completed->request);
		if (LOAD(request->file))
			scratch->request.file = (u64)LOAD(request->file);
	}
	completed->pid = record->ids.pid;
	if (!evaluation || !returned_find(&returned, record->number) ||
	    !candidates_find(SCRATCH_RING, process_find(completed->pid), &returned,
			     completed->pid)) {
		scratch_give_back(scratch);
		return 0;
	}
	evaluation->has_caller = 1;	/* who asked; another thread may be here */
	evaluation->is_early = 0;
	record_begin(&record->head, RECORD_CALL, record->head.process);
	completed->generation = returned.generation;
	completed->class = returned.class & CLASS_MASK;
	return 1;
}

SEC("tp_btf/io_uring_complete")
int ring_completed(u64 *context)
{
	struct completed completed = { .key.ring = context[0] };

	if (completes_with_tag()) {
		completed.key.tag = context[1];
		completed.result = (s32)context[2];
	} else if (completes_with_request()) {
		completed.request = context[1];
		completed.key.tag = context[2];
		completed.result = (s32)context[3];
	} else if (completes_with_cqe()) {
		struct io_uring_cqe *told = (void *)context[2];

		completed.request = context[1];
		completed.key.tag = told->user_data;
		completed.result = told->res;
	}
	/* one that is of no request is a message to the ring, made by whom it likes */
	if ((!completed.request && !completes_with_tag()) || !request_begin(&completed))
		return 0;
	call_tell(SCRATCH_RING, 0, completed.generation, completed.class, completed.pid);
	scratch_return(SCRATCH_RING);
	return 0;
}

/* There was no room to tell the result. From 6.2 or so that is all that is heard of it. */
SEC("tp_btf/io_uring_cqe_overflow")
int ring_overflowed(u64 *context)
{
	struct request_key key = { .ring = context[0], .tag = context[1] };
	struct scratch *scratch = request_find(&key, 0);

	if (!scratch)
		return 0;
	request_guess(scratch);
	scratch_give_back(scratch);
	return 0;
}
