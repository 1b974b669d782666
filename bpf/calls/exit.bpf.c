/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0 */
/*
 * A system call returned.
 *
 * What nobody wants costs one look at a table, what can't match in its process one more look-up.
 * What is left is decided by what costs least: numbers first, then names, then everything.
 */
#include "../processes/enter.h"
#include "heartbeat.bpf.c"
#include "renames.h"
#include "returned.h"

/* Begin with what the process leaves of the call; returns how many events it may be. */
static __always_inline u32 call_begin(struct scratch *scratch, struct task_struct *task,
				      struct pt_regs *regs, struct process_state *process,
				      struct returned *returned)
{
	struct evaluation *evaluation = evaluation_of(SCRATCH_CALL);
	struct call_record *record = call_of(scratch);

	if (!process)
		process = process_of(task, ID_OF_HOOK);
	if (!evaluation || !candidates_find(SCRATCH_CALL, process, returned, TASK(task->tgid)))
		return 0;
	record_identify(record, returned);
	if (!arguments_take(record, regs))
		return 0;
	record_place(scratch, task, process);
	evaluation->has_caller = 0;
	evaluation->is_early = 0;
	return messages_of(record);
}

/* A call that the sensor itself needs, whatever rules say. */
static __noinline void sensor_look(struct task_struct *task, struct pt_regs *regs,
				   struct returned *returned)
{
	struct settings *settings = settings_now();
	struct call_record *record;
	struct call_plan *plan;
	struct scratch *scratch;

	if (!settings)
		return;
	if (returned->number == HEARTBEAT_GETCPU) {
		heartbeat();
		return;
	}
	if (returned->result)
		return;
	scratch = scratch_take(SCRATCH_CALL);
	if (!scratch)
		return;
	record = call_of(scratch);
	record_identify(record, returned);
	arguments_take(record, regs);
	plan = plan_of(record);
	if (plan && plan->target)
		renamed(scratch, task, plan);
	else
		process_moved(task, settings);
	scratch_give_back(scratch);
}

/* Returns how many events the call may be; the scratch is taken, then. */
static __noinline u32 call_wanted(struct task_struct *task, struct pt_regs *regs,
				       struct process_state *process, struct returned *returned)
{
	struct settings *settings = settings_now();
	struct scratch *scratch;
	u32 events;

	if (!settings)
		return 0;
	if (returned->class & CLASS_SENSOR)
		sensor_look(task, regs, returned);
	if (!(returned->class & CLASS_MASK) || (u32)TASK(task->tgid) == settings->own_pid)
		return 0;
	scratch = scratch_take(SCRATCH_CALL);
	if (!scratch)
		return 0;
	events = call_begin(scratch, task, regs, process, returned);
	if (!events)
		scratch_give_back(scratch);
	return events;
}

SEC("tp_btf/sys_exit")
int call_returned(u64 *context)
{
	struct pt_regs *regs = (void *)context[0];
	struct returned returned = { .number = number_of(regs), .result = context[1] };
	struct active *now = active_now();
	struct process_state *process;
	struct task_struct *task;
	struct tables *tables;
	u32 pid, events;

	if (!now || returned.number >= MAX_CALLS)
		return 0;
	returned.generation = now->generation;
	tables = tables_of(returned.generation);
	if (!tables || !(tables->class_of[TABLE_64][returned.number] |
			 tables->class_of[TABLE_32][returned.number]))
		return 0;
	task = current_task();
	if (is_compat(task)) {
		returned.table = TABLE_32;
		returned.number = number_meant(regs, returned.number) & (MAX_CALLS - 1);
	}
	returned.class = tables->class_of[returned.table & 1][returned.number];
	if (!returned.class)
		return 0;
	returned.ready = ready_now(now, returned.generation);
	pid = TASK(task->tgid);
	process = process_find(pid);
	if (process && !(returned.class & CLASS_SENSOR) && !may_match(process, &returned))
		return 0;
	/* told from here, and not from deeper: all frames together have 512 bytes */
	events = call_wanted(task, regs, process, &returned);
	for (u32 i = 0; i < MAX_MESSAGES; i++) {
		if (i >= events)
			break;
		call_tell(SCRATCH_CALL, i, returned.generation, returned.class & CLASS_MASK, pid);
	}
	if (events)
		scratch_return(SCRATCH_CALL);
	return 0;
}
