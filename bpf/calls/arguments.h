/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0 */
/*
 * The arguments of a call, as one call has them that keeps nothing in the caller's memory.
 *
 * The structs and numbers here are the kernel's stable interface. What stands in the caller's
 * memory is read when the call returns; another thread may have rewritten it.
 */
#ifndef SHIKRA_ARGUMENTS_H
#define SHIKRA_ARGUMENTS_H

#include "registers.h"

#define CAPABILITY_V1 0x19980330

struct message {			/* struct user_msghdr */
	u64 name;
	u32 name_length;
};

struct message_32 {			/* struct compat_msghdr */
	u32 name;
	u32 name_length;
};

struct capabilities {			/* struct __user_cap_data_struct */
	u32 effective, permitted, inheritable;
};

struct ring_parameters {		/* the beginning of struct io_uring_params */
	u32 sq_entries, cq_entries, flags, sq_thread_cpu, sq_thread_idle;
};

#define MESSAGE_STRIDE 64		/* sizeof(struct mmsghdr) */
#define MESSAGE_STRIDE_32 32		/* sizeof(struct compat_mmsghdr) */

/* The address of a message, which is one of several or alone. */
static __always_inline long unfold_message(struct call_record *record, u32 index)
{
	struct message message = {};
	struct message_32 small = {};
	u64 *arguments = record->arguments;
	long failed;

	if (record->flags & CALL_COMPAT) {
		failed = bpf_probe_read_user(&small, sizeof(small),
					     (void *)arguments[1] + index * MESSAGE_STRIDE_32);
		message.name = small.name;
		message.name_length = small.name_length;
	} else {
		failed = bpf_probe_read_user(&message, sizeof(message),
					     (void *)arguments[1] + index * MESSAGE_STRIDE);
	}
	arguments[4] = message.name;
	arguments[5] = message.name_length;
	return failed;
}

static __always_inline long unfold_capabilities(u64 *arguments)
{
	struct capabilities low = {}, high = {};
	struct capabilities *from = (void *)arguments[1];
	u32 version = 0;
	long failed;

	failed = bpf_probe_read_user(&version, sizeof(version), (void *)arguments[0]);
	failed |= bpf_probe_read_user(&low, sizeof(low), from);
	if (version != CAPABILITY_V1)
		failed |= bpf_probe_read_user(&high, sizeof(high), from + 1);
	arguments[0] = low.inheritable | (u64)high.inheritable << 32;
	arguments[1] = low.permitted | (u64)high.permitted << 32;
	arguments[2] = low.effective | (u64)high.effective << 32;
	return failed;
}

static __always_inline long unfold_ring(u64 *arguments)
{
	struct ring_parameters ring = {};
	long failed = bpf_probe_read_user(&ring, sizeof(ring), (void *)arguments[1]);

	arguments[1] = ring.flags;
	arguments[2] = ring.sq_entries;
	arguments[3] = ring.cq_entries;
	arguments[4] = ring.sq_thread_cpu;
	arguments[5] = ring.sq_thread_idle;
	return failed;
}

/* Put what the caller keeps in memory where the call without a struct has it. */
static __noinline void unfold(struct call_record *record, u32 kept)
{
	u64 *arguments = record->arguments;
	u64 values[3] = {};
	long failed = 0;

	switch (kept) {
	case KEPT_OPEN_HOW:		/* flags, mode, resolve */
		failed = bpf_probe_read_user(values, sizeof(values), (void *)arguments[2]);
		__builtin_memcpy(arguments + 2, values, sizeof(values));
		break;
	case KEPT_CLONE_ARGS:		/* flags first */
		failed = bpf_probe_read_user(values, sizeof(*values), (void *)arguments[0]);
		arguments[0] = values[0];
		break;
	case KEPT_MESSAGE:
		failed = unfold_message(record, 0);
		break;
	case KEPT_LENGTH:
		if (arguments[4])
			failed = bpf_probe_read_user(values, sizeof(u32), (void *)arguments[5]);
		arguments[5] = (u32)values[0];
		break;
	case KEPT_CAPABILITIES:
		failed = unfold_capabilities(arguments);
		break;
	case KEPT_RING:
		failed = unfold_ring(arguments);
		break;
	}
	if (failed) {
		record->flags |= CALL_ARGUMENTS_UNKNOWN;
		lost(LOSS_STRUCT_UNREADABLE);
	}
}

/* Returns whether the call is an event. */
static __always_inline int arguments_take(struct call_record *record, struct pt_regs *regs)
{
	struct call_plan *plan = plan_of(record);

	registers_take(record, regs);
	if (!plan)
		return 0;
	for (u32 i = 0; i < ARGUMENTS; i++) {
		if (!(plan->wide >> i & 1))
			record->arguments[i] = (u32)record->arguments[i];
	}
	if (plan->kept)
		unfold(record, plan->kept);
	return !(plan->flags & PLAN_ONLY_WITH_ADDRESS) || plan->kept == KEPT_MESSAGES ||
	       (argument_at(record, plan->address) && argument_at(record, plan->address + 1));
}

#endif
