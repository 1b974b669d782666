/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0 */
/*
 * The numbers of a call: what is cheap to know. Whether it is still wanted then, its names tell.
 */
#include "arguments.h"
#include "files.h"
#include "peers.h"
#include "sockets.h"

/* The descriptor that the call is about; -1 if there is none. */
static __always_inline s32 descriptor_find(struct call_record *record, struct call_plan *plan)
{
	s32 descriptor = argument_at(record, plan->descriptor);

	if (plan->flags & PLAN_NEW_DESCRIPTOR) {
		if (record->result < 0)
			return -1;
		descriptor = record->result;
	} else if (!plan->descriptor) {
		return -1;
	}
	record->descriptor = descriptor;
	record->facts |= HAS_DESCRIPTOR;
	return descriptor;
}

/* The access of an open whose flags another thread may have rewritten since. */
static __always_inline void access_of(struct call_record *record, struct file *file)
{
	record->open_flags &= ~(u64)O_ACCMODE;
	record->open_flags |= LOAD(file->f_flags) & O_ACCMODE;
}

static __always_inline void object_find(struct scratch *scratch, struct task_struct *task,
					struct call_plan *plan)
{
	struct call_record *record = call_of(scratch);
	struct file *file = file_of(task, descriptor_find(record, plan));

	if (!file) {
		if (record->facts & HAS_DESCRIPTOR && plan->flags & PLAN_NEW_DESCRIPTOR) {
			record->flags |= CALL_REAL_UNKNOWN;
			lost(LOSS_DESCRIPTOR_GONE);
		}
		return;
	}
	if ((mode_of(file) & S_IFMT) == S_IFSOCK) {
		scratch->sought.sock = socket_describe(record, file);
		return;
	}
	file_describe(scratch, file);
	if (plan->kept == KEPT_OPEN_HOW)
		access_of(record, file);
}

/* Of a file that is a slot of a ring, no descriptor leads to it. */
static __always_inline void opened_unseen(struct call_record *record)
{
	record->flags |= CALL_REAL_UNKNOWN;
	record->facts |= HAS_DESCRIPTOR;
	record->descriptor = record->result;
	record->object = OBJECT_FILE;
}

/* What a ring's request was about: by now that is settled. */
static __always_inline void request_object_find(struct scratch *scratch, struct task_struct *task,
						struct call_plan *plan)
{
	struct call_record *record = call_of(scratch);
	u64 file = scratch->request.file;

	if (plan->address) {
		if (file)
			scratch->sought.sock = socket_describe(record, CAST(struct file, file));
	} else if (plan->flags & PLAN_NEW_DESCRIPTOR) {
		if (record->result >= 0 && (scratch->request.is_direct ||
					    (u32)TASK(task->tgid) != record->ids.pid))
			opened_unseen(record);
		else
			object_find(scratch, task, plan);
	}
}

static __always_inline void call_numbers(struct scratch *scratch, struct task_struct *task,
					 struct tables *tables)
{
	struct call_record *record = call_of(scratch);
	struct call_plan *plan = plan_of(record);

	if (!plan)
		return;
	__builtin_memset(&scratch->sought, 0, sizeof(scratch->sought));
	record->open_flags = plan->implied_flags | argument_at(record, plan->open_flags);
	if (record->flags & CALL_VIA_RING) {	/* the caller's end was read when it was asked for */
		request_object_find(scratch, task, plan);
	} else {
		object_find(scratch, task, plan);
		ends_named(record, plan, 0);
	}
	if (plan->address || record->object == OBJECT_SOCKET)
		ends_held(record, plan, CAST(struct sock, scratch->sought.sock));
	if (tables->keeps_peers && record->object == OBJECT_SOCKET)
		peer_note(record, plan);
}
