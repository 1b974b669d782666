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
#define TARGET_UNKNOWN (CALL_TARGET_CUT | CALL_BASE_CUT)
#define REAL_UNKNOWN (CALL_REAL_CUT | CALL_REAL_UNKNOWN | CALL_OTHER_MOUNTS)
#define HAS_OTHER_NAMES (CALL_OTHER_NAMES | CALL_REAL_UNSURE)	/* beside the real one */

/* Put a directory and a relative name together, behind the record's texts. */
static __always_inline void reading_join(struct scratch *scratch, struct reading *reading,
					 struct text *from, struct text *named)
{
	u32 base = from->length, name = named->length;
	u32 behind = scratch->used + base;

	keep(base);
	keep(name);
	keep(behind);
	if (base >= PATH_MAX || name >= PATH_MAX || base + name + 1 >= PATH_MAX ||
	    behind >= RECORD_ROOM - 1)
		return;
	bpf_probe_read_kernel(text_place(scratch), base, text_at(scratch, from->offset));
	scratch->record[behind] = '/';
	bpf_probe_read_kernel(scratch->record + behind + 1, name,
			      text_at(scratch, named->offset));
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

/* A name that was written, not tidied yet. Without a directory a relative one stays as it is. */
static __always_inline void reading_written(struct scratch *scratch, struct reading *reading,
					    struct text *base, struct text *name)
{
	reading->knowledge = TEXT_UNKNOWN;
	if (base->offset && *text_at(scratch, name->offset) != '/') {
		reading_join(scratch, reading, base, name);
		return;
	}
	reading->knowledge = TEXT_KNOWN;
	reading->at = name->offset;
	reading->length = name->length;
}

static __always_inline struct reading *reading_of(struct evaluation *evaluation, u32 name)
{
	switch (name) {
	case NAME_OPENED:
		return &evaluation->opened;
	case NAME_REAL:
		return &evaluation->real;
	}
	return &evaluation->other;
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

/* Find the names; one alone is as opened, whichever it is. Those that aren't told may be any. */
static __always_inline void names_read(struct scratch *scratch, struct evaluation *evaluation)
{
	struct call_record *record = (struct call_record *)scratch->record;
	struct reading *opened = &evaluation->opened, *real = &evaluation->real;

	reading_real(real, record);
	evaluation->other.knowledge = TEXT_ABSENT;
	if (record->flags & HAS_OTHER_NAMES && real->knowledge != TEXT_UNKNOWN)
		evaluation->other.knowledge = TEXT_UNKNOWN;
	if (!record->name.offset && !(record->flags & NAME_UNKNOWN)) {
		*opened = *real;
		real->knowledge = TEXT_ABSENT;
		return;
	}
	opened->knowledge = TEXT_UNKNOWN;
	if (!(record->flags & NAME_UNKNOWN))
		reading_written(scratch, opened, &record->base, &record->name);
	if (opened->knowledge != TEXT_KNOWN)
		return;
	if (real->knowledge == TEXT_KNOWN && real->length == opened->length &&
	    texts_are_equal(scratch, opened->at, real->at, real->length))
		real->knowledge = TEXT_ABSENT;
	else if (*text_at(scratch, opened->at) == '/')
		reading_tidy(scratch, opened);
}

/*
 * Find the second path of a call that has two. It is put where the one as opened was, so that one
 * has been looked at before.
 */
__noinline int target_read(u32 owner)
{
	struct scratch *scratch = bpf_map_lookup_elem(&scratches, &owner);
	struct evaluation *evaluation = evaluation_of(owner);
	struct call_record *record;
	struct reading *target;

	if (!scratch || !evaluation)
		return 0;
	record = (struct call_record *)scratch->record;
	target = &evaluation->target;
	target->knowledge = record->flags & TARGET_UNKNOWN ? TEXT_UNKNOWN : TEXT_ABSENT;
	if (target->knowledge == TEXT_UNKNOWN || !record->target.offset)
		return 0;
	reading_written(scratch, target, &record->target_base, &record->target);
	if (target->knowledge == TEXT_KNOWN && *text_at(scratch, target->at) == '/')
		reading_tidy(scratch, target);
	return 0;
}

/* What a view is looked at with. */
struct glance {
	struct evaluation *evaluation;
	struct tables *tables;
	u32 owner, generation;
};

/* Run a view's automaton over a text; of one that isn't known nothing is. */
static __always_inline void view_look(struct glance *glance, u32 view, u32 knowledge, u32 span)
{
	struct evaluation *evaluation = glance->evaluation;
	u32 which = AUTOMATON_OF_VIEW(view);
	u32 state = STATE_START;

	evaluation->truth_unmatched[view] = knowledge == TEXT_UNKNOWN ? TRUTH_UNKNOWN : TRUTH_FALSE;
	if (knowledge != TEXT_KNOWN || !automaton_at(glance->tables, which)->width) {
		__builtin_memset(&evaluation->held[view], 0, sizeof(evaluation->held[view]));
		return;
	}
	pass_begin(glance->owner, glance->generation, which, evaluation, glance->tables);
	state = pass_run(glance->owner, glance->generation, which, state, span);
	pass_end(glance->owner, glance->generation, which, state, glance->tables);
}

static __always_inline int asks_for(u32 views, u32 view)
{
	return views >> view & 1;
}

/* The path's parts: above its last slash, and behind it. A directory is its own, and has no name. */
static __always_inline void parts_look(struct glance *glance, struct reading *reading, u32 views,
				       int is_directory)
{
	u32 at = reading->at, length = reading->length;
	u32 above = length, behind = 0, behind_length = length;
	u32 of_directory = reading->knowledge, of_name = reading->knowledge;

	if (reading->knowledge == TEXT_KNOWN && is_directory) {
		of_name = TEXT_ABSENT;
	} else if (reading->knowledge == TEXT_KNOWN) {
		above = text_last_slash(glance->owner, at, length);
		if (above < length) {
			behind = above + 1;
			behind_length = length - behind;
			above = above ? above : 1;
		} else if (length > NAME_MAX) {
			of_directory = of_name = TEXT_UNKNOWN;
		} else {
			of_directory = TEXT_ABSENT;
		}
	}
	if (asks_for(views, VIEW_DIRECTORY))
		view_look(glance, VIEW_DIRECTORY, of_directory, span_of(at, above));
	if (asks_for(views, VIEW_FILENAME))
		view_look(glance, VIEW_FILENAME, of_name, span_of(at + behind, behind_length));
}

/* Look at all that the class asks of one of the names, and once at the second path. */
static __always_inline void names_look(struct glance *glance, struct reading *reading, u32 views,
				       struct call_record *record)
{
	struct evaluation *evaluation = glance->evaluation;

	if (asks_for(views, VIEW_PATH))
		view_look(glance, VIEW_PATH, reading->knowledge,
			  span_of(reading->at, reading->length));
	if (asks_for(views, VIEW_DIRECTORY) || asks_for(views, VIEW_FILENAME))
		parts_look(glance, reading, views, (record->file_mode & S_IFMT) == S_IFDIR);
	if (asks_for(views, VIEW_TARGET) && reading == &evaluation->opened) {
		target_read(glance->owner);
		view_look(glance, VIEW_TARGET, evaluation->target.knowledge,
			  span_of(evaluation->target.at, evaluation->target.length));
	}
}

#endif
