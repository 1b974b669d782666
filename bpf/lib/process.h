/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0 */
/*
 * The record of a process, shared by its threads, and the ids that records are known by.
 */
#ifndef SHIKRA_PROCESS_H
#define SHIKRA_PROCESS_H

#include "task.h"

/* An id: the processor, who gave it, and a count of theirs. */
#define CPU_SHIFT 48
#define GIVER_SHIFT 47

static __always_inline u64 next_id(u32 giver)
{
	u64 *last = bpf_map_lookup_elem(&last_ids, &giver);

	if (!last)
		return 0;
	*last += 1;
	return ((u64)bpf_get_smp_processor_id() << CPU_SHIFT) | ((u64)giver << GIVER_SHIFT) | *last;
}

static __always_inline struct process_state *process_find(u32 pid)
{
	return bpf_map_lookup_elem(&processes, &pid);
}

/* What the task says of itself. */
static __always_inline void process_describe(struct process_state *state, struct task_struct *task)
{
	struct task_struct *leader = TASK(task->group_leader);

	state->pid = TASK(task->tgid);
	state->vpid = vpid_of(leader);
	state->start_time_ns = TASK(leader->start_boottime);
	/* below 5.17 what a longer name had after its end is still there */
	__builtin_memset(state->comm, 0, COMM_SIZE);
	bpf_probe_read_kernel_str(state->comm, COMM_SIZE, leader->comm);
}

static __always_inline void exe_describe(struct process_state *state, struct file *exe)
{
	struct inode *inode = TASK(exe->f_inode);
	struct super_block *file_system = TASK(inode->i_sb);

	state->exe_device = device_of(TASK(file_system->s_dev));
	state->exe_inode = TASK(inode->i_ino);
}

/*
 * Make the record of a process that was there before the sensor, or that was missed.
 * Who created it and where it belongs is for user space to guess.
 */
static __noinline struct process_state *process_adopt(struct task_struct *task, u32 giver)
{
	struct process_state *state = bpf_map_lookup_elem(&drafts, &giver);
	struct task_struct *parent = TASK(task->real_parent);
	struct task_struct *leader = TASK(task->group_leader);
	struct process_state *creator = process_find(TASK(parent->tgid));
	struct mm_struct *mm = TASK(leader->mm);
	u32 pid = TASK(task->tgid);

	if (!state)
		return NULL;
	__builtin_memset(state, 0, sizeof(*state));
	state->id = next_id(giver);
	process_describe(state, task);
	state->flags = PROCESS_INFERRED | PROCESS_UNCLASSIFIED;
	if (creator)
		state->creator = creator->id;
	if (mm) {
		struct file *exe = TASK(mm->exe_file);

		if (exe)
			exe_describe(state, exe);
	}
	bpf_map_update_elem(&processes, &pid, state, BPF_NOEXIST);
	return process_find(pid);
}

static __always_inline struct task_struct *current_task(void)
{
	return has_typed_task() ? bpf_get_current_task_btf() : (void *)bpf_get_current_task();
}

/* The record of a task's process; NULL is counted. */
static __always_inline struct process_state *process_of(struct task_struct *task, u32 giver)
{
	struct process_state *state = process_find(TASK(task->tgid));

	if (!state)
		state = process_adopt(task, giver);
	if (!state)
		lost(LOSS_PROCESS_UNKNOWN);
	return state;
}

#endif
