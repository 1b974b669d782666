/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0 */
/*
 * Where rules are evaluated: the maps of their tables, and memory for what is found out on the way.
 */
#ifndef SHIKRA_EVALUATION_H
#define SHIKRA_EVALUATION_H

#include "../lib/scratch.h"
#include "tables.h"

/* What is known of one event while it is evaluated; the scratch that is taken guards it. */
struct evaluation {
	u8 nodes[MAX_NODES];		/* values; node 0 stays false */
	u64 candidates[CONDITION_WORDS];	/* conditions that may hold */
	u64 sure[CONDITION_WORDS];	/* conditions that surely hold */
	struct output_bits held[VIEW_COUNT];
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

#endif
