/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0 */
/*
 * Which conditions may hold of an event, and which surely do: first what numbers leave, then what
 * the names leave, then all of it.
 *
 * An event has one name or two, the one as opened and the real one, and perhaps others that user
 * space finds: what holds with any may hold; surely holds what does with the real one, or as opened
 * where only that is asked for. What surely fires, by either, is a wider question: see limit.h.
 */
#ifndef SHIKRA_DECIDE_H
#define SHIKRA_DECIDE_H

#include "names.h"
#include "outlook.h"

static __always_inline struct event_class *class_at(struct tables *tables, u32 class)
{
	return &tables->classes[class & (MAX_CLASSES - 1)];
}

/* Begin with what the process leaves of a class; returns whether anything is left. */
static __always_inline int candidates_begin(struct evaluation *evaluation, struct tables *tables,
					    u32 class, struct outlook *outlook)
{
	u64 *conditions = class_at(tables, class)->conditions;
	u64 any = 0;

	for (u32 i = 0; i < CONDITION_WORDS; i++) {
		if (i >= tables->condition_words)
			break;
		evaluation->begun[i] = conditions[i] & (outlook ? outlook->candidates[i] : ~0ull);
		any |= evaluation->begun[i];
	}
	return any != 0;
}

/* Take away what the event's numbers exclude; returns whether anything is left. */
static __always_inline int numbers_decide(struct glance *glance, u32 class, u32 pid)
{
	struct evaluation *evaluation = glance->evaluation;
	struct tables *tables = glance->tables;
	struct event_class *this = class_at(tables, class);
	u64 any = 0;

	for (u32 i = 0; i < CONDITION_WORDS; i++) {
		if (i >= tables->condition_words)
			break;
		evaluation->candidates[i] = evaluation->begun[i];
	}
	if (this->numbers.requirements) {
		if (this->asks & ASKS_PROCESS)
			subject_fill(glance->owner, glance->generation, pid);
		program_run(evaluation, tables, glance->owner, glance->generation, PROGRAM_OF_NUMBERS(class));
	}
	for (u32 i = 0; i < CONDITION_WORDS; i++) {
		if (i >= tables->condition_words)
			break;
		evaluation->left[i] = evaluation->candidates[i];
		any |= evaluation->left[i];
	}
	return any != 0;
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

/* Keep what may hold with the name that was looked at; returns whether anything does. */
static __always_inline int name_decide(struct glance *glance, struct event_class *class, u32 name)
{
	struct evaluation *evaluation = glance->evaluation;
	u64 any = 0;

	for (u32 i = 0; i < CONDITION_WORDS; i++) {
		u64 left;

		if (i >= glance->tables->condition_words)
			break;
		left = evaluation->left[i];
		if (name != NAME_OPENED)
			left &= ~class->opened_only[i];
		left &= ~class->named[i] | kept_by_names(evaluation, class->views, i);
		evaluation->candidates[i] = left;
		any |= left;
	}
	return any != 0;
}

/* Begin to write down what may hold of the event. */
static __always_inline void judge_begin(struct evaluation *evaluation, struct call_record *record,
					u32 generation)
{
	__builtin_memset(record->may, 0, sizeof(record->may));
	__builtin_memset(record->surely, 0, sizeof(record->surely));
	__builtin_memset(evaluation->fires, 0, sizeof(evaluation->fires));
	__builtin_memset(record->acted, 0, sizeof(record->acted));
	__builtin_memset(record->tracees, 0, sizeof(record->tracees));
	record->outcome = OUTCOME_NONE;
	record->generation = generation;
	evaluation->is_judged = 1;
}

/* Add what holds with the name that was looked at, by all that is known. */
__noinline int event_judge(u32 owner, u32 generation, u32 class, u32 pid, u32 name)
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
	if (!evaluation->is_judged) {
		judge_begin(evaluation, record, generation);
		subject_fill(owner, generation, pid);
	}
	__builtin_memcpy(evaluation->sure, evaluation->candidates, sizeof(evaluation->sure));
	program_run(evaluation, tables, owner, generation, PROGRAM_OF_NAMES(class));
	for (u32 i = 0; i < CONDITION_WORDS; i++) {
		if (i >= tables->condition_words)
			break;
		record->may[i] |= evaluation->candidates[i];
		if (name == NAME_OTHER)
			continue;
		evaluation->fires[i] |= evaluation->sure[i];
		record->surely[i] &= this->opened_only[i];
		record->surely[i] |= evaluation->sure[i];
	}
	return 1;
}

/* Whether anything may hold. */
static __always_inline int any_may(struct call_record *record, struct tables *tables)
{
	return shares_bits((u64 *)record->may, (u64 *)record->may, tables->condition_words);
}

/* Whether the record tells of what was done, or may match a rule with a ring of its own. */
static __always_inline int is_urgent(struct call_record *record)
{
	struct tables *tables = tables_of(record->generation);

	if (record->outcome == OUTCOME_KILLED || record->outcome == OUTCOME_DENIED)
		return 1;
	return tables && shares_bits((u64 *)record->may, tables->urgent, tables->condition_words);
}

#endif
