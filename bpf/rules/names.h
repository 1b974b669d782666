/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0 */
/*
 * The names of a file, as opened and as it really is, looked at by the automata of their views.
 *
 * What was cut, torn or can't be tidied here is unknown: then every condition that asks for it may
 * hold.
 */
#ifndef SHIKRA_NAMES_H
#define SHIKRA_NAMES_H

#include "automaton.h"
#include "text.h"

#define NAME_UNKNOWN (CALL_NAME_CUT | CALL_BASE_CUT)
#define REAL_UNKNOWN (CALL_REAL_CUT | CALL_REAL_UNKNOWN | CALL_REAL_UNSURE | CALL_OTHER_NAMES)

/* Put a directory and a relative name together, behind the record's texts. */
static __always_inline void reading_join(struct scratch *scratch, struct reading *reading,
					 struct call_record *record)
{
	u32 base = record->base.length, name = record->name.length;
	u32 behind = scratch->used + base;

	keep(base);
	keep(name);
	keep(behind);
	if (base >= PATH_MAX || name >= PATH_MAX || base + name + 1 >= PATH_MAX ||
	    behind >= RECORD_ROOM - 1)
		return;
	bpf_probe_read_kernel(text_place(scratch), base, text_at(scratch, record->base.offset));
	scratch->record[behind] = '/';
	bpf_probe_read_kernel(scratch->record + behind + 1, name,
			      text_at(scratch, record->name.offset));
	reading->knowledge = TEXT_KNOWN;
	reading->at = scratch->used;
	reading->length = base + 1 + name;
}

/* Tidy a copy, unless it stands behind the record's texts already. */
static __always_inline void reading_tidy(struct scratch *scratch, struct reading *reading)
{
	u32 length = reading->length;

	if (!text_may_be_untidy(scratch->owner, reading->at, length))
		return;
	keep(length);
	if (reading->at != scratch->used && length < PATH_MAX) {
		bpf_probe_read_kernel(text_place(scratch), length, text_at(scratch, reading->at));
		reading->at = scratch->used;
	}
	reading->length = text_tidy(scratch->owner, reading->at, length);
	if (!reading->length)
		reading->knowledge = TEXT_UNKNOWN;
}

/* The name as opened, not tidied yet. Without a directory a relative one stays as it is. */
static __always_inline void reading_opened(struct scratch *scratch, struct reading *opened,
					   struct call_record *record)
{
	opened->knowledge = TEXT_UNKNOWN;
	if (record->flags & NAME_UNKNOWN)
		return;
	if (record->base.offset && *text_at(scratch, record->name.offset) != '/') {
		reading_join(scratch, opened, record);
		return;
	}
	opened->knowledge = TEXT_KNOWN;
	opened->at = record->name.offset;
	opened->length = record->name.length;
}

static __always_inline void reading_real(struct reading *real, struct call_record *record)
{
	real->at = record->real.offset;
	real->length = record->real.length;
	if (record->flags & REAL_UNKNOWN)
		real->knowledge = TEXT_UNKNOWN;
	else
		real->knowledge = real->at ? TEXT_KNOWN : TEXT_ABSENT;
}

/* Find both names; one alone is as opened, whichever it is. */
__noinline int names_read(u32 owner)
{
	struct scratch *scratch = bpf_map_lookup_elem(&scratches, &owner);
	struct evaluation *evaluation = evaluation_of(owner);
	struct call_record *record;
	struct reading *opened, *real;

	if (!scratch || !evaluation)
		return 0;
	record = (struct call_record *)scratch->record;
	opened = &evaluation->opened;
	real = &evaluation->real;
	reading_real(real, record);
	if (!record->name.offset && !(record->flags & NAME_UNKNOWN)) {
		*opened = *real;
		real->knowledge = TEXT_ABSENT;
		return 0;
	}
	reading_opened(scratch, opened, record);
	if (opened->knowledge != TEXT_KNOWN)
		return 0;
	if (real->knowledge == TEXT_KNOWN && real->length == opened->length &&
	    texts_are_equal(owner, opened->at, real->at, real->length))
		real->knowledge = TEXT_ABSENT;
	else if (*text_at(scratch, opened->at) == '/')
		reading_tidy(scratch, opened);
	return 0;
}

/* Run a view's automaton over a text; of one that isn't known nothing is. */
__noinline int view_look(u32 owner, u32 generation, u32 view, u32 knowledge, u32 span)
{
	struct evaluation *evaluation = evaluation_of(owner);
	u32 which, state;

	view &= VIEW_COUNT - 1;
	which = AUTOMATON_OF_VIEW(view);
	if (!evaluation)
		return 0;
	evaluation->truth_unmatched[view] = knowledge == TEXT_UNKNOWN ? TRUTH_UNKNOWN : TRUTH_FALSE;
	__builtin_memset(&evaluation->held[view], 0, sizeof(evaluation->held[view]));
	if (knowledge != TEXT_KNOWN || !has_automaton(generation, which))
		return 0;
	state = pass_begin(owner, generation, which);
	state = pass_run(owner, generation, which, state, span);
	pass_end(owner, generation, which, state);
	return 0;
}

static __always_inline int asks_for(u32 views, u32 view)
{
	return views >> view & 1;
}

/* The path's parts: above its last slash, and behind it. A directory is its own, and has no name. */
static __always_inline void parts_look(u32 owner, u32 generation, struct reading *reading,
				       int is_directory)
{
	u32 at = reading->at, length = reading->length, knowledge = reading->knowledge;
	u32 above = text_last_slash(owner, at, length);
	int has_slash = above < length;
	u32 behind = has_slash ? above + 1 : 0;

	if (is_directory || knowledge != TEXT_KNOWN) {
		view_look(owner, generation, VIEW_DIRECTORY, knowledge, span_of(at, length));
		view_look(owner, generation, VIEW_FILENAME,
			  knowledge == TEXT_KNOWN ? TEXT_ABSENT : knowledge, 0);
		return;
	}
	if (!has_slash && length > NAME_MAX)
		knowledge = TEXT_UNKNOWN;
	view_look(owner, generation, VIEW_DIRECTORY,
		  has_slash || knowledge == TEXT_UNKNOWN ? knowledge : TEXT_ABSENT,
		  span_of(at, above ? above : 1));
	view_look(owner, generation, VIEW_FILENAME, knowledge,
		  span_of(at + behind, length - behind));
}

/* Look at all that the class asks of one of the two names. */
__noinline int names_look(u32 owner, u32 generation, u32 views, u32 is_real)
{
	struct scratch *scratch = bpf_map_lookup_elem(&scratches, &owner);
	struct evaluation *evaluation = evaluation_of(owner);
	struct call_record *record;
	struct reading *reading;

	if (!scratch || !evaluation)
		return 0;
	record = (struct call_record *)scratch->record;
	reading = is_real ? &evaluation->real : &evaluation->opened;
	if (asks_for(views, VIEW_PATH))
		view_look(owner, generation, VIEW_PATH, reading->knowledge,
			  span_of(reading->at, reading->length));
	if (asks_for(views, VIEW_DIRECTORY) || asks_for(views, VIEW_FILENAME))
		parts_look(owner, generation, reading,
			   (record->file_mode & S_IFMT) == S_IFDIR);
	if (asks_for(views, VIEW_TARGET))
		view_look(owner, generation, VIEW_TARGET, TEXT_UNKNOWN, 0);
	return 0;
}

#endif
