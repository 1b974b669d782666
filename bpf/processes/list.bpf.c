/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0 */
/*
 * Every process that exists: a record for those that have none, and a line for user space each.
 *
 * Read once, after the hooks are attached. Arguments are missing: another task's memory can't be
 * read here.
 */
#include "image.h"

static __always_inline void list_one(struct scratch *scratch, struct task_struct *task,
				     struct seq_file *file, struct settings *settings)
{
	struct exec_record *record = (struct exec_record *)scratch->record;
	struct process_state *state = process_of(task, ID_OF_LIST);
	struct mm_struct *mm = task->mm;
	struct file *exe;
	u32 size;

	if (!state)
		return;
	image_describe(scratch, state, task, cgroup_of(task, settings));
	if (mm) {
		exe = mm->exe_file;
		if (exe) {
			if (!text_exepath(scratch, exe))
				record->flags |= PROCESS_EXEPATH_CUT;
			exe_times(record, TASK(exe->f_inode));
			if (!(record->flags & PROCESS_EXE_TOLD))	/* it is as it was at exec */
				exe_mark(scratch, TASK(task->cred), exe);
		}
	}
	size = scratch_size(scratch);
	record->head.size = size;
	bpf_seq_write(file, record, size);
}

SEC("iter/task")
int list_tasks(struct bpf_iter__task *context)
{
	struct task_struct *task = context->task;
	struct seq_file *file = context->meta->seq;
	struct settings *settings = settings_now();
	struct scratch *scratch;

	if (!task || !settings || task->flags & PF_KTHREAD || task->pid != task->tgid)
		return 0;
	scratch = scratch_take(SCRATCH_LIST);
	if (!scratch)
		return 0;
	list_one(scratch, task, file, settings);
	scratch_give_back(scratch);
	return 0;
}
