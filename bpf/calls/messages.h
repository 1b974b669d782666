/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0 */
/*
 * A call that sends several messages, each to where it says: an event each.
 *
 * A message to the address of the one before it is none of its own, or a burst of datagrams to one
 * place would be as many events.
 */
#ifndef SHIKRA_MESSAGES_H
#define SHIKRA_MESSAGES_H

#include "../rules/decide.h"
#include "arguments.h"
#include "sockets.h"

#define MAX_MESSAGES 1024		/* UIO_MAXIOV: the kernel sends no more */

/* How many events a call may be: of one that failed, its first message failed. */
static __always_inline u32 messages_of(struct call_record *record)
{
	struct call_plan *plan = plan_of(record);

	return plan && plan->kept == KEPT_MESSAGES && record->result > 0 ? record->result : 1;
}

/* Whether the message goes to the same place of the internet as the one before. */
static __always_inline int is_repeated(struct scratch *scratch, u64 from, u32 length)
{
	union address address = {};
	u32 *now = (u32 *)&address, *before = scratch->last_address;
	u32 changed = 0;

	if (length > sizeof(address))
		length = sizeof(address);
	bpf_probe_read_user(&address, length, (void *)from);
	for (u32 i = 0; i < ADDRESS_WORDS; i++) {
		changed |= now[i] ^ before[i];
		before[i] = now[i];
	}
	return !changed && (address.family == AF_INET || address.family == AF_INET6);
}

/* Begin with one of the messages; returns whether it is an event. */
static __noinline int message_begin(struct scratch *scratch, struct call_record *record,
					 u32 index)
{
	u64 address;
	u32 length;

	record->flags &= CALL_COMPAT;
	record->facts = 0;
	record->name.offset = record->cwd.offset = 0;
	__builtin_memset(&record->local, 0, sizeof(record->local));
	__builtin_memset(&record->remote, 0, sizeof(record->remote));
	scratch->used = sizeof(*record);
	if (!index)
		__builtin_memset(scratch->last_address, 0, sizeof(scratch->last_address));
	unfold_message(record, index);
	address = record->arguments[4];
	length = record->arguments[5];
	return address && length && !is_repeated(scratch, address, length);
}

#endif
