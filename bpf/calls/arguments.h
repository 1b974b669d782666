/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0 */
/*
 * The arguments of a call, as one call has them that keeps nothing in the caller's memory.
 *
 * The structs and numbers here are the kernel's stable interface. What stands in the caller's
 * memory is read when the call returns; another thread may have rewritten it.
 */
#ifndef SHIKRA_ARGUMENTS_H
#define SHIKRA_ARGUMENTS_H

#include "plan.h"

#define X32_BIT 0x40000000ull		/* a 64-bit call of a program with 32-bit pointers */
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

/* What socketcall's first argument stands for: the 32-bit call of its own. */
enum call_32 {
	CALL_32_SOCKETCALL = 102,
	CALL_32_SENDTO = 369,
	CALL_32_RECVFROM = 371,
	CALL_32_ACCEPT = 511,		/* has no number of its own: this is nobody's */
};

static const u16 socket_calls[] = {
	[1] = 359, 361, 362, 363, CALL_32_ACCEPT, 367, 368, 360,	/* socket ... socketpair */
	[9] = CALL_32_SENDTO, CALL_32_RECVFROM, CALL_32_SENDTO, CALL_32_RECVFROM,
	[13] = 373, 366, 365, 370, 372, 364, 337, 345,	/* shutdown ... sendmmsg */
};

#define SOCKET_CALLS (sizeof(socket_calls) / sizeof(*socket_calls))
#define SOCKET_CALL_SEND 9		/* sendto and recvfrom without an address */
#define SOCKET_CALL_RECEIVE 10

static __always_inline u64 number_of(struct pt_regs *regs)
{
	return regs->orig_ax & ~X32_BIT;
}

/* The number in the 32-bit table of what is called. */
static __always_inline u64 number_meant(struct pt_regs *regs, u64 number)
{
	u32 call = regs->bx;

	if (number != CALL_32_SOCKETCALL)
		return number;
	keep(call);
	return call < SOCKET_CALLS ? socket_calls[call] : 0;
}

static __noinline void registers_of_socket_call(u64 *arguments, u32 call, u64 from)
{
	u32 values[ARGUMENTS] = {};
	u32 count = call == SOCKET_CALL_SEND || call == SOCKET_CALL_RECEIVE ? 4 : ARGUMENTS;

	/* as many as can be read: their number differs, and they may end where a page does */
	for (u32 i = 0; i < ARGUMENTS; i++) {
		if (i < count)
			bpf_probe_read_user(&values[i], sizeof(u32), (u32 *)from + i);
		arguments[i] = values[i];
	}
}

/* The registers as the call got them. */
static __always_inline void registers_take(struct call_record *record, struct pt_regs *regs)
{
	u64 *arguments = record->arguments;

	if (!(record->flags & CALL_COMPAT)) {
		arguments[0] = regs->di;
		arguments[1] = regs->si;
		arguments[2] = regs->dx;
		arguments[3] = regs->r10;
		arguments[4] = regs->r8;
		arguments[5] = regs->r9;
		return;
	}
	if ((u32)regs->orig_ax == CALL_32_SOCKETCALL) {
		registers_of_socket_call(arguments, regs->bx, (u32)regs->cx);
		return;
	}
	arguments[0] = (u32)regs->bx;
	arguments[1] = (u32)regs->cx;
	arguments[2] = (u32)regs->dx;
	arguments[3] = (u32)regs->si;
	arguments[4] = (u32)regs->di;
	arguments[5] = (u32)regs->bp;
}

static __always_inline long unfold_message(struct call_record *record)
{
	struct message message = {};
	struct message_32 small = {};
	u64 *arguments = record->arguments;
	long failed;

	if (record->flags & CALL_COMPAT) {
		failed = bpf_probe_read_user(&small, sizeof(small), (void *)arguments[1]);
		message.name = small.name;
		message.name_length = small.name_length;
	} else {
		failed = bpf_probe_read_user(&message, sizeof(message), (void *)arguments[1]);
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
		failed = unfold_message(record);
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
	return !(plan->flags & PLAN_ONLY_WITH_ADDRESS) ||
	       (argument_at(record, plan->address) && argument_at(record, plan->address + 1));
}

#endif
