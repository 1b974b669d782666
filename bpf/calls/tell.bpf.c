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

/*
 * Tell of the call in the scratch, or of one of its messages, if it may match. A function of its
 * own to the verifier, which looks at it once and not at every message.
 */
__noinline int call_tell(u32 owner, u32 index, u32 generation, u32 class, u32 pid)
{
	struct scratch *scratch = bpf_map_lookup_elem(&scratches, &owner);
	struct task_struct *task = current_task();
	struct call_record *record;
	struct call_plan *plan;

	if (!scratch)
		return 0;
	record = call_of(scratch);
	plan = plan_of(record);
	if (plan && plan->kept == KEPT_MESSAGES && !message_begin(scratch, record, index))
		return 0;
	if (index && !candidates_begin(owner, generation, class, pid))
		return 0;
	call_numbers(scratch, task);
	if (!numbers_decide(owner, generation, class, pid))
		return 0;
	call_names(scratch, task);
	if (!event_decide(owner, generation, class, pid) || !record_limit(scratch))
		return 0;
	caller_fill(scratch, task);
	if (is_urgent(record))
		send_urgent_call(scratch_record(scratch), scratch_size(scratch));
	else
		send_call(scratch_record(scratch), scratch_size(scratch));
	return 0;
}
