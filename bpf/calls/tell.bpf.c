/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0 */
/*
 * From a call whose arguments are known to the record that is sent, if it may match: by what costs
 * least first, numbers, then names, then everything.
 */
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
	credentials_fill(record, task);
	bpf_probe_read_kernel(record->comm, COMM_SIZE, task->comm);
}

/* Look at one of the event's names; what may hold with it is written down. */
static __noinline void name_tell(struct glance *glance, struct scratch *scratch, u32 class,
				      u32 pid, int is_real)
{
	struct evaluation *evaluation = glance->evaluation;
	struct event_class *this = class_at(glance->tables, class);
	struct reading *reading = is_real ? &evaluation->real : &evaluation->opened;

	if (is_real && reading->knowledge == TEXT_ABSENT)
		return;
	names_look(glance, reading, this->views, call_of(scratch));
	if (!name_decide(glance, this, is_real) && !(is_real && evaluation->is_judged))
		return;
	record_caller(scratch, evaluation, current_task());
	event_judge(glance->owner, glance->generation, class, pid);
}

static __noinline void call_send(struct scratch *scratch, struct task_struct *task)
{
	struct call_record *record = call_of(scratch);

	__builtin_memset(&record->pid_namespace_start_ns, 0,
			 __builtin_offsetof(struct call_record, generation) -
				 __builtin_offsetof(struct call_record, pid_namespace_start_ns));
	caller_fill(scratch, task);
	if (is_urgent(record))
		send_urgent_call(scratch_record(scratch), scratch_size(scratch));
	else
		send_call(scratch_record(scratch), scratch_size(scratch));
}

/*
 * Tell of the call in the scratch, or of one of its messages, if it may match. A function of its
 * own to the verifier, which looks at it once and not at every message.
 */
__noinline int call_tell(u32 owner, u32 index, u32 generation, u32 class, u32 pid)
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
	struct call_record *record;
	struct call_plan *plan;

	if (!scratch || !evaluation || !tables)
		return 0;
	record = call_of(scratch);
	plan = plan_of(record);
	if (plan && plan->kept == KEPT_MESSAGES && !message_begin(scratch, record, index))
		return 0;
	evaluation->is_judged = 0;
	call_numbers(scratch, task);
	if (class_at(tables, class)->asks & ASKS_CALLER)
		record_caller(scratch, evaluation, task);
	if (!numbers_decide(&glance, class, pid))
		return 0;
	call_names(scratch, task);
	names_read(owner);
	name_tell(&glance, scratch, class, pid, 0);
	name_tell(&glance, scratch, class, pid, 1);
	if (evaluation->is_judged && any_may(record, tables) && record_limit(scratch))
		call_send(scratch, task);
	return 0;
}
