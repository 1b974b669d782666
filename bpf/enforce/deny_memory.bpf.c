/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0 */
/*
 * A call is about to reach into another process: refuse it where that is ordered and a rule surely
 * matches.
 *
 * The kernel asks before anything is read, written, taken or stopped. A refusal is told at once, as
 * a call that failed. Attached only while something is to be refused.
 */
#include "deny.bpf.c"

/*
 * Only what asks for control of the other process, and with the caller's own credentials, is such a
 * call. Whoever merely looks (ps) asks for less; a file below /proc asks with those for files, after
 * its open was judged by its name. Of one's own process the kernel doesn't ask.
 */
#define PTRACE_MODE_ATTACH 0x02
#define PTRACE_MODE_REALCREDS 0x10
#define REACHES (PTRACE_MODE_ATTACH | PTRACE_MODE_REALCREDS)

/* Begin the record of a call; returns whether anything may match in the process. */
static __always_inline int reach_begin(struct scratch *scratch, struct pt_regs *regs,
				       struct process_state *process, struct returned *returned,
				       u32 pid)
{
	struct evaluation *evaluation = evaluation_of(scratch->owner);
	struct call_record *record = call_of(scratch);

	if (!evaluation || !candidates_find(scratch->owner, process, returned, pid))
		return 0;
	record_identify(record, returned);
	if (!arguments_take(record, regs))
		return 0;
	record_place(scratch, current_task(), process);
	evaluation->has_caller = 0;
	evaluation->is_early = 0;
	return 1;
}

/* Returns whether the call is refused. */
static __always_inline int reach_refused(struct pt_regs *regs, struct process_state *process,
					 struct returned *returned, u32 pid)
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
	if (reach_begin(scratch, regs, process, returned, pid) &&
	    numbers_tell(owner, 0, generation, class, pid) &&
	    name_tell(owner, generation, class, NAME_OPENED) &&
	    event_judge(owner, generation, class, pid, NAME_OPENED))
		is_refused = open_decide(owner);
	if (is_refused)
		call_send(owner, generation);
	scratch_return(owner);
	return is_refused;
}

SEC("lsm/ptrace_access_check")
int memory_reached(u64 *context)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct returned returned = { .result = -EPERM };
	struct active *now = active_now();
	struct process_state *process;
	struct tables *tables;
	struct orders *orders;
	struct pt_regs *regs;
	u32 pid;

	if ((int)context[2] || !now || ((u32)context[1] & REACHES) != REACHES)
		return (int)context[2];		/* another has refused it */
	regs = bpf_task_pt_regs(task);
	returned.number = number_of(regs);
	returned.generation = now->generation;
	tables = tables_of(returned.generation);
	orders = orders_of(returned.generation);
	if (!tables || !orders || returned.number >= MAX_CALLS)
		return 0;
	if (is_compat(task)) {
		returned.table = TABLE_32;
		returned.number = number_meant(regs, returned.number) & (MAX_CALLS - 1);
	}
	returned.class = tables->class_of[returned.table & 1][returned.number];
	returned.ready = ready_now(now, returned.generation);
	pid = TASK(task->tgid);
	process = process_find(pid);
	if (!(returned.class & CLASS_MASK) || !process || !may_match(process, &returned) ||
	    ordered_mode(orders, process->container) != MODE_ENFORCE)
		return 0;
	return reach_refused(regs, process, &returned, pid) ? -EPERM : 0;
}
