/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0 */
/*
 * A process has a new image: a new id, its container and lineage, its command line.
 */
#include "image.h"
#include "lineage.h"

#define MAX_ARGUMENTS 4095		/* bytes of a command line, or an environment, that are kept */

/* Append what lies in the caller's memory; returns whether something is missing. */
static __noinline int text_user(struct scratch *scratch, struct text *text, u64 start, u64 end)
{
	u64 length = end - start;
	int is_cut = length > MAX_ARGUMENTS;

	if (is_cut)
		length = MAX_ARGUMENTS;
	if (bpf_probe_read_user(text_place(scratch), length, (void *)start))
		return 1;
	text_keep(scratch, text, length);
	return is_cut;
}

static __always_inline void text_arguments(struct scratch *scratch, struct mm_struct *mm)
{
	struct exec_record *record = (struct exec_record *)scratch->record;

	if (text_user(scratch, &record->arguments, mm->arg_start, mm->arg_end)) {
		record->flags |= PROCESS_ARGUMENTS_CUT;
		lost(LOSS_ARGUMENTS_CUT);
	}
	if (text_user(scratch, &record->environment, mm->env_start, mm->env_end)) {
		record->flags |= PROCESS_ENVIRONMENT_CUT;
		lost(LOSS_ENVIRONMENT_CUT);
	}
}

/* What the process was, and what it is now but for its container. */
static __noinline void change_begin(struct scratch *scratch, struct task_struct *task,
				    struct settings *settings, struct file *exe)
{
	struct process_state *before = process_of(task, ID_OF_HOOK);
	struct change *change = &scratch->change;

	__builtin_memset(change, 0, sizeof(*change));
	change->before.flags = PROCESS_INFERRED | PROCESS_UNCLASSIFIED;
	if (before)
		__builtin_memcpy(&change->before, before, sizeof(*before));
	__builtin_memcpy(&change->now, &change->before, sizeof(change->now));
	change->now.flags &= ~(PROCESS_ARGUMENTS_CUT | PROCESS_ENVIRONMENT_CUT);
	change->now.id = next_id(ID_OF_HOOK);
	process_describe(&change->now, task);
	exe_describe(&change->now, exe);
	change->cgroup = cgroup_of(task, settings);
	change->key = cgroup_id(cgroup_of(task, settings));
	change->mount_namespace = mount_namespace_of(task);
	change->mount_event = mount_event_of(task);
	change->pid_namespace = pid_namespace_of(task);
	change->is_host = change->mount_namespace == settings->host_mount_namespace;
}

static __always_inline void exec_report(struct scratch *scratch, struct task_struct *task,
					struct settings *settings)
{
	struct exec_record *record = (struct exec_record *)scratch->record;
	struct process_state *now = &scratch->change.now;
	struct mm_struct *mm = task->mm;
	struct file *exe;
	u32 pid = task->tgid;

	if (!mm)
		return;
	exe = mm->exe_file;
	if (!exe)
		return;
	change_begin(scratch, task, settings, exe);
	classify(scratch, exe);
	image_describe(scratch, now, task, cgroup_of(task, settings));
	record->previous = scratch->change.before.id;
	text_exepath(scratch, exe);
	exe_facts(scratch, task, exe);
	text_arguments(scratch, mm);
	now->flags = record->flags;
	if (bpf_map_update_elem(&processes, &pid, now, BPF_ANY))
		lost(LOSS_PROCESSES_FULL);
	send_process(scratch_record(scratch), scratch_size(scratch));
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
