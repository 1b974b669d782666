/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0 */
/*
 * Where a call's number and arguments are on arm64. Built, never yet run.
 */
#ifndef SHIKRA_REGISTERS_ARM64_H
#define SHIKRA_REGISTERS_ARM64_H

#include "plan.h"

#define TIF_32BIT 22			/* thread_info.flags: a 32-bit program */
#define CALL_GETCPU 168

static __always_inline u64 number_of(struct pt_regs *regs)
{
	return (u32)regs->syscallno;
}

static __always_inline int is_compat(struct task_struct *task)
{
	return TASK(task->thread_info.flags) >> TIF_32BIT & 1;
}

/* The number in the 32-bit table of what is called: no call stands for several there. */
static __always_inline u64 number_meant(struct pt_regs *regs, u64 number)
{
	(void)regs;
	return number;
}

/* The registers as the call got them; the first holds the result by now, so it is kept twice. */
static __always_inline void registers_take(struct call_record *record, struct pt_regs *regs)
{
	u64 *arguments = record->arguments;

	arguments[0] = regs->orig_x0;
	arguments[1] = regs->regs[1];
	arguments[2] = regs->regs[2];
	arguments[3] = regs->regs[3];
	arguments[4] = regs->regs[4];
	arguments[5] = regs->regs[5];
}

#endif
