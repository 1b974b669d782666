/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0 */
/*
 * A flood of one alert is told as a count.
 *
 * Each condition that the tables say has a bucket of tokens in each process. A call that finds
 * none is counted there and not told, as far as that condition goes. Only what surely fires, by
 * whichever name, takes a token: else calls that merely may match could empty a bucket before the
 * one that does.
 */
#ifndef SHIKRA_LIMIT_H
#define SHIKRA_LIMIT_H

#include "evaluation.h"

#define MAX_BUCKETS 4096		/* the one that was used longest ago makes room, with its count */
#define MAX_SPENDERS 4			/* conditions of one word that take tokens; more go free */

struct limit {
	u64 token_ns;			/* how long until a token is back */
	u64 full_ns;			/* until all are; 0: there is no limit */
};

struct bucket_key {
	u64 process;			/* id of its record */
	u32 condition, generation;
};

struct bucket {
	u64 empty_until_ns;		/* when all tokens will be back */
	u64 held;			/* calls that found none, ever */
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct limit);
} limit SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, MAX_BUCKETS);
	__type(key, struct bucket_key);
	__type(value, struct bucket);
} buckets SEC(".maps");

/* Returns whether the condition has a token for the record in the scratch; if not, counts it. */
__noinline int token_take(u32 owner, u32 condition)
{
	struct scratch *scratch = bpf_map_lookup_elem(&scratches, &owner);
	u32 zero = 0;
	struct limit *now = bpf_map_lookup_elem(&limit, &zero);
	struct bucket fresh = {};
	struct bucket_key key = {};
	struct call_record *record;
	struct bucket *bucket;
	u64 missing_ns;

	if (!scratch || !now || !now->full_ns)
		return 1;
	record = (struct call_record *)scratch->record;
	key.process = record->head.process;
	key.condition = condition;
	key.generation = record->generation;
	if (!key.process)
		return 1;
	bucket = bpf_map_lookup_elem(&buckets, &key);
	if (!bucket) {
		fresh.empty_until_ns = record->head.time_ns + now->token_ns;
		bpf_map_update_elem(&buckets, &key, &fresh, BPF_ANY);
		return 1;
	}
	missing_ns = now->token_ns;
	if (bucket->empty_until_ns > record->head.time_ns)
		missing_ns += bucket->empty_until_ns - record->head.time_ns;
	if (missing_ns <= now->full_ns) {
		bucket->empty_until_ns = record->head.time_ns + missing_ns;
		return 1;
	}
	count_up(&bucket->held);
	lost(LOSS_LIMITED);
	return 0;
}

/* Take from the record the conditions without a token; returns whether any is left to be told. */
static __noinline int record_limit(struct scratch *scratch)
{
	struct call_record *record = (struct call_record *)scratch->record;
	struct evaluation *evaluation = evaluation_of(scratch->owner);
	struct tables *tables = tables_of(record->generation);
	u64 left = 0;

	if (!tables || !evaluation)
		return 1;
	for (u32 word = 0; word < CONDITION_WORDS; word++) {
		u64 sure = evaluation->fires[word] & record->may[word] & tables->limited[word];

		for (u32 i = 0; i < MAX_SPENDERS && sure; i++) {
			u64 lowest = sure & -sure;

			if (!token_take(scratch->owner, word * WORD_BITS + __builtin_ctzll(sure))) {
				record->may[word] &= ~lowest;
				record->surely[word] &= ~lowest;
			}
			sure &= ~lowest;
		}
		left |= record->may[word];
	}
	return left != 0;
}

#endif
