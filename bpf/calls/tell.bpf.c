/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0 */
/*
 * From a call whose arguments are known to the record that is sent, if it may match: by what costs
 * least first, numbers, then names, then everything.
 */
#include "../enforce/kill.h"
#include "../rules/decide.h"
#include "../rules/limit.h"
#include "caller.bpf.c"
#include "messages.h"
#include "names.bpf.c"
#include "numbers.bpf.c"

/* What is told of the thread. */
static __noinline void record_caller(struct scratch *scratch, struct evaluation *evaluation,
				     struct task_struct *task)
{
	struct call_record *record = call_of(scratch);
	struct settings *settings = settings_now();

	if (evaluation->has_caller || !settings)
		return;
	evaluation->has_caller = 1;
	record_begin(&record->head, RECORD_CALL, record->head.process);
	record->cgroup = cgroup_id(cgroup_of(task, settings));
	ids_fill(&record->ids, task);
	credentials_fill(record, TASK(task->cred));
	bpf_probe_read_kernel(record->comm, COMM_SIZE, task->comm);
}

/*
 * The next are functions of their own to the verifier, which looks at each once; the stack that
 * they share is small.
 */

/* Find out an event's numbers and, if they leave anything, its names. Returns whether they do. */
__noinline int numbers_tell(u32 owner, u32 index, u32 generation, u32 class, u32 pid)
{
	struct scratch *scratch = bpf_map_lookup_elem(&scratches, &owner);
	struct evaluation *evaluation = evaluation_of(owner);
	struct tables *tables = tables_of(generation);
	struct task_struct *task = current_task();
	struct glance glance = {
		.evaluation = evaluation,
		.tables = tables,
		.owner = owner,
		.generation = generation,
	};
	struct call_plan *plan;

	if (!scratch || !evaluation || !tables)
		return 0;
	plan = plan_of(call_of(scratch));
	if (plan && plan->kept == KEPT_MESSAGES &&
	    !message_begin(scratch, call_of(scratch), index))
		return 0;
	evaluation->is_judged = 0;
	call_numbers(scratch, task, tables);
	if (class_at(tables, class)->asks & ASKS_CALLER)
		record_caller(scratch, evaluation, task);
	if (!numbers_decide(&glance, class, pid))
		return 0;
	call_names(scratch, task);
	names_read(scratch, evaluation);
	return 1;
}

/* Whether the event has a name beside the one as opened (enum name). */
static __always_inline int has_name(u32 owner, u32 name)
{
	struct evaluation *evaluation = evaluation_of(owner);

	return evaluation && reading_of(evaluation, name)->knowledge != TEXT_ABSENT;
}

/* Look at one of the event's names; returns whether anything may hold with it. */
__noinline int name_tell(u32 owner, u32 generation, u32 class, u32 name)
{
	struct scratch *scratch = bpf_map_lookup_elem(&scratches, &owner);
	struct evaluation *evaluation = evaluation_of(owner);
	struct tables *tables = tables_of(generation);
	struct event_class *this;
	struct glance glance = {
		.evaluation = evaluation,
		.tables = tables,
		.owner = owner,
		.generation = generation,
	};

	if (!scratch || !evaluation || !tables)
		return 0;
	this = class_at(tables, class);
	names_look(&glance, reading_of(evaluation, name), this->views, call_of(scratch));
	if (!name_decide(&glance, this, name) && !(name == NAME_REAL && evaluation->is_judged))
		return 0;
	record_caller(scratch, evaluation, current_task());
	return 1;
}

/* Do what is ordered about the event and send its record, if anything may hold of it. */
__noinline int call_send(u32 owner, u32 generation)
{
	struct scratch *scratch = bpf_map_lookup_elem(&scratches, &owner);
	struct evaluation *evaluation = evaluation_of(owner);
	struct tables *tables = tables_of(generation);
	struct call_record *record;

	if (!scratch || !tables || !evaluation)
		return 0;
	record = call_of(scratch);
	if (!any_may(record, tables))
		return 0;
	enforce(record, tables, owner);
	if (evaluation->is_early && record->outcome == OUTCOME_NONE)
		return 0;
	if (!record_limit(scratch))
		return 0;
	__builtin_memset(&record->pid_namespace_start_ns, 0,
			 __builtin_offsetof(struct call_record, generation) -
				 __builtin_offsetof(struct call_record, pid_namespace_start_ns));
	caller_fill(scratch, current_task());
	if (is_urgent(record))
		send_urgent_call(scratch_record(scratch), scratch_size(scratch));
	else
		send_call(scratch_record(scratch), scratch_size(scratch));
	return 0;
}

/* Tell of the call in the scratch, or of one of its messages, if it may match. */
__noinline int call_tell(u32 owner, u32 index, u32 generation, u32 class, u32 pid)
{
	int is_judged = 0;

	if (!numbers_tell(owner, index, generation, class, pid))
		return 0;
	for (u32 name = NAME_OPENED; name < NAME_COUNT; name++) {
		if (name != NAME_OPENED && !has_name(owner, name))
			continue;
		if (name_tell(owner, generation, class, name))
			is_judged = event_judge(owner, generation, class, pid, name);
	}
	if (is_judged)
		call_send(owner, generation);
	return 0;
}
