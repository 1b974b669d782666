/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0 */
/*
 * Which conditions may hold of an event, and which surely do: first what numbers leave, then what
 * the names leave, then all of it.
 *
 * An event has one name or two, the one as opened and the real one: what holds with either may
 * hold; surely holds what does with the real one, or as opened where only that is asked for.
 */
#ifndef SHIKRA_DECIDE_H
#define SHIKRA_DECIDE_H

#include "names.h"
#include "outlook.h"

static __always_inline struct event_class *class_at(struct tables *tables, u32 class)
{
	return &tables->classes[class & (MAX_CLASSES - 1)];
}

static __always_inline int any_bit(u64 *words)
{
	u64 bits = 0;

	for (u32 i = 0; i < CONDITION_WORDS; i++)
		bits |= words[i];
	return bits != 0;
}

/* Begin with what the process leaves of a class; returns whether anything is left. */
__noinline int candidates_begin(u32 owner, u32 generation, u32 class, u32 pid)
{
	struct evaluation *evaluation = evaluation_of(owner);
	struct process_state *state = process_find(pid);
	struct tables *tables = tables_of(generation);
	struct event_class *this;

	if (!evaluation || !tables)
		return 0;
	this = class_at(tables, class);
	__builtin_memcpy(evaluation->left, this->conditions, sizeof(evaluation->left));
	if (state) {
		struct outlook *outlook = outlook_of(state, generation);

		for (u32 i = 0; i < CONDITION_WORDS; i++)
			evaluation->left[i] &= outlook->candidates[i];
	}
	return any_bit(evaluation->left);
}

/* Take away what the event's numbers exclude; returns whether anything is left. */
__noinline int numbers_decide(u32 owner, u32 generation, u32 class, u32 pid)
{
	struct evaluation *evaluation = evaluation_of(owner);
	struct tables *tables = tables_of(generation);

	if (!evaluation || !tables)
		return 0;
	if (!class_at(tables, class)->numbers.requirements)
		return 1;
	if (class_at(tables, class)->has_subject)
		subject_fill(owner, generation, pid);
	__builtin_memcpy(evaluation->candidates, evaluation->left, sizeof(evaluation->left));
	program_run(owner, generation, PROGRAM_OF_NUMBERS(class));
	__builtin_memcpy(evaluation->left, evaluation->candidates, sizeof(evaluation->left));
	return any_bit(evaluation->left);
}

/* Whether the views kept this word's conditions, where they were looked at. */
static __always_inline u64 kept_by_names(struct evaluation *evaluation, u32 views, u32 word)
{
	u64 kept = 0;

	for (u32 view = 0; view < VIEW_COUNT; view++) {
		if (!asks_for(views, view))
			continue;
		if (evaluation->truth_unmatched[view] == TRUTH_UNKNOWN)
			return ~0ull;
		kept |= evaluation->held[view].conditions[word];
	}
	return kept;
}

/* Add what holds with one of the names, as its views were looked at. */
__noinline int name_decide(u32 owner, u32 generation, u32 class, u32 is_real)
{
	struct scratch *scratch = bpf_map_lookup_elem(&scratches, &owner);
	struct evaluation *evaluation = evaluation_of(owner);
	struct tables *tables = tables_of(generation);
	struct call_record *record;
	struct event_class *this;

	if (!scratch || !evaluation || !tables)
		return 0;
	record = (struct call_record *)scratch->record;
	this = class_at(tables, class);
	for (u32 i = 0; i < CONDITION_WORDS; i++) {
		u64 left = evaluation->left[i] & ~(is_real ? this->opened_only[i] : 0);

		left &= ~this->named[i] | kept_by_names(evaluation, this->views, i);
		evaluation->candidates[i] = evaluation->sure[i] = left;
	}
	if (any_bit(evaluation->candidates))
		program_run(owner, generation, PROGRAM_OF_NAMES(class));
	for (u32 i = 0; i < CONDITION_WORDS; i++) {
		record->may[i] |= evaluation->candidates[i];
		record->surely[i] &= this->opened_only[i];
		record->surely[i] |= evaluation->sure[i];
	}
	return 0;
}

/* Decide by all that is known, names included; returns whether anything may hold. */
static __always_inline int event_decide(u32 owner, u32 generation, u32 class, u32 pid)
{
	struct scratch *scratch = bpf_map_lookup_elem(&scratches, &owner);
	struct evaluation *evaluation = evaluation_of(owner);
	struct tables *tables = tables_of(generation);
	struct call_record *record;
	u32 views;

	if (!scratch || !evaluation || !tables)
		return 0;
	record = (struct call_record *)scratch->record;
	views = class_at(tables, class)->views;
	record->generation = generation;
	__builtin_memset(record->may, 0, sizeof(record->may));
	__builtin_memset(record->surely, 0, sizeof(record->surely));
	subject_fill(owner, generation, pid);
	names_read(owner);
	names_look(owner, generation, views, 0);
	name_decide(owner, generation, class, 0);
	if (evaluation->real.knowledge != TEXT_ABSENT) {
		names_look(owner, generation, views, 1);
		name_decide(owner, generation, class, 1);
	}
	return any_bit((u64 *)record->may);
}

/* Whether the record may match a rule that calls have a ring of their own for. */
static __always_inline int is_urgent(struct call_record *record)
{
	struct tables *tables = tables_of(record->generation);

	return tables && shares_bits((u64 *)record->may, tables->urgent);
}

#endif
