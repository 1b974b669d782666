/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0 */
/*
 * A program is about to be executed: refuse it where that is ordered and a rule surely matches.
 *
 * The kernel asks when it knows the file that will run, which of a script is its interpreter, and
 * when nothing of the caller is lost yet. What the process would become is worked out as if it had
 * happened, without writing anything down, and judged by what rules say of executions. The
 * arguments lie where nobody can read them then. A refusal is told at once, as a call that failed
 * of the process that there would have been. Attached only while an execution is to be refused.
 */
#include "../processes/change.h"
#include "../rules/images.h"

/* What the process would be called: as the program is, or what it was opened by. */
static __noinline int name_become(struct scratch *scratch, struct linux_binprm *bprm)
{
	struct process_state *now = &scratch->change.now;
	u32 at = sizeof(struct exec_record), slash;
	long size;

	__builtin_memset(now->comm, 0, COMM_SIZE);
	if (is_named_by_dentry(bprm)) {
		bpf_probe_read_kernel_str(now->comm, COMM_SIZE,
					  bprm->file->f_path.dentry->d_name.name);
		return 0;
	}
	scratch->used = at;
	size = bpf_probe_read_kernel_str(text_place(scratch), PATH_MAX, bprm->filename);
	if (size <= 0)
		return 0;
	slash = text_last_slash(scratch->owner, at, size - 1);
	if (slash < size - 1)
		at += slash + 1;
	keep(at);
	bpf_probe_read_kernel_str(now->comm, COMM_SIZE, text_at(scratch, at));
	return 0;
}

/* Find out what rules ask of the image that there would be. */
static __noinline int image_become(struct scratch *scratch, struct linux_binprm *bprm,
				   struct settings *settings, u32 generation)
{
	struct exec_record *record = (struct exec_record *)scratch->record;
	struct process_state *now = &scratch->change.now;
	struct related *image = image_of(scratch->owner);
	struct task_struct *task = current_task();
	int is_path_known;

	if (!image)
		return 0;
	image_describe(scratch, now, task, cgroup_of(task, settings));
	is_path_known = text_exepath(scratch, bprm->file);
	exe_mark(scratch, bprm->cred, bprm->file);
	now->flags = record->flags;
	image_bits(scratch->owner, generation, is_path_known);
	__builtin_memcpy(&now->related[RELATION_SELF], image, sizeof(*image));
	return 1;
}

/* Work out what the process would become; returns whether anything is enforced there. */
static __noinline int process_becomes(struct scratch *scratch, struct linux_binprm *bprm,
				      struct orders *orders, u32 generation)
{
	struct process_state *now = &scratch->change.now;
	struct settings *settings = settings_now();

	if (!settings)
		return 0;
	scratch->change.is_asked = 1;
	change_begin(scratch, current_task(), settings, bprm->file, generation);
	name_become(scratch, bprm);
	classify(scratch, bprm->file);
	if (ordered_mode(orders, now->container) != MODE_ENFORCE)
		return 0;
	return image_become(scratch, bprm, settings, generation);
}

/* Begin the record of an execution by the process that there would be, its only thread. */
static __noinline int exec_begin(struct scratch *scratch, struct linux_binprm *bprm,
				 struct returned *returned)
{
	struct evaluation *evaluation = evaluation_of(scratch->owner);
	struct call_record *record = call_of(scratch);
	struct process_state *now = &scratch->change.now;

	if (!evaluation)
		return 0;
	record_identify(record, returned);
	record_place(scratch, current_task(), now);
	evaluation->has_caller = 0;
	evaluation->is_judged = 0;
	__builtin_memset(&scratch->sought, 0, sizeof(scratch->sought));
	record_caller(scratch, evaluation, current_task());
	record->ids.tid = record->ids.pid;
	record->ids.vtid = record->ids.vpid;
	ids_of_user(&record->ids, bprm->cred);
	credentials_fill(record, bprm->cred);
	__builtin_memcpy(record->comm, now->comm, COMM_SIZE);
	return 1;
}

/* Find out what surely matches; returns whether anything may. */
__noinline int exec_judge(u32 owner, u32 generation, u32 class)
{
	struct scratch *scratch = bpf_map_lookup_elem(&scratches, &owner);
	struct evaluation *evaluation = evaluation_of(owner);
	struct tables *tables = tables_of(generation);
	struct glance glance = {
		.evaluation = evaluation,
		.tables = tables,
		.owner = owner,
		.generation = generation,
	};

	if (!scratch || !evaluation || !tables ||
	    !candidates_begin(evaluation, tables, class, NULL) ||
	    !numbers_decide(&glance, class, PID_OF_CHANGE))
		return 0;
	names_read(scratch, evaluation);
	return 1;
}

/* What was asked for, and the file that would run. */
static __noinline int exec_names(struct scratch *scratch, struct linux_binprm *bprm)
{
	struct call_record *record = call_of(scratch);
	struct file *exe = bprm->file;
	struct dentry *dentry = exe->f_path.dentry;
	long size = bpf_probe_read_kernel_str(text_place(scratch), PATH_MAX, bprm->filename);

	if (size > 0) {
		text_keep(scratch, &record->name, size - 1);
		record->facts |= HAS_NAME;
	}
	if (is_anonymous(exe))
		text_kernel(scratch, &record->real, dentry->d_name.name);
	else if (text_path(scratch, &record->real, dentry, exe->f_path.mnt) != WALK_DONE)
		record->flags |= CALL_REAL_CUT;
	return 0;
}

/* Returns whether the execution is refused. */
static __noinline int exec_refused(struct linux_binprm *bprm, struct orders *orders,
				   struct returned *returned)
{
	u32 class = returned->class & CLASS_MASK, generation = returned->generation;
	u32 owner = open_scratch_take();
	struct scratch *scratch;
	int is_refused = 0;

	if (owner >= SCRATCH_COUNT)
		return 0;
	scratch = bpf_map_lookup_elem(&scratches, &owner);
	if (!scratch)
		return 0;
	if (process_becomes(scratch, bprm, orders, generation) &&
	    exec_begin(scratch, bprm, returned) &&
	    exec_judge(owner, generation, class) &&
	    name_tell(owner, generation, class, NAME_OPENED) &&
	    event_judge(owner, generation, class, PID_OF_CHANGE, NAME_OPENED))
		is_refused = open_decide(owner);
	if (is_refused) {
		exec_names(scratch, bprm);
		call_send(owner, generation);
	}
	scratch->change.is_asked = 0;
	scratch_return(owner);
	return is_refused;
}

SEC("lsm/bprm_creds_from_file")
int exec_asked(u64 *context)
{
	struct linux_binprm *bprm = (void *)context[0];
	struct active *now = active_now();
	struct process_state *process;
	struct returned returned = {};
	struct tables *tables;
	struct orders *orders;
	u32 class;

	if ((int)context[2] || !now)		/* another has refused it */
		return (int)context[2];
	returned.generation = now->generation;
	tables = tables_of(returned.generation);
	orders = orders_of(returned.generation);
	if (!tables || !orders)
		return 0;
	returned.number = orders->exec_call & (MAX_CALLS - 1);
	returned.class = tables->class_of[TABLE_64][returned.number];
	class = returned.class & CLASS_MASK;
	if (!class || !shares_bits(class_at(tables, class)->conditions, orders->deny,
				   tables->condition_words))
		return 0;
	process = process_find(TASK(current_task()->tgid));
	if (!process || (process->container &&
			 ordered_mode(orders, process->container) != MODE_ENFORCE))
		return 0;
	return exec_refused(bprm, orders, &returned) ? -EPERM : 0;
}
