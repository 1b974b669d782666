/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0 */
/*
 * Where rules are evaluated: the maps of their tables, and memory for what is found out on the way.
 */
#ifndef SHIKRA_EVALUATION_H
#define SHIKRA_EVALUATION_H

#include "../lib/scratch.h"
#include "tables.h"

/* What atoms ask of the process. */
struct subject {
	struct related related[RELATION_ROOM];
	struct container_bits container;
	u32 flags;			/* enum process_flag */
};

#define MAX_PARTS 256			/* of a path that has to be tidied */

/* State of tidying a path, see text.h. */
struct tidy {
	u32 at, length;
	u32 next;			/* to be read */
	u32 begin;			/* of the part that is being written */
	u32 end;			/* of what is written */
	u32 depth;			/* parts before it, and where each begins */
	u16 begins[MAX_PARTS];
};

enum knowledge { TEXT_ABSENT, TEXT_KNOWN, TEXT_UNKNOWN };

/* Names of an event's file: those that aren't told count as one. */
enum name { NAME_OPENED, NAME_REAL, NAME_OTHER, NAME_COUNT };

/* A path of the event, in the record. */
struct reading {
	u32 knowledge;			/* enum knowledge */
	u32 at, length;
};

/* What is known of one event while it is evaluated; the scratch that is taken guards it. */
struct evaluation {
	u8 nodes[MAX_NODES];		/* values, of one program at a time */
	struct subject subject;
	u64 classes[CLASS_WORDS];	/* event classes that they are of */
	u64 candidates[CONDITION_WORDS];	/* conditions that may hold */
	u64 sure[CONDITION_WORDS];	/* conditions that surely hold */
	u64 fires[CONDITION_WORDS];	/* conditions that surely hold by one of the names */
	u64 begun[CONDITION_WORDS];	/* conditions that may hold in the process */
	u64 left[CONDITION_WORDS];	/* of these, what the event's numbers leave */
	struct output_bits held[VIEW_COUNT];
	u8 truth_unmatched[VIEW_COUNT];	/* of a predicate that no match was found for */
	struct reading opened, real, other, target;
	u8 has_caller;			/* the record tells of the thread already */
	u8 is_judged;			/* the record says what may hold */
	u8 is_early;			/* it is told only if something is ordered: its end is to come */
	struct tidy tidy;
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, SCRATCH_COUNT);
	__type(key, u32);
	__type(value, struct evaluation);
} evaluations SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, SLOTS);
	__type(key, u32);
	__type(value, struct tables);
} tables SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct active);
} active SEC(".maps");

static __always_inline struct active *active_now(void)
{
	u32 zero = 0;

	return bpf_map_lookup_elem(&active, &zero);
}

static __always_inline struct tables *tables_of(u32 generation)
{
	u32 slot = generation & (SLOTS - 1);

	return bpf_map_lookup_elem(&tables, &slot);
}

static __always_inline struct evaluation *evaluation_of(u32 owner)
{
	return bpf_map_lookup_elem(&evaluations, &owner);
}

#endif
