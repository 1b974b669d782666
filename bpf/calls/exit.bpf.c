/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0 */
/*
 * A system call returned. What nobody wants costs one look at a bitmap.
 */
#include "../processes/lineage.h"
#include "../rules/evaluation.h"
#include "caller.bpf.c"
#include "heartbeat.bpf.c"
#include "names.bpf.c"
#include "numbers.bpf.c"

static __always_inline int is_wanted(u32 table, u64 number)
{
	struct wanted *wanted_calls = bpf_map_lookup_elem(&wanted, &table);

	if (!wanted_calls || number >= WANTED_WORDS * WORD_BITS)
		return 0;
	return wanted_calls->bits[number / WORD_BITS] >> (number % WORD_BITS) & 1;
}

/* Whether a call is of the host, and no rule asks for it there. */
static __always_inline int is_idle_on_host(struct call_record *record, struct process_state *process)
{
	return process && !record->container && !(process->flags & PROCESS_UNCLASSIFIED) &&
	       !(record->flags & CALL_COMPAT) && !is_wanted(TABLE_HOST, record->number);
}

/* Returns whether the call is to be told. */
static __always_inline int call_begin(struct scratch *scratch, struct task_struct *task,
				      struct settings *settings)
{
	struct process_state *process = process_of(task, ID_OF_HOOK);
	struct call_record *record = call_of(scratch);

	record_begin(&record->head, RECORD_CALL, process ? process->id : 0);
	if (process) {
		record->creator = process->creator;
		locate_call(record, process, mount_namespace_of(task), settings);
	}
	if (is_idle_on_host(record, process))
		return 0;
	record->cgroup = cgroup_id(cgroup_of(task, settings));
	ids_fill(&record->ids, task);
	credentials_fill(record, task);
	bpf_probe_read_kernel(record->comm, COMM_SIZE, task->comm);
	scratch->used = sizeof(*record);
	return 1;
}

static __noinline void call_report(struct scratch *scratch, struct task_struct *task,
				   struct pt_regs *regs, struct settings *settings)
{
	if (!arguments_take(call_of(scratch), regs))
		return;
	if (!call_begin(scratch, task, settings))
		return;
	call_numbers(scratch, task);
	call_names(scratch, task);
	caller_fill(scratch, task);
	send_call(scratch_record(scratch), scratch_size(scratch));
}

static __noinline int call_wanted(struct pt_regs *regs, long result, u64 number)
{
	struct task_struct *task = current_task();
	struct settings *settings = settings_now();
	struct call_record *record;
	struct scratch *scratch;
	int is_compat;

	if (!settings || (u32)TASK(task->tgid) == settings->own_pid)
		return 0;
	is_compat = TASK(task->thread_info.status) & TS_COMPAT;
	if (is_compat)
		number = number_meant(regs, number);
	if (!is_wanted(is_compat ? TABLE_32 : TABLE_64, number))
		return 0;
	scratch = scratch_take(SCRATCH_CALL);
	if (!scratch)
		return 0;
	record = call_of(scratch);
	__builtin_memset(record, 0, sizeof(*record));
	record->number = number;
	record->result = result;
	record->flags = is_compat ? CALL_COMPAT : 0;
	call_report(scratch, task, regs, settings);
	scratch_give_back(scratch);
	return 0;
}

SEC("tp_btf/sys_exit")
int call_returned(u64 *context)
{
	struct pt_regs *regs = (void *)context[0];
	u64 number = number_of(regs);

	if (number == HEARTBEAT_GETCPU)
		heartbeat();
	if (!is_wanted(TABLE_64, number) && !is_wanted(TABLE_32, number))
		return 0;
	return call_wanted(regs, context[1], number);
}
