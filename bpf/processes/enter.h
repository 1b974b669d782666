/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0 */
/*
 * Coming into a container without executing a file: by setns() into its mount namespace.
 *
 * The whole process has entered, and what it creates; it may leave the same way until it executes
 * a file there. One with several threads stays where it is: each of its calls is looked at, and
 * each process that it creates.
 */
#ifndef SHIKRA_ENTER_H
#define SHIKRA_ENTER_H

#include "../lib/process.h"
#include "../lib/scratch.h"
#include "../rules/outlook.h"

/* The container whose mount namespace the task is in; 0 if it is no container's first. */
static __always_inline u64 container_by_mounts(struct task_struct *task)
{
	u32 mounts = mount_namespace_of(task);
	u64 *key = bpf_map_lookup_elem(&mount_namespaces, &mounts);

	return key ? *key : 0;
}

static __always_inline void visit_begin(struct process_state *state, u64 key)
{
	state->container = key;
	state->flags |= PROCESS_ENTERED | PROCESS_VISITS;
	related_clear(&state->related[RELATION_LINEAGE]);
}

static __always_inline void visit_end(struct process_state *state)
{
	state->container = 0;
	state->flags &= ~(PROCESS_ENTERED | PROCESS_VISITS);
	related_forget(&state->related[RELATION_LINEAGE]);
}

static __always_inline void move_report(struct process_state *state)
{
	struct move_record record = {};

	record_begin(&record.head, RECORD_MOVE, state->id);
	record.container = state->container;
	record.flags = state->flags;
	send_process(&record.head, sizeof(record), 0);
}

/* A thread has other namespaces. */
static __noinline void process_moved(struct task_struct *task, struct settings *settings)
{
	struct process_state *state = process_of(task, ID_OF_HOOK);
	struct signal_struct *signal = TASK(task->signal);
	u64 key = container_by_mounts(task);

	if (!state || state->flags & (PROCESS_RUNTIME | PROCESS_UNCLASSIFIED))
		return;
	if (state->container && !(state->flags & PROCESS_VISITS))
		return;
	if (TASK(signal->live.counter) > 1) {
		if (key)
			state->flags |= PROCESS_APART;
	} else if (key && key != state->container) {
		visit_begin(state, key);
		move_report(state);
	} else if (state->container && mount_namespace_of(task) == settings->host_mount_namespace) {
		visit_end(state);
		move_report(state);
	}
	outlook_drop(state);
}

/* A new process of one whose threads are apart is where the thread is that made it. */
static __always_inline void process_settle(struct process_state *state, struct task_struct *task)
{
	u64 key;

	if (!(state->flags & PROCESS_APART))
		return;
	state->flags &= ~PROCESS_APART;
	key = container_by_mounts(task);
	if (key && !state->container)
		visit_begin(state, key);
}

#endif
