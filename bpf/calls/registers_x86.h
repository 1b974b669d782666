/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0 */
/*
 * Where a call's number and arguments are on x86-64.
 */
#ifndef SHIKRA_REGISTERS_X86_H
#define SHIKRA_REGISTERS_X86_H

#include "plan.h"

#define TS_COMPAT 0x0002		/* thread_info.status: inside a 32-bit system call */
#define X32_BIT 0x40000000ull		/* a 64-bit call of a program with 32-bit pointers */
#define CALL_GETCPU 309

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

static __always_inline int is_compat(struct task_struct *task)
{
	return TASK(task->thread_info.status) & TS_COMPAT;
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

#endif
