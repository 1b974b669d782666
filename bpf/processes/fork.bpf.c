/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0 */
/*
 * A process was created. Its creator is who called clone, whoever will be its parent.
 */
#include "../lib/process.h"
#include "../lib/scratch.h"
#include "enter.h"

/* What the new process has of its creator. */
static __always_inline void creator_inherit(struct process_state *state,
					    struct process_state *creator)
{
	struct active *active = active_now();

	if (active)
		related_refresh(creator, active->generation);
	__builtin_memcpy(state, creator, sizeof(*state));
	state->creator = creator->id;
	state->flags &= ~PROCESS_IS_FIRST;
	relations_hand_on(state, creator->flags);
	outlook_drop(state);
}

/* Whether a container may come of it: who reads is woken, to know it before it begins. */
static __always_inline int is_coming(struct process_state *state)
{
	return state->flags & PROCESS_RUNTIME && !state->container &&
	       state->vpid == 1 && state->pid != 1;
}

static __always_inline void fork_report(struct process_state *state, struct task_struct *task)
{
	struct fork_record record = {};

	record_begin(&record.head, RECORD_FORK, state->id);
	record.creator = state->creator;
	record.container = state->container;
	record.flags = state->flags;
	record.bits_generation = state->is_partial ? 0 : state->bits_generation;
	record.pid = state->pid;
	record.vpid = state->vpid;
	bpf_probe_read_kernel(record.comm, COMM_SIZE, task->comm);
	if (is_coming(state))
		send_container(&record.head, sizeof(record));
	else
		send_process(&record.head, sizeof(record), 0);
}

SEC("tp_btf/task_newtask")
int process_created(u64 *context)
{
	struct task_struct *task = (void *)context[0];
	u64 clone_flags = context[1];
	struct task_struct *caller = current_task();
	struct process_state *creator = NULL;
	struct process_state *state;
	u32 pid = task->tgid;
	u32 giver = ID_OF_HOOK;

	if (clone_flags & CLONE_THREAD || task->flags & PF_KTHREAD)
		return 0;
	if (!(TASK(caller->flags) & PF_KTHREAD))	/* a kernel worker has no record */
		creator = process_of(caller, ID_OF_HOOK);
	state = bpf_map_lookup_elem(&drafts, &giver);
	if (!state)
		return 0;
	if (creator)
		creator_inherit(state, creator);
	else
		__builtin_memset(state, 0, sizeof(*state));
	state->id = next_id(ID_OF_HOOK);
	process_describe(state, task);
	if (creator)		/* the name at exec, even if a thread was renamed since */
		__builtin_memcpy(state->comm, creator->comm, COMM_SIZE);
	process_settle(state, task);
	if (bpf_map_update_elem(&processes, &pid, state, BPF_ANY))
		lost(LOSS_PROCESSES_FULL);
	fork_report(state, task);
	return 0;
}
