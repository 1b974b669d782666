/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0 */
/*
 * Run a program of the tables: atoms, then gates, then what conditions require.
 *
 * A requirement that may not hold takes its condition from the candidates, one that doesn't surely
 * hold takes it from the sure ones. Each part runs in spans, whose bounds the verifier can follow;
 * a span is a function of its own to it, looked at once.
 */
#ifndef SHIKRA_PROGRAM_H
#define SHIKRA_PROGRAM_H

#include "atom.h"

#define ATOM_SPAN 32
#define TOKEN_SPAN 256
#define REQUIREMENT_SPAN 256
#define FEW_ATOMS 12			/* as most programs of numbers have */
#define FEW_TOKENS 24
#define FEW_REQUIREMENTS 24

static __always_inline u32 value_of(struct evaluation *evaluation, u32 literal)
{
	u32 value = evaluation->nodes[literal / 2 & (MAX_NODES - 1)];

	if (literal & 1)
		value = (~value >> 1 & 1) | (~value & 1) << 1;
	return value;
}

static __always_inline void atom_evaluate(struct evaluation *evaluation, struct scratch *scratch,
					  struct tables *tables, u32 number, u32 generation)
{
	struct atom *atom = &tables->atoms[number & (MAX_ATOMS - 1)];

	evaluation->nodes[atom->node & (MAX_NODES - 1)] = truth_of_atom(
		atom, evaluation, (struct call_record *)scratch->record, generation);
}

/* Returns the value of the gate so far; that of the next, where it ends. */
static __always_inline u32 token_evaluate(struct evaluation *evaluation, struct tables *tables,
					  u32 number, u32 value)
{
	u32 token = tables->tokens[number & (MAX_TOKENS - 1)];
	u32 node = token >> 16 & (MAX_NODES - 1);

	value &= value_of(evaluation, token & 0xffff);
	if (!node)
		return value;
	evaluation->nodes[node] = value;
	return TRUTH_TRUE;
}

static __always_inline void requirement_evaluate(struct evaluation *evaluation, struct tables *tables,
						 u32 number)
{
	u32 requirement = tables->requirements[number & (MAX_REQUIREMENTS - 1)];
	u32 condition = requirement >> 16;
	u32 word = condition / WORD_BITS & (CONDITION_WORDS - 1);
	u64 bit = 1ull << (condition % WORD_BITS);
	u32 value = value_of(evaluation, requirement & 0xffff);

	if (!(value & MAY_HOLD))
		evaluation->candidates[word] &= ~bit;
	if (!(value & SURELY_HOLDS))
		evaluation->sure[word] &= ~bit;
}

__noinline int atoms_run(u32 owner, u32 generation, u32 first, u32 count)
{
	struct evaluation *evaluation = evaluation_of(owner);
	struct scratch *scratch = bpf_map_lookup_elem(&scratches, &owner);
	struct tables *tables = tables_of(generation);

	if (!evaluation || !scratch || !tables)
		return 0;
	for (u32 i = 0; i < ATOM_SPAN; i++) {
		if (i >= count)
			break;
		atom_evaluate(evaluation, scratch, tables, first + i, generation);
	}
	return 0;
}

/* Returns the value of the gate that isn't at its end yet. */
__noinline u32 gates_run(u32 owner, u32 generation, u32 first, u32 count, u32 value)
{
	struct evaluation *evaluation = evaluation_of(owner);
	struct tables *tables = tables_of(generation);

	if (!evaluation || !tables)
		return TRUTH_UNKNOWN;
	for (u32 i = 0; i < TOKEN_SPAN; i++) {
		if (i >= count)
			break;
		value = token_evaluate(evaluation, tables, first + i, value);
	}
	return value;
}

__noinline int requirements_run(u32 owner, u32 generation, u32 first, u32 count)
{
	struct evaluation *evaluation = evaluation_of(owner);
	struct tables *tables = tables_of(generation);

	if (!evaluation || !tables)
		return 0;
	for (u32 i = 0; i < REQUIREMENT_SPAN; i++) {
		if (i >= count)
			break;
		requirement_evaluate(evaluation, tables, first + i);
	}
	return 0;
}

/* Which program: the one of processes, or one of a class's two. */
#define PROGRAM_OF_PROCESS 0
#define PROGRAM_OF_NUMBERS(class) ((class) * 2)
#define PROGRAM_OF_NAMES(class) ((class) * 2 + 1)

static __always_inline struct program *program_at(struct tables *tables, u32 which)
{
	struct event_class *class = &tables->classes[which / 2 & (MAX_CLASSES - 1)];

	if (which == PROGRAM_OF_PROCESS)
		return &tables->process;
	return which & 1 ? &class->full : &class->numbers;
}

static __always_inline int is_short(struct program *program)
{
	return program->atoms <= FEW_ATOMS && program->tokens <= FEW_TOKENS &&
	       program->requirements <= FEW_REQUIREMENTS;
}

/* All in one: a call of a function costs as much as some atoms. */
__noinline int program_run_short(u32 owner, u32 generation, u32 which)
{
	struct scratch *scratch = bpf_map_lookup_elem(&scratches, &owner);
	struct evaluation *evaluation = evaluation_of(owner);
	struct tables *tables = tables_of(generation);
	u32 value = TRUTH_TRUE;
	struct program *program;

	if (!evaluation || !tables || !scratch)
		return 0;
	program = program_at(tables, which);
	for (u32 i = 0; i < FEW_ATOMS; i++) {
		if (i >= program->atoms)
			break;
		atom_evaluate(evaluation, scratch, tables, program->first_atom + i, generation);
	}
	for (u32 i = 0; i < FEW_TOKENS; i++) {
		if (i >= program->tokens)
			break;
		value = token_evaluate(evaluation, tables, program->first_token + i, value);
	}
	for (u32 i = 0; i < FEW_REQUIREMENTS; i++) {
		if (i >= program->requirements)
			break;
		requirement_evaluate(evaluation, tables, program->first_requirement + i);
	}
	return 0;
}

__noinline int program_run_long(u32 owner, u32 generation, u32 which)
{
	struct tables *tables = tables_of(generation);
	u32 value = TRUTH_TRUE;
	struct program *program;

	if (!tables)
		return 0;
	program = program_at(tables, which);
	for (u32 at = 0; at < MAX_ATOMS; at += ATOM_SPAN) {
		if (at >= program->atoms)
			break;
		atoms_run(owner, generation, program->first_atom + at, program->atoms - at);
	}
	for (u32 at = 0; at < MAX_TOKENS; at += TOKEN_SPAN) {
		if (at >= program->tokens)
			break;
		value = gates_run(owner, generation, program->first_token + at, program->tokens - at,
				  value);
	}
	for (u32 at = 0; at < MAX_REQUIREMENTS; at += REQUIREMENT_SPAN) {
		if (at >= program->requirements)
			break;
		requirements_run(owner, generation, program->first_requirement + at,
				 program->requirements - at);
	}
	return 0;
}

/* What requires something that may not hold is no candidate afterwards. */
static __always_inline void program_run(struct evaluation *evaluation, struct tables *tables,
					u32 owner, u32 generation, u32 which)
{
	evaluation->nodes[NODE_UNKNOWN] = TRUTH_UNKNOWN;
	evaluation->nodes[NODE_TRUE] = TRUTH_TRUE;
	if (is_short(program_at(tables, which)))
		program_run_short(owner, generation, which);
	else
		program_run_long(owner, generation, which);
}

#endif
