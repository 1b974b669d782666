/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0 */
/*
 * The beginning of what a call read or wrote, of a message in several pieces that of the first.
 */
#ifndef SHIKRA_DATA_H
#define SHIKRA_DATA_H

#include "plan.h"

#define MAX_DATA 80			/* bytes that are told, as many as Falco tells */
#define PIECES_AT 16			/* in struct user_msghdr: the list of pieces */
#define PIECES_AT_32 8			/* in struct compat_msghdr */

struct piece {				/* struct iovec */
	u64 start, length;
};

struct piece_32 {			/* struct compat_iovec */
	u32 start, length;
};

/* The first piece of a message of the caller's. */
static __always_inline long piece_of(struct call_record *record, u64 message, struct piece *piece)
{
	struct piece_32 small = {};
	u64 list = 0;
	long failed;

	if (record->flags & CALL_COMPAT) {
		failed = bpf_probe_read_user(&list, sizeof(u32), (void *)message + PIECES_AT_32);
		failed |= bpf_probe_read_user(&small, sizeof(small), (void *)list);
		piece->start = small.start;
		piece->length = small.length;
		return failed;
	}
	failed = bpf_probe_read_user(&list, sizeof(list), (void *)message + PIECES_AT);
	return failed | bpf_probe_read_user(piece, sizeof(*piece), (void *)list);
}

static __noinline void text_data(struct scratch *scratch)
{
	struct call_record *record = call_of(scratch);
	struct call_plan *plan = plan_of(record);
	struct piece piece = {};
	u64 length;
	long failed = 0;

	if (!plan || !plan->data || record->result <= 0)
		return;
	length = record->result;
	piece.start = argument_at(record, plan->data);
	piece.length = length;
	if (plan->kept == KEPT_MESSAGE)
		failed = piece_of(record, piece.start, &piece);
	if (length > piece.length)
		length = piece.length;
	if (length > MAX_DATA)
		length = MAX_DATA;
	if (failed || bpf_probe_read_user(text_place(scratch), length, (void *)piece.start))
		lost(LOSS_STRUCT_UNREADABLE);
	else
		text_keep(scratch, &record->data, length);
}

#endif
