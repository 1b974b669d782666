/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0 */
/*
 * What can still match in a process: worked out once, from its images, flags and container.
 *
 * An outlook is good for one generation of tables and for one epoch; when either moved on, the
 * process's next event works it out again. Each generation's stands in a place of its own, so that
 * an event that still reads the tables before can't spoil it.
 */
#ifndef SHIKRA_OUTLOOK_H
#define SHIKRA_OUTLOOK_H

#include "../lib/process.h"
#include "../processes/relations.h"
#include "program.h"

#define GENERATION_SHIFT 32

static __always_inline u64 ready_now(struct active *now, u32 generation)
{
	return (u64)generation << GENERATION_SHIFT | (u32)(now->epoch_told + now->epoch_seen);
}

static __always_inline struct outlook *outlook_of(struct process_state *state, u32 generation)
{
	return &state->outlook[generation & (SLOTS - 1)];
}

/* Whether the process runs the first one's executable, which may have executed another since. */
static __always_inline void exe_refresh(struct process_state *state)
{
	struct container_state *container = bpf_map_lookup_elem(&containers, &state->container);

	if (!container)
		return;
	if (container->exe_inode == state->exe_inode && container->exe_device == state->exe_device)
		state->flags |= PROCESS_EXE_IS_INIT;
	else
		state->flags &= ~PROCESS_EXE_IS_INIT;
}

static __always_inline int is_complete(struct process_state *state, u32 generation)
{
	return state->bits_generation == generation && !state->is_partial;
}

/* Take what user space told, if the process's own bits are of another generation, or missing. */
static __always_inline void related_refresh(struct process_state *state, u32 generation)
{
	struct told_process *told;

	if (is_complete(state, generation))
		return;
	told = bpf_map_lookup_elem(&told_processes, &state->id);
	if (!told || told->generation != generation)
		return;
	state->bits_generation = 0;
	in_order();
	state->is_partial = 0;
	state->depth = told->depth;
	__builtin_memcpy(state->related, told->related, sizeof(state->related));
	in_order();
	state->bits_generation = generation;
}

static __always_inline void subject_images(struct subject *subject, struct process_state *state,
					   u32 generation)
{
	if (state && state->bits_generation == generation) {
		__builtin_memcpy(subject->related, state->related, sizeof(state->related));
		if (state->flags & PROCESS_APART)
			related_forget(&subject->related[RELATION_LINEAGE]);
		return;
	}
	for (u32 i = 0; i < RELATION_COUNT; i++)
		related_forget(&subject->related[i]);
}

static __always_inline void subject_container(struct subject *subject, struct process_state *state,
					      u32 generation)
{
	struct container_bits *told = NULL;

	if (state && !(state->flags & PROCESS_ANYWHERE))
		told = bpf_map_lookup_elem(&told_containers, &state->container);
	if (told && told->generation == generation) {
		__builtin_memcpy(&subject->container, told, sizeof(*told));
		return;
	}
	__builtin_memset(subject->container.unknown, 0xff, sizeof(subject->container.unknown));
}

#define PID_OF_CHANGE 0			/* nobody's: the process that the scratch says one becomes */

static __always_inline struct process_state *process_become(u32 owner)
{
	struct scratch *scratch = bpf_map_lookup_elem(&scratches, &owner);

	if (!scratch)
		return NULL;
	keep(scratch);			/* no address is made of what may be none */
	return &scratch->change.now;
}

/* Put what atoms ask of the process where they look. Of one without a record nothing is known. */
__noinline int subject_fill(u32 owner, u32 generation, u32 pid)
{
	struct evaluation *evaluation = evaluation_of(owner);
	struct process_state *state;
	struct subject *subject;

	if (!evaluation)
		return 0;
	subject = &evaluation->subject;
	subject->flags = PROCESS_UNCLASSIFIED;
	state = pid == PID_OF_CHANGE ? process_become(owner) : process_find(pid);
	if (state && pid != PID_OF_CHANGE) {
		exe_refresh(state);
		related_refresh(state, generation);
	}
	if (state)
		subject->flags = state->flags;
	subject_images(subject, state, generation);
	subject_container(subject, state, generation);
	return 0;
}

/* The process is another than it was: its outlook is to be worked out again. */
static __always_inline void outlook_drop(struct process_state *state)
{
	for (u32 i = 0; i < SLOTS; i++)
		state->outlook[i].ready = 0;
}

static __always_inline int shares_bits(u64 *some, u64 *others, u32 words)
{
	u64 shared = 0;

	for (u32 i = 0; i < CONDITION_WORDS; i++) {
		if (i >= words)
			break;
		shared |= some[i] & others[i];
	}
	return shared != 0;
}

/* Write down what was found, and last of all for when it is good. */
static __always_inline void outlook_write(struct outlook *outlook, struct evaluation *evaluation,
					  struct tables *tables, u64 ready)
{
	u64 *classes = evaluation->classes;

	__builtin_memset(classes, 0, sizeof(evaluation->classes));
	for (u32 class = 1; class < MAX_CLASSES; class++) {
		if (class >= tables->classes_count)
			break;
		if (shares_bits(evaluation->candidates, tables->classes[class].conditions,
				tables->condition_words))
			classes[class / WORD_BITS] |= 1ull << (class % WORD_BITS);
	}
	outlook->ready = 0;
	in_order();
	__builtin_memcpy(outlook->classes, classes, sizeof(outlook->classes));
	__builtin_memcpy(outlook->candidates, evaluation->candidates, sizeof(outlook->candidates));
	in_order();
	outlook->ready = ready;
}

__noinline int outlook_renew(u32 owner, u32 generation, u32 pid)
{
	struct evaluation *evaluation = evaluation_of(owner);
	struct process_state *state = process_find(pid);
	struct tables *tables = tables_of(generation);
	struct active *now = active_now();
	u64 ready;

	if (!evaluation || !state || !tables || !now)
		return 0;
	ready = ready_now(now, generation);	/* before what it is about is read */
	in_order();
	subject_fill(owner, generation, pid);
	__builtin_memcpy(evaluation->candidates, tables->conditions, sizeof(tables->conditions));
	program_run(evaluation, tables, owner, generation, PROGRAM_OF_PROCESS);
	outlook_write(outlook_of(state, generation), evaluation, tables, ready);
	return 0;
}

#endif
