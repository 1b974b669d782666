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

static __noinline void object_find(struct scratch *scratch, struct task_struct *task,
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

static __noinline void call_numbers(struct scratch *scratch, struct task_struct *task)
{
	struct call_record *record = call_of(scratch);
	struct call_plan *plan = plan_of(record);

	if (!plan)
		return;
	__builtin_memset(&scratch->sought, 0, sizeof(scratch->sought));
	record->open_flags = plan->implied_flags | argument_at(record, plan->open_flags);
	object_find(scratch, task, plan);
	if (plan->address || record->object == OBJECT_SOCKET)
		ends_find(record, plan, CAST(struct sock, scratch->sought.sock));
	if (record->object == OBJECT_SOCKET)
		peer_note(record, plan);
}
