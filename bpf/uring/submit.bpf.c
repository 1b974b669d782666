/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0 */
/*
 * A request was handed to a ring: by the process itself, or by the thread that polls for it, which
 * is one of the process's. It has been checked, and not begun.
 */
#include "arguments.h"
#include "attempts.h"

/* The socket that a request is about, as far as that is settled yet. */
static __always_inline void request_socket(struct scratch *scratch, struct task_struct *task,
					   struct io_kiocb *request)
{
	struct call_record *record = call_of(scratch);
	struct file *file = LOAD(request->file);

	if (field_exists(struct io_kiocb, cqe.fd) && !(LOAD(request->flags) & REQUEST_FIXED_FILE)) {
		record->descriptor = LOAD(request->cqe.fd);
		record->arguments[0] = (u32)record->descriptor;
		record->facts |= HAS_DESCRIPTOR;
		if (!file)
			file = file_of(task, record->descriptor);
	}
	scratch->request.file = (u64)file;
	if (file)
		socket_describe(record, CAST(struct file, file));
}

/* What the caller wrote: where a call has it, arguments point to the kernel's copies until then. */
static __always_inline void request_texts(struct scratch *scratch, struct task_struct *task,
					  struct call_plan *plan)
{
	u64 *arguments = call_of(scratch)->arguments;

	names_written(scratch, task, plan);
	for (u32 i = 0; i < ARGUMENTS; i++) {
		if (plan->name == i + 1 || plan->target == i + 1)
			arguments[i] = 0;
	}
}

/* Keep the request until it completes; else it is told by now. */
static __always_inline void request_keep(struct scratch *scratch, struct io_kiocb *request)
{
	struct call_record *record = call_of(scratch);
	struct request_key key = key_of(request);

	scratch->request.request = (u64)request;
	record->head.size = scratch->used;
	if (LOAD(request->flags) & REQUEST_SKIPS_SUCCESS)
		return;
	if (scratch->used <= KEPT_ROOM &&
	    !bpf_map_update_elem(&requests, &key, &scratch->request, BPF_NOEXIST))
		scratch->request.is_kept = 1;
	else
		lost(LOSS_REQUEST_UNTRACKED);
}

/* Returns whether the attempt is to be judged by now. */
static __always_inline int request_take(struct scratch *scratch, struct task_struct *task,
					struct io_kiocb *request, struct returned *returned)
{
	struct call_record *record = call_of(scratch);
	struct evaluation *evaluation = evaluation_of(SCRATCH_RING);
	struct settings *settings = settings_now();
	struct call_plan *plan;

	if (!settings || !evaluation || (u32)TASK(task->tgid) == settings->own_pid)
		return 0;
	record_identify(record, returned);
	record->flags = CALL_VIA_RING;
	__builtin_memset(&scratch->request, 0, sizeof(scratch->request));
	__builtin_memset(&scratch->sought, 0, sizeof(scratch->sought));
	plan = plan_of(record);
	if (!plan)
		return 0;
	request_arguments(scratch, request, LOAD(request->opcode));
	record_place(scratch, task, process_of(task, ID_OF_HOOK));
	evaluation->has_caller = 0;
	record_caller(scratch, evaluation, task);
	if (plan->address) {
		if (plan->flags & PLAN_ONLY_WITH_ADDRESS && !argument_at(record, plan->address))
			return 0;
		request_socket(scratch, task, request);
		ends_named(record, plan, scratch->request.is_address_copied);
	}
	request_texts(scratch, task, plan);
	request_keep(scratch, request);
	if (goes_on(scratch, request) && attempt_begin(scratch, evaluation, returned))
		return 1;
	if (!scratch->request.is_kept)
		request_guess(scratch);
	return 0;
}

/* Returns whether the attempt is to be judged by now; the scratch is taken, then. */
static __noinline int request_begun(struct io_kiocb *request, struct returned *returned)
{
	u32 operation = LOAD(request->opcode);
	u32 *number = bpf_map_lookup_elem(&ring_calls, &operation);
	struct task_struct *task = current_task();
	struct process_state *process;
	struct scratch *scratch;

	if (!number || !*number || !returned_find(returned, *number))
		return 0;
	if (TASK(task->flags) & PF_KTHREAD) {	/* before 5.12 (37d1e2e3642e), of no process */
		lost(LOSS_REQUEST_UNKNOWN);
		return 0;
	}
	process = process_find(TASK(task->tgid));
	if (process && !may_match(process, returned))
		return 0;
	scratch = scratch_take(SCRATCH_RING);
	if (!scratch)
		return 0;
	if (request_take(scratch, task, request, returned))
		return 1;
	scratch_give_back(scratch);
	return 0;
}

static __always_inline int request_submitted(struct io_kiocb *request)
{
	struct returned returned = {};

	if (!request_begun(request, &returned))
		return 0;
	/* told from here, and not from deeper: all frames together have 512 bytes */
	call_tell(SCRATCH_RING, 0, returned.generation, returned.class & CLASS_MASK,
		  TASK(current_task()->tgid));
	return attempt_end(request);
}

SEC("tp_btf/io_uring_submit_req")		/* since 6.3 or so */
int ring_submitted(u64 *context)
{
	return request_submitted((void *)context[0]);
}

SEC("tp_btf/io_uring_submit_sqe")
int ring_submitted_before(u64 *context)
{
	if (submits_with_request())
		return request_submitted((void *)context[0]);
	if (submits_with_ring())
		return request_submitted(CAST(struct io_kiocb, context[1]));
	lost(LOSS_REQUEST_UNKNOWN);
	return 0;
}
