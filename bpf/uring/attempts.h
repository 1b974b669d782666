/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0 */
/*
 * Requests that would go on by themselves before their end is told, or that lead to no descriptor
 * then: what others are linked to, what becomes a slot of the ring, what nobody answers.
 *
 * Such a one is judged when it is submitted, too: as an attempt, by what the caller wrote. It is
 * told by then only if something is ordered about it, and not again.
 */
#ifndef SHIKRA_ATTEMPTS_H
#define SHIKRA_ATTEMPTS_H

#include "requests.h"

static __always_inline u64 tag_of(struct io_kiocb *request)
{
	if (field_exists(struct io_kiocb___told, cqe.user_data))
		return LOAD(((struct io_kiocb___told *)request)->cqe.user_data);
	return LOAD(((struct io_kiocb___plain *)request)->user_data);
}

static __always_inline struct request_key key_of(struct io_kiocb *request)
{
	struct request_key key = { .ring = (u64)LOAD(request->ctx), .tag = tag_of(request) };

	return key;
}

/* Whether it is too late to stop what follows when its end is told. */
static __always_inline int goes_on(struct scratch *scratch, struct io_kiocb *request)
{
	return scratch->request.is_direct ||
	       LOAD(request->flags) & (REQUEST_LINKED | REQUEST_SKIPS_SUCCESS);
}

/* Begin to judge the attempt; returns whether there is anything to judge. */
static __always_inline int attempt_begin(struct scratch *scratch, struct evaluation *evaluation,
					 struct returned *returned)
{
	struct call_record *record = call_of(scratch);

	if (!orders_of(returned->generation) ||
	    !candidates_find(SCRATCH_RING, process_find(record->ids.pid), returned, record->ids.pid))
		return 0;
	record->result = -ECANCELED;
	evaluation->is_early = 1;
	return 1;
}

/* The attempt was judged: it is told by now, or at its end, or nobody knows how it ends. */
static __noinline int attempt_end(struct io_kiocb *request)
{
	struct evaluation *evaluation = evaluation_of(SCRATCH_RING);
	struct request_key key = key_of(request);
	u32 owner = SCRATCH_RING;
	struct scratch *scratch = bpf_map_lookup_elem(&scratches, &owner);

	if (!scratch || !evaluation)
		return 0;
	if (evaluation->is_judged && call_of(scratch)->outcome != OUTCOME_NONE) {
		if (scratch->request.is_kept)
			bpf_map_delete_elem(&requests, &key);
	} else if (!scratch->request.is_kept) {
		call_of(scratch)->result = 0;
		request_guess(scratch);
	}
	scratch_give_back(scratch);
	return 0;
}

#endif
