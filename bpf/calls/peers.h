/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0 */
/*
 * Whether a call gave its socket another peer than the one before: what Falco calls a changed name.
 *
 * The last peer of each socket is kept, of the least used it is forgotten: then the next call is
 * one with a new peer. Calls that no rule can match in their process aren't looked at.
 */
#ifndef SHIKRA_PEERS_H
#define SHIKRA_PEERS_H

#include "sockets.h"

#define MAX_PEERS 8192
#define END_WORDS 5

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, MAX_PEERS);
	__type(key, u64);		/* inode of the socket */
	__type(value, struct socket_end);
} peers SEC(".maps");

static __always_inline int is_same_end(struct socket_end *one, struct socket_end *other)
{
	u32 *left = (u32 *)one, *right = (u32 *)other;

	for (u32 i = 0; i < END_WORDS; i++) {
		if (left[i] != right[i])
			return 0;
	}
	return 1;
}

/* Whether the call decides who the peer is: on a stream, only its beginning does. */
static __always_inline int names_peer(struct call_record *record, struct call_plan *plan)
{
	if (plan->flags & PLAN_CONNECTS)
		return !record->result || record->result == -EINPROGRESS;
	return record->socket_type != SOCK_STREAM || plan->flags & PLAN_NEW_DESCRIPTOR;
}

static __noinline void peer_note(struct call_record *record, struct call_plan *plan)
{
	struct socket_end *last;
	u64 key = record->inode;

	if (!(record->facts & HAS_REMOTE) || !names_peer(record, plan))
		return;
	last = bpf_map_lookup_elem(&peers, &key);
	if (last && is_same_end(last, &record->remote))
		return;
	record->flags |= CALL_NAME_CHANGED;
	bpf_map_update_elem(&peers, &key, &record->remote, BPF_ANY);
}

#endif
