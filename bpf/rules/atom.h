/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0 */
/*
 * The value of one test: does it hold, surely, perhaps, not at all?
 *
 * What can't be known is unknown, never false; what asks for something that isn't there is false,
 * whatever is asked. Functions that are no static ones are looked at once by the verifier, and not
 * at every call; their arguments are numbers.
 */
#ifndef SHIKRA_ATOM_H
#define SHIKRA_ATOM_H

#include "evaluation.h"

#define AF_INET 2
#define AF_INET6 10
#define MEMBER_ROOM 2048		/* a power of two, not less than a call's record */
#define NUMBER_STEPS 13			/* halvings of MAX_NUMBERS, and one */
#define NETWORK_STEPS 11
#define MAPPED 0xffffull		/* above an IPv4 address that is written as one of IPv6 */

static __always_inline enum truth truth_of(int holds)
{
	return holds ? TRUTH_TRUE : TRUTH_FALSE;
}

/* Of a predicate that a pass over a text found to hold. */
static __always_inline enum truth truth_matched(struct atom *atom)
{
	return atom->is_exact ? TRUTH_TRUE : TRUTH_UNKNOWN;
}

/* Whether a number is one of a sorted span. */
__noinline int numbers_have(u32 generation, u32 first, u32 count, u64 number)
{
	struct tables *tables = tables_of(generation);
	u32 low = first, high = first + count;

	if (!tables)
		return 0;
	for (u32 step = 0; step < NUMBER_STEPS; step++) {
		u32 middle = low + (high - low) / 2;
		u64 here = tables->numbers[middle & (MAX_NUMBERS - 1)];

		if (low >= high)
			return 0;
		if (here == number)
			return 1;
		if (here < number)
			low = middle + 1;
		else
			high = middle;
	}
	return 0;
}

/* Whether an address is in one of a sorted span of networks. */
__noinline int networks_have(u32 generation, u32 first, u32 count, u64 head, u64 tail)
{
	struct tables *tables = tables_of(generation);
	u32 low = first, high = first + count;

	if (!tables)
		return 0;
	for (u32 step = 0; step < NETWORK_STEPS; step++) {
		u32 middle = low + (high - low) / 2;
		struct network *here = &tables->networks[middle & (MAX_NETWORKS - 1)];

		if (low >= high)
			return 0;
		if (head < here->first[0] || (head == here->first[0] && tail < here->first[1]))
			high = middle;
		else if (head > here->last[0] || (head == here->last[0] && tail > here->last[1]))
			low = middle + 1;
		else
			return 1;
	}
	return 0;
}

/* A member of the call's record, extended to 64 bits. */
static __always_inline u64 atom_number(struct atom *atom, u8 *record)
{
	u32 offset = atom->offset & (MEMBER_ROOM - 1);
	u32 shift = atom->unused_bits & (WORD_BITS - 1);
	u64 number = *(u64 *)(record + offset) << shift;

	return atom->is_signed ? (u64)((s64)number >> shift) : number >> shift;
}

static __always_inline int is_in_order(struct atom *atom, u64 number, u64 bound)
{
	s64 signed_number = number, signed_bound = bound;
	int is_less = atom->is_signed ? signed_number < signed_bound : number < bound;

	switch (atom->compare) {
	case COMPARE_LT:
		return is_less;
	case COMPARE_LE:
		return is_less || number == bound;
	case COMPARE_GT:
		return !is_less && number != bound;
	}
	return !is_less;
}

static __always_inline enum truth truth_of_number(struct atom *atom, u64 number, u32 generation)
{
	struct tables *tables = tables_of(generation);
	u64 masked = number & atom->mask;
	u64 constant;

	if (!tables)
		return TRUTH_UNKNOWN;
	constant = tables->numbers[atom->first & (MAX_NUMBERS - 1)];
	switch (atom->compare) {
	case COMPARE_EQ:
		return truth_of(masked == constant);
	case COMPARE_NE:
		return truth_of(masked != constant);
	case COMPARE_IN:
		return truth_of(numbers_have(generation, atom->first, atom->count, masked));
	case COMPARE_AMONG:
		return truth_of(masked < WORD_BITS && constant >> masked & 1);
	case COMPARE_ANY_BITS:
		return truth_of(masked != 0);
	case COMPARE_EXISTS:
		return TRUTH_TRUE;
	}
	return truth_of(is_in_order(atom, number, constant));
}

