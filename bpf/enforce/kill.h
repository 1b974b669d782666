/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0 */
/*
 * End the process whose call surely matches a rule that orders it, before the call returns to it.
 *
 * What is never ended, whatever is ordered: a process whose place isn't known for sure, a runtime's
 * helper, who keeps the node alive, what runs on the host unless that is ordered, a container's
 * first process unless the rule includes it, what runs in a container of which nobody knows yet how
 * far rules may go. Such a match is held, and counted with its reason.
 * On the host everybody descends from who is older than the sensor, so there a guessed lineage holds
 * only rules that ask for it.
 */
#ifndef SHIKRA_KILL_H
#define SHIKRA_KILL_H

#include "../calls/plan.h"
#include "../lib/process.h"
#include "orders.h"
#include "tracees.h"

#define SIGKILL 9
#define FIRST_OF_HOST 1

/* What is ordered about one word's conditions, as far as they surely hold. */
struct due {
	u64 kill, observe, hold;
};

/* What Shikra started itself; who is adopted by it was started by what it started. */
static __always_inline int is_shikras(void)
{
	struct settings *settings = settings_now();
	struct task_struct *parent = TASK(current_task()->real_parent);

	return !settings || (u32)TASK(parent->tgid) == settings->own_pid;
}

/* Who keeps containers or the node alive is known by name, and on the host alone. */
static __always_inline int is_spared(u32 pid)
{
	struct process_state *process = process_find(pid);
	struct comm name;

	if (!process || pid == FIRST_OF_HOST || is_shikras())
		return 1;
	__builtin_memcpy(name.text, process->comm, COMM_SIZE);
	return bpf_map_lookup_elem(&spared, &name) != NULL;
}

/* Why the process is left alone, whatever the condition; OUTCOME_NONE if it isn't. */
static __always_inline u32 reason_to_hold(struct call_record *record, struct orders *orders)
{
	if ((u32)TASK(current_task()->tgid) != record->ids.pid)
		return OUTCOME_HELD_ELSEWHERE;
	if (!record->container && !orders->enforces_host)
		return OUTCOME_HELD_HOST;
	if (!record->head.process || record->process_flags & PROCESS_ANYWHERE)
		return OUTCOME_HELD_UNSURE;
	if (record->container && record->process_flags & PROCESS_INFERRED)
		return OUTCOME_HELD_UNSURE;
	if (record->process_flags & PROCESS_RUNTIME)
		return OUTCOME_HELD_RUNTIME;
	if (!record->container && is_spared(record->ids.pid))
		return OUTCOME_HELD_SPARED;
	return record->process_flags & PROCESS_INFERRED ? OUTCOME_HELD_UNSURE : OUTCOME_NONE;
}

/* Whether nothing but lineage is a guess: it is on the host, and was seen to start its program. */
static __always_inline int is_only_lineage_unsure(struct call_record *record, u32 reason)
{
	struct settings *settings = settings_now();

	return reason == OUTCOME_HELD_UNSURE && settings && record->head.process &&
	       !record->container && record->process_flags & PROCESS_IMAGE_SEEN &&
	       !(record->process_flags & PROCESS_ANYWHERE) &&
	       mount_namespace_of(current_task()) == settings->host_mount_namespace;
}

static __always_inline u64 matched_at(struct call_record *record, struct orders *orders, u32 word)
{
	return record->surely[word] & record->may[word] &
	       (orders->kill[word] | orders->observed[word]);
}

static __always_inline struct due due_at(struct call_record *record, struct orders *orders,
					 u32 word, u32 mode, u32 reason, int is_only_lineage)
{
	u64 matched = matched_at(record, orders, word), free = ~0ull;
	struct due due = {};

	if (is_only_lineage)
		free = ~orders->asks_lineage[word];
	else if (reason)
		free = 0;
	else if (record->process_flags & PROCESS_IS_FIRST)
		free = orders->includes_init[word];
	due.hold = matched & ~free;
	if (mode == MODE_ENFORCE)
		due.kill = matched & free & orders->kill[word];
	due.observe = matched & free & ~due.kill;
	return due;
}

/* Do it, if it is to be done; returns what weighs most of all that became of the conditions. */
static __always_inline u32 outcome_of(struct due *all, u32 reason)
{
	if (all->kill)
		return bpf_send_signal(SIGKILL) ? OUTCOME_KILL_FAILED : OUTCOME_KILLED;
	if (all->observe)
		return OUTCOME_WOULD_KILL;
	return reason ? reason : OUTCOME_HELD_FIRST;
}

/* Do what is ordered about the call in the scratch; write it down and count it. */
__noinline int call_enforce(u32 owner, u32 mode)
{
	struct scratch *scratch = bpf_map_lookup_elem(&scratches, &owner);
	struct call_record *record;
	struct orders *orders;
	struct due due, all = {};
	int is_only_lineage;
	u32 reason;

	if (!scratch)
		return 0;
	record = call_of(scratch);
	orders = orders_of(record->generation);
	if (!orders)
		return 0;
	reason = reason_to_hold(record, orders);
	if (!reason && mode == MODE_UNKNOWN)
		reason = OUTCOME_HELD_UNKNOWN;
	is_only_lineage = is_only_lineage_unsure(record, reason);
	for (u32 i = 0; i < CONDITION_WORDS; i++) {
		due = due_at(record, orders, i, mode, reason, is_only_lineage);
		all.kill |= due.kill;
		all.observe |= due.observe;
		all.hold |= due.hold;
	}
	record->outcome = outcome_of(&all, reason);
	if (record->outcome == OUTCOME_KILLED)
		tracees_note(record, current_task());
	for (u32 i = 0; i < CONDITION_WORDS; i++) {
		due = due_at(record, orders, i, mode, reason, is_only_lineage);
		record->acted[i] = all.kill ? due.kill : all.observe ? due.observe : due.hold;
		if (due.kill)
			outcomes_count(record->generation, i, due.kill, record->outcome);
		if (due.observe)
			outcomes_count(record->generation, i, due.observe, OUTCOME_WOULD_KILL);
		if (due.hold)
			outcomes_count(record->generation, i, due.hold,
				       reason ? reason : OUTCOME_HELD_FIRST);
	}
	return 0;
}

/* Nothing is ordered about most calls, not even where something surely holds. */
static __always_inline void enforce(struct call_record *record, struct tables *tables, u32 owner)
{
	struct orders *orders = orders_of(record->generation);
	u64 matched = 0;
	u32 mode;

	if (!orders || record->outcome)	/* it has been decided */
		return;
	for (u32 i = 0; i < CONDITION_WORDS; i++) {
		if (i >= tables->condition_words)
			break;
		matched |= matched_at(record, orders, i);
	}
	if (!matched)
		return;
	mode = ordered_mode(orders, record->container);
	if (mode != MODE_OFF)
		call_enforce(owner, mode);
}

#endif
