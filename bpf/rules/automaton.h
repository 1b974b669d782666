/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0 */
/*
 * One pass over a text decides all predicates on it.
 *
 * The text stands in the record that is being built. What is found goes to the evaluation's place
 * for a view, of which images borrow one after the other. A pass ends early in the dead state.
 */
#ifndef SHIKRA_AUTOMATON_H
#define SHIKRA_AUTOMATON_H

#include "evaluation.h"

#define TEXT_SPAN 256			/* bytes in one function that the verifier looks at */
#define TEXT_END (RECORD_ROOM + PATH_MAX)	/* of all texts */
#define AUTOMATON_OF_VIEW(view) (FIRST_VIEW + (view))

static __always_inline struct automaton *automaton_at(struct tables *tables, u32 which)
{
	return &tables->automata[which & (MAX_AUTOMATA - 1)];
}

/* Where the findings of an automaton go. */
static __always_inline u32 place_of(u32 which)
{
	return which & (VIEW_COUNT - 1);
}

/* Add what is known in a state: once it is reached, or because the text ends in it. */
__noinline int output_add(u32 owner, u32 generation, u32 which, u32 state, u32 is_end)
{
	struct evaluation *evaluation = evaluation_of(owner);
	struct tables *tables = tables_of(generation);
	struct output *output;
	struct state *outputs;
	u32 number;
	u64 *bits;

	if (!evaluation || !tables)
		return 0;
	state += automaton_at(tables, which)->first_state;
	outputs = &tables->states[state & (MAX_STATES - 1)];
	number = is_end ? outputs->ending : outputs->passing;
	output = &tables->outputs[number & (MAX_OUTPUTS - 1)];
	bits = (u64 *)&evaluation->held[place_of(which)];
	for (u32 i = 0; i < OUTPUT_WORDS; i++) {
		struct output_word *word;

		if (i >= output->count)
			break;
		word = &tables->output_words[(output->first + i) & (MAX_OUTPUT_WORDS - 1)];
		bits[word->at & (OUTPUT_WORDS - 1)] |= word->bits;
	}
	return 0;
}

/* Go on from a state over at most TEXT_SPAN bytes; "at" and "length" share a word. */
__noinline u32 span_run(u32 owner, u32 generation, u32 which, u32 state, u32 at_and_length)
{
	struct scratch *scratch = bpf_map_lookup_elem(&scratches, &owner);
	struct tables *tables = tables_of(generation);
	u32 at = at_and_length >> 16, length = at_and_length & 0xffff;
	struct automaton *automaton;
	u32 width, first;
	u8 *text;

	if (!scratch || !tables || at > TEXT_END - TEXT_SPAN)
		return STATE_DEAD;
	automaton = automaton_at(tables, which);
	width = automaton->width;
	first = automaton->first_transition;
	text = scratch->record + at;
	for (u32 i = 0; i < TEXT_SPAN; i++) {
		u32 code;

		if (i >= length || state == STATE_DEAD)
			break;
		code = first + state * width + automaton->byte_class[text[i]];
		code = tables->transitions[code & (MAX_TRANSITIONS - 1)];
		state = code & STATE_MASK;
		if (code & STATE_PASSES)
			output_add(owner, generation, which, state, 0);
	}
	return state;
}

/* Begin a pass: nothing is found yet but what holds of every text. */
static __always_inline void pass_begin(u32 owner, u32 generation, u32 which,
				       struct evaluation *evaluation, struct tables *tables)
{
	struct automaton *automaton = automaton_at(tables, which);
	struct output_bits *held = &evaluation->held[place_of(which)];
	u32 start = automaton->first_state + STATE_START;

	for (u32 i = 0; i < CONDITION_WORDS; i++) {
		if (i >= tables->condition_words)
			break;
		held->conditions[i] = 0;
	}
	for (u32 i = 0; i < PREDICATE_WORDS; i++) {
		if (i >= automaton->predicate_words)
			break;
		held->predicates[i] = 0;
	}
	if (tables->states[start & (MAX_STATES - 1)].passing)
		output_add(owner, generation, which, STATE_START, 0);
}

/* Go on over a text of at most PATH_MAX bytes. */
static __always_inline u32 pass_run(u32 owner, u32 generation, u32 which, u32 state,
				    u32 at_and_length)
{
	u32 at = at_and_length >> 16, length = at_and_length & 0xffff;

	for (u32 done = 0; done < PATH_MAX; done += TEXT_SPAN) {
		u32 left = length - done;

		if (done >= length || state == STATE_DEAD)
			break;
		state = span_run(owner, generation, which, state,
				 (at + done) << 16 | (left < TEXT_SPAN ? left : TEXT_SPAN));
	}
	return state;
}

static __always_inline void pass_end(u32 owner, u32 generation, u32 which, u32 state,
				     struct tables *tables)
{
	u32 last = automaton_at(tables, which)->first_state + state;

	if (tables->states[last & (MAX_STATES - 1)].ending)
		output_add(owner, generation, which, state, 1);
}

static __always_inline u32 span_of(u32 at, u32 length)
{
	return at << 16 | (length & 0xffff);
}

#endif
