/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0 */
/*
 * What a process knows of its creators' images, handed on when it creates another.
 *
 * A container runtime's helper is no creator: what it creates has the creators that it has. A chain
 * of creators that was made to be long is known no further than user space follows it.
 */
#ifndef SHIKRA_RELATIONS_H
#define SHIKRA_RELATIONS_H

#include "../lib/maps.h"

#define MAX_CREATORS 255
#define UNKNOWN_FIELDS 0xffffffff

/* There are none. */
static __always_inline void related_clear(struct related *related)
{
	__builtin_memset(related->matched, 0, sizeof(related->matched));
	related->unknown = 0;
}

/* Nobody knows. */
static __always_inline void related_forget(struct related *related)
{
	related_clear(related);
	related->unknown = UNKNOWN_FIELDS;
}

static __always_inline void related_add(struct related *related, struct related *more)
{
	for (u32 i = 0; i < IMAGE_WORDS; i++)
		related->matched[i] |= more->matched[i];
	related->unknown |= more->unknown;
}

/* The new process has its creator's relations still: make them its own. */
static __always_inline void relations_hand_on(struct process_state *state, u32 creator_flags)
{
	struct related *related = state->related;

	state->depth += 1;
	if (creator_flags & PROCESS_RUNTIME)
		return;
	related[RELATION_THIRD] = related[RELATION_GRANDPARENT];
	related[RELATION_GRANDPARENT] = related[RELATION_PARENT];
	related[RELATION_PARENT] = related[RELATION_SELF];
	related_add(&related[RELATION_ANY], &related[RELATION_SELF]);
	related_add(&related[RELATION_LINEAGE], &related[RELATION_SELF]);
	if (state->depth >= MAX_CREATORS) {
		related_forget(&related[RELATION_ANY]);
		related_forget(&related[RELATION_LINEAGE]);
	}
}

#endif
