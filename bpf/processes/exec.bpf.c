/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0 */
/*
 * A process has a new image: a new id, its container and lineage, its command line.
 */
#include "../rules/images.h"
#include "../rules/outlook.h"
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

/* Of creators whose bits are of other tables nothing is known. */
static __always_inline void relations_keep(struct process_state *now, u32 generation)
{
	if (now->bits_generation == generation)
		return;
	for (u32 i = 0; i < RELATION_COUNT; i++)
		related_forget(&now->related[i]);
	now->bits_generation = generation;
	now->is_partial = 1;
}

/* What the process was, and what it is now but for its container. */
static __noinline void change_begin(struct scratch *scratch, struct task_struct *task,
				    struct settings *settings, struct file *exe, u32 generation)
{
	struct process_state *before = process_of(task, ID_OF_HOOK);
	struct change *change = &scratch->change;
	struct process_state *now = &change->now;

	if (before) {
		related_refresh(before, generation);
		__builtin_memcpy(now, before, sizeof(*now));
	} else {
		__builtin_memset(now, 0, sizeof(*now));
		now->flags = PROCESS_INFERRED | PROCESS_UNCLASSIFIED;
	}
	relations_keep(now, generation);
	change->previous = now->id;
	change->exe_device = now->exe_device;
	change->exe_inode = now->exe_inode;
	now->flags &= ~(PROCESS_ARGUMENTS_CUT | PROCESS_ENVIRONMENT_CUT | PROCESS_EXEPATH_CUT |
			PROCESS_EXE_MARKS | PROCESS_VISITS | PROCESS_APART);
	now->flags |= PROCESS_IMAGE_SEEN;
	now->id = next_id(ID_OF_HOOK);
	process_describe(now, task);
	exe_describe(now, exe);
	change->cgroup = cgroup_of(task, settings);
	change->key = cgroup_id(cgroup_of(task, settings));
	change->mount_namespace = mount_namespace_of(task);
	change->mount_event = mount_event_of(task);
	change->pid_namespace = pid_namespace_of(task);
	change->is_host = change->mount_namespace == settings->host_mount_namespace;
	change->has_company = now->vpid != 1 && has_company(task);
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
	classify(scratch, exe);
	image_describe(scratch, now, task, cgroup_of(task, settings));
	record->previous = scratch->change.previous;
	is_path_known = text_exepath(scratch, exe);
	if (!is_path_known)
		record->flags |= PROCESS_EXEPATH_CUT;
	exe_times(record, TASK(exe->f_inode));
	exe_mark(scratch, task, exe);
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
