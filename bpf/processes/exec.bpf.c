/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0 */
/*
 * A process has a new image: a new id, its container and lineage, its command line.
 */
#include "image.h"
#include "lineage.h"

#define MAX_ARGUMENTS 4095		/* bytes of a command line that are kept */

static __noinline void text_arguments(struct scratch *scratch, struct mm_struct *mm)
{
	struct exec_record *record = (struct exec_record *)scratch->record;
	u64 start = mm->arg_start;
	u64 length = mm->arg_end - start;

	if (length > MAX_ARGUMENTS) {
		length = MAX_ARGUMENTS;
		record->flags |= PROCESS_ARGUMENTS_CUT;
	}
	if (bpf_probe_read_user(text_place(scratch), length, (void *)start))
		record->flags |= PROCESS_ARGUMENTS_CUT;
	else
		text_keep(scratch, &record->arguments, length);
	if (record->flags & PROCESS_ARGUMENTS_CUT)
		lost(LOSS_ARGUMENTS_CUT);
}

static __always_inline void exec_report(struct scratch *scratch, struct task_struct *task,
					struct settings *settings)
{
	struct exec_record *record = (struct exec_record *)scratch->record;
	struct process_state *before = process_of(task, ID_OF_HOOK);
	struct mm_struct *mm = task->mm;
	struct process_state now = {};
	struct place place = {};
	struct file *exe;
	u32 pid = task->tgid;

	if (!mm)
		return;
	exe = mm->exe_file;
	if (!exe)
		return;
	place.cgroup = cgroup_of(task, settings);
	place.key = cgroup_id(place.cgroup);
	place.mount_namespace = mount_namespace_of(task);
	place.pid_namespace = READ(pid_namespace_of(task)->ns.inum);
	place.is_host = place.mount_namespace == settings->host_mount_namespace;
	if (before)
		__builtin_memcpy(&now, before, sizeof(now));
	else
		now.flags = PROCESS_INFERRED | PROCESS_UNCLASSIFIED;
	now.flags &= ~PROCESS_ARGUMENTS_CUT;
	now.id = next_id(ID_OF_HOOK);
	process_describe(&now, task);
	exe_describe(&now, exe);
	classify(scratch, before ? before : &now, &now, exe, &place);

	image_describe(scratch, &now, task, place.cgroup);
	if (before)
		record->previous = before->id;
	text_exepath(scratch, exe);
	text_arguments(scratch, mm);
	now.flags = record->flags;
	if (bpf_map_update_elem(&processes, &pid, &now, BPF_ANY))
		lost(LOSS_PROCESSES_FULL);
	scratch_send(scratch);
}

SEC("tp_btf/sched_process_exec")
int process_executed(u64 *context)
{
	struct task_struct *task = (void *)context[0];
	struct settings *settings = settings_now();
	struct scratch *scratch;

	if (!settings)
		return 0;
	scratch = scratch_take(SCRATCH_EXEC);
	if (!scratch)
		return 0;
	exec_report(scratch, task, settings);
	scratch_give_back(scratch);
	return 0;
}
