/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0 */
/*
 * The last thread of a process is gone: its record goes, and with a first process its container.
 */
#include "../lib/process.h"
#include "../lib/scratch.h"

static __always_inline void container_end(u64 key, u64 process)
{
	struct container_state *container = bpf_map_lookup_elem(&containers, &key);
	u32 mounts;

	if (!container || container->first_process != process)
		return;
	mounts = container->mount_namespace;
	bpf_map_delete_elem(&mount_namespaces, &mounts);
	bpf_map_delete_elem(&containers, &key);
}

SEC("tp_btf/sched_process_exit")
int process_ended(u64 *context)
{
	struct task_struct *task = (void *)context[0];
	struct exit_record record = {};
	struct process_state *state;
	u32 pid = task->tgid;

	if (task->flags & PF_KTHREAD || task->signal->live.counter)
		return 0;
	state = process_find(pid);
	if (!state)
		return 0;
	record_begin(&record.head, RECORD_EXIT, state->id);
	record.pid = pid;
	if (state->flags & PROCESS_IS_FIRST)
		container_end(state->container, state->id);
	if (bpf_map_delete_elem(&processes, &pid))	/* two last threads at once: one reports */
		return 0;
	send_process(&record.head, sizeof(record), 0);
	return 0;
}
