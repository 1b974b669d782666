/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0 */
/*
 * What user space orders to be done about what surely matches, and what became of it.
 *
 * Orders belong to one generation of tables and stand in its slot; they and the containers' modes
 * may be written at any time: nothing is rebuilt. Enumerators are named as those of the Python
 * model.
 */
#ifndef SHIKRA_ORDERS_H
#define SHIKRA_ORDERS_H

#include "../rules/evaluation.h"

#define MAX_SPARED 64
#define CONDITIONS (CONDITION_WORDS * WORD_BITS)

enum mode { MODE_OFF, MODE_OBSERVE, MODE_ENFORCE, MODE_UNKNOWN };	/* unknown: all is held */

struct orders {
	u32 generation;			/* of the tables whose conditions these are */
	u32 default_mode;		/* enum mode: of containers that have none of their own */
	u32 enforces_host;
	u32 open_call;			/* number of the call that an open is judged as */
	u32 exec_call;			/* and an execution */
	u32 unused;
	u64 kill[CONDITION_WORDS];
	u64 observed[CONDITION_WORDS];	/* would kill: everything is decided as if */
	u64 deny[CONDITION_WORDS];	/* refuse the open itself */
	u64 includes_init[CONDITION_WORDS];	/* a container's first process, too */
	u64 asks_lineage[CONDITION_WORDS];	/* who created a process, or how it came there */
};

/* What became of a condition's match: a count for each outcome. */
struct outcomes {
	u64 counts[OUTCOME_COUNT];
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, SLOTS);
	__type(key, u32);
	__type(value, struct orders);
} orders SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, MAX_CONTAINERS);
	__type(key, u64);		/* key of the container; 0 is the host */
	__type(value, u32);		/* enum mode */
} container_modes SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, MAX_SPARED);
	__type(key, struct comm);	/* of who keeps containers or nodes alive, on the host */
	__type(value, u8);
} spared SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, SLOTS * CONDITIONS);
	__type(key, u32);		/* slot * CONDITIONS + condition */
	__type(value, struct outcomes);
} enforced SEC(".maps");

static __always_inline struct orders *orders_of(u32 generation)
{
	u32 slot = generation & (SLOTS - 1);
	struct orders *now = bpf_map_lookup_elem(&orders, &slot);

	return now && now->generation == generation ? now : NULL;
}

static __always_inline u32 ordered_mode(struct orders *orders, u64 container)
{
	u32 *mode = bpf_map_lookup_elem(&container_modes, &container);

	return mode ? *mode : orders->default_mode;
}

/* Count what became of some conditions of one word. */
__noinline int outcomes_count(u32 generation, u32 word, u64 conditions, u32 outcome)
{
	u32 first = (generation & (SLOTS - 1)) * CONDITIONS + word * WORD_BITS;

	if (outcome >= OUTCOME_COUNT)
		return 0;
	for (u32 i = 0; i < WORD_BITS; i++) {
		u32 key = first + i;
		struct outcomes *outcomes;

		if (!(conditions >> i & 1))
			continue;
		outcomes = bpf_map_lookup_elem(&enforced, &key);
		if (outcomes)
			count_up(&outcomes->counts[outcome]);
	}
	return 0;
}

#endif
