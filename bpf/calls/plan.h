/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0 */
/*
 * What the arguments of each system call mean: data, which user space fills in once, before the
 * hooks are attached. An argument is named by its place, from 1; 0 means that there is none.
 */
#ifndef SHIKRA_PLAN_H
#define SHIKRA_PLAN_H

#include "../lib/scratch.h"

#define TABLE_NUMBERS 512		/* of the 64-bit table; those of the 32-bit one come after */
#define ARGUMENTS 6

/* What a call keeps in the caller's memory and others in registers: see unfold(). */
enum kept {
	KEPT_NOTHING,
	KEPT_OPEN_HOW,
	KEPT_CLONE_ARGS,
	KEPT_MESSAGE,
	KEPT_MESSAGES,			/* many of them, each an event: see messages.h */
	KEPT_LENGTH,
	KEPT_CAPABILITIES,
	KEPT_RING,
};

enum plan_flag {
	PLAN_NEW_DESCRIPTOR = 1 << 0,	/* the result is the descriptor that the call is about */
	PLAN_ONLY_WITH_ADDRESS = 1 << 1,	/* a call that names no address is no event */
	PLAN_OWN_ADDRESS = 1 << 2,	/* the caller's address is this end's */
	PLAN_CONNECTS = 1 << 3,		/* the other end is the socket's if the call succeeded */
	PLAN_NEW_IMAGE = 1 << 4,	/* what succeeded has lost the caller's memory */
	PLAN_TARGET_AS_WRITTEN = 1 << 5,	/* the second path starts from nowhere */
};

struct call_plan {
	u8 flags;			/* enum plan_flag */
	u8 kept;			/* enum kept */
	u8 wide;			/* bit n: argument n, from 0, has 64 bits; the others have 32 */
	u8 descriptor;
	u8 name, base;			/* a path, and the descriptor that it starts from */
	u8 target, target_base;
	u8 text;			/* a string that is no path */
	u8 address;			/* of a socket; its length is the argument after it */
	u8 open_flags;
	u8 data;			/* a buffer, or a message with some */
	u32 implied_flags;		/* of an open that has no argument for them */
	u32 text_when;			/* the text is one only if the first argument is this; 0: always */
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 2 * TABLE_NUMBERS);
	__type(key, u32);
	__type(value, struct call_plan);
} call_plans SEC(".maps");

static __always_inline struct call_record *call_of(struct scratch *scratch)
{
	return (struct call_record *)scratch->record;
}

static __always_inline struct call_plan *plan_of(struct call_record *record)
{
	u32 at = record->number + (record->flags & CALL_COMPAT ? TABLE_NUMBERS : 0);

	return bpf_map_lookup_elem(&call_plans, &at);
}

static __always_inline u64 argument_at(struct call_record *record, u32 place)
{
	u32 index = place - 1;

	keep(index);
	return index < ARGUMENTS ? record->arguments[index] : 0;
}

#endif
