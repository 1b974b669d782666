/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0 */
/*
 * What rules ask of an image: found out once, at exec, from the record that tells of it.
 *
 * Arguments are kept apart by NULs, where rules see blanks: the automata know of that. A text that
 * was cut is left unknown.
 */
#ifndef SHIKRA_IMAGES_H
#define SHIKRA_IMAGES_H

#include "../processes/relations.h"
#include "automaton.h"

/* The image whose bits are gathered. */
static __always_inline struct related *image_of(u32 owner)
{
	struct evaluation *evaluation = evaluation_of(owner);

	return evaluation ? &evaluation->subject.related[RELATION_SELF] : NULL;
}

/* Run a field's automaton over a text in two pieces, and gather what holds. */
__noinline int image_run(u32 owner, u32 generation, u32 field, u32 piece, u32 other_piece)
{
	struct evaluation *evaluation = evaluation_of(owner);
	struct tables *tables = tables_of(generation);
	struct related *image = image_of(owner);
	struct automaton *automaton;
	u32 state = STATE_START;

	if (!evaluation || !tables || !image)
		return 0;
	automaton = automaton_at(tables, field);
	if (!automaton->width)
		return 0;
	pass_begin(owner, generation, field, evaluation, tables);
	state = pass_run(owner, generation, field, state, piece);
	state = pass_run(owner, generation, field, state, other_piece);
	pass_end(owner, generation, field, state, tables);
	for (u32 i = 0; i < IMAGE_WORDS; i++) {
		if (i >= automaton->predicate_words)
			break;
		image->matched[i] |= evaluation->held[place_of(field)].predicates[i];
	}
	return 0;
}

/* How many bytes come before the first NUL; all, if there is none. */
__noinline u32 length_until_nul(u32 owner, u32 at, u32 length)
{
	struct scratch *scratch = bpf_map_lookup_elem(&scratches, &owner);

	for (u32 i = 0; i < TEXT_SPAN; i++) {
		if (!scratch || i >= length || at > TEXT_END - TEXT_SPAN)
			break;
		if (!scratch->record[at + i])
			return i;
	}
	return length;
}

/* A first argument that is longer than anybody asks for isn't looked at. */
static __always_inline void image_arguments(u32 owner, u32 generation, struct exec_record *record,
					    u32 name)
{
	struct related *image = image_of(owner);
	u32 at = record->arguments.offset, length = record->arguments.length;
	u32 first = length_until_nul(owner, at, length);
	u32 rest = length > first + 1 ? length - first - 1 : 0;

	if (!image)
		return;
	if (length && first == length) {
		image->unknown |= 1 << IMAGE_EXE | 1 << IMAGE_ARGS | 1 << IMAGE_CMDLINE;
		return;
	}
	image_run(owner, generation, IMAGE_EXE, span_of(at, first), 0);
	if (record->flags & PROCESS_ARGUMENTS_CUT) {
		image->unknown |= 1 << IMAGE_ARGS | 1 << IMAGE_CMDLINE;
		return;
	}
	image_run(owner, generation, IMAGE_ARGS, rest ? span_of(at + first + 1, rest - 1) : 0, 0);
	image_run(owner, generation, IMAGE_CMDLINE, name, rest ? span_of(at + first, rest) : 0);
}

/* Gather the bits of the image that the record in the scratch tells of. */
__noinline int image_bits(u32 owner, u32 generation, u32 is_path_known)
{
	struct scratch *scratch = bpf_map_lookup_elem(&scratches, &owner);
	struct related *image = image_of(owner);
	struct exec_record *record;
	u32 name = __builtin_offsetof(struct exec_record, comm);

	if (!scratch || !image)
		return 0;
	record = (struct exec_record *)scratch->record;
	related_clear(image);
	name = span_of(name, length_until_nul(owner, name, COMM_SIZE));
	image_run(owner, generation, IMAGE_NAME, name, 0);
	if (is_path_known)
		image_run(owner, generation, IMAGE_EXEPATH,
			  span_of(record->exepath.offset, record->exepath.length), 0);
	else
		image->unknown |= 1 << IMAGE_EXEPATH;
	if (scratch->change.is_asked)	/* the arguments lie where nobody can read them yet */
		image->unknown |= 1 << IMAGE_EXE | 1 << IMAGE_ARGS | 1 << IMAGE_CMDLINE;
	else
		image_arguments(owner, generation, record, name);
	return 0;
}

#endif