static __always_inline int is_ipv4_mapped(struct socket_end *end)
{
	u64 *words = (u64 *)end->address;

	return !words[0] && (u32)words[1] == __builtin_bswap32(MAPPED);
}

/* An IPv4 address counts as mapped, and so does no address of a socket that speaks IPv4 so. */
static __always_inline enum truth truth_of_network(struct atom *atom, struct call_record *record,
						   u32 generation)
{
	u64 *words = (void *)record + (atom->offset & (MEMBER_ROOM - 1));
	u64 head = __builtin_bswap64(words[0]), tail = __builtin_bswap64(words[1]);

	if (record->socket_family == AF_INET) {
		tail = MAPPED << 32 | head >> 32;
		head = 0;
	} else if (!head && !tail && (is_ipv4_mapped(&record->local) || is_ipv4_mapped(&record->remote))) {
		tail = MAPPED << 32;
	}
	return truth_of(networks_have(generation, atom->first, atom->count, head, tail));
}

static __always_inline enum truth truth_of_image(struct atom *atom, struct subject *subject)
{
	struct related *related = &subject->related[atom->place & (RELATION_ROOM - 1)];
	u32 bit = atom->bit;

	if (related->matched[bit / WORD_BITS & (IMAGE_WORDS - 1)] >> (bit % WORD_BITS) & 1)
		return truth_matched(atom);
	return related->unknown >> (atom->field & 31) & 1 ? TRUTH_UNKNOWN : TRUTH_FALSE;
}

static __always_inline enum truth truth_of_container(struct atom *atom, struct subject *subject)
{
	u32 word = atom->bit / WORD_BITS & (CONTAINER_WORDS - 1);

	if (subject->container.unknown[word] >> (atom->bit % WORD_BITS) & 1)
		return TRUTH_UNKNOWN;
	return truth_of(subject->container.matched[word] >> (atom->bit % WORD_BITS) & 1);
}

static __always_inline enum truth truth_of_flags(struct atom *atom, struct subject *subject)
{
	if (subject->flags & PROCESS_ANYWHERE)
		return TRUTH_UNKNOWN;
	return truth_of((subject->flags & atom->mask) != 0);
}

static __always_inline enum truth truth_of_name(struct atom *atom, struct evaluation *evaluation)
{
	u32 view = atom->place & (VIEW_COUNT - 1);
	u64 *predicates = evaluation->held[view].predicates;
	u32 word = atom->bit / WORD_BITS & (PREDICATE_WORDS - 1);

	if (predicates[word] >> (atom->bit % WORD_BITS) & 1)
		return truth_matched(atom);
	return evaluation->truth_unmatched[view];
}

/* Of what the record has; an unknown one may be there or not. */
static __always_inline enum truth truth_of_member(struct atom *atom, struct call_record *record,
						  u32 generation)
{
	if (record->flags & atom->unknown)
		return TRUTH_UNKNOWN;
	if ((record->facts & atom->needs) != atom->needs)
		return TRUTH_FALSE;
	if (atom->kind == ATOM_NETWORK)
		return truth_of_network(atom, record, generation);
	return truth_of_number(atom, atom_number(atom, (u8 *)record), generation);
}

static __always_inline enum truth truth_of_atom(struct atom *atom, struct evaluation *evaluation,
						struct call_record *record, u32 generation)
{
	switch (atom->kind) {
	case ATOM_IMAGE:
		return truth_of_image(atom, &evaluation->subject);
	case ATOM_FLAGS:
		return truth_of_flags(atom, &evaluation->subject);
	case ATOM_CONTAINER:
		return truth_of_container(atom, &evaluation->subject);
	case ATOM_NAME:
		return truth_of_name(atom, evaluation);
	case ATOM_NUMBER:
	case ATOM_NETWORK:
		return truth_of_member(atom, record, generation);
	}
	return TRUTH_UNKNOWN;
}

#endif
