/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0 */
/*
 * A process has a new image: a new id, its container and lineage, its command line.
 */
#include "../rules/images.h"
#include "change.h"

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

/* Find out what rules ask of the new image. */
static __noinline void change_bits(struct scratch *scratch, u32 generation, int is_path_known)
{
	struct exec_record *record = (struct exec_record *)scratch->record;
	struct process_state *now = &scratch->change.now;
	struct related *image = image_of(SCRATCH_EXEC);

	record->bits_generation = now->is_partial ? 0 : generation;
	image_bits(SCRATCH_EXEC, generation, is_path_known);
	if (image)
		__builtin_memcpy(&now->related[RELATION_SELF], image, sizeof(*image));
	outlook_drop(now);
}

static __always_inline void exec_report(struct scratch *scratch, struct task_struct *task,
					struct settings *settings)
{
	struct exec_record *record = (struct exec_record *)scratch->record;
	struct process_state *now = &scratch->change.now;
	struct mm_struct *mm = task->mm;
	struct active *active = active_now();
	u32 generation = active ? active->generation : 0;
	struct file *exe;
	u32 pid = task->tgid;
	int is_path_known;

	if (!mm)
		return;
	exe = mm->exe_file;
	if (!exe)
		return;
	change_begin(scratch, task, settings, exe, generation);
	now->id = next_id(ID_OF_HOOK);
	classify(scratch, exe);
	image_describe(scratch, now, task, cgroup_of(task, settings));
	record->previous = scratch->change.previous;
	is_path_known = text_exepath(scratch, exe);
	if (!is_path_known)
		record->flags |= PROCESS_EXEPATH_CUT;
	exe_times(record, TASK(exe->f_inode));
	exe_mark(scratch, TASK(task->cred), exe);
	text_arguments(scratch, mm);
	now->flags = record->flags;
	change_bits(scratch, generation, is_path_known);
	if (bpf_map_update_elem(&processes, &pid, now, BPF_ANY))
		lost(LOSS_PROCESSES_FULL);
	send_process(scratch_record(scratch), scratch_size(scratch), 1);
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
