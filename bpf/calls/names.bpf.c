/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0 */
/*
 * The names of a call: the caller's paths and strings, and the path of the file that it got.
 */
#include "caller_texts.h"
#include "other_names.h"
#include "replaced.h"

#define RESOLVE_ARGUMENT 4		/* of openat2, unfolded */

static __always_inline s32 base_of(struct call_record *record, u32 place)
{
	return place ? (s32)argument_at(record, place) : AT_FDCWD;
}

static __always_inline void name_find(struct scratch *scratch, struct task_struct *task,
				      struct call_plan *plan)
{
	struct call_record *record = call_of(scratch);
	s32 base = base_of(record, plan->base);
	int is_rooted = plan->kept == KEPT_OPEN_HOW &&
			record->arguments[RESOLVE_ARGUMENT] & RESOLVE_IN_ROOT;

	if (!path_from_caller(scratch, &record->name, argument_at(record, plan->name), CALL_NAME_CUT))
		return;
	record->facts |= HAS_NAME;
	if (!is_rooted && is_absolute(scratch, &record->name))
		return;
	text_base(scratch, &record->base, task, base);
	scratch->sought.is_base_cwd = base == AT_FDCWD;
}

static __always_inline void target_find(struct scratch *scratch, struct task_struct *task,
					struct call_plan *plan)
{
	struct call_record *record = call_of(scratch);
	s32 base = base_of(record, plan->target_base);

	if (!path_from_caller(scratch, &record->target, argument_at(record, plan->target),
		       CALL_TARGET_CUT))
		return;
	record->facts |= HAS_TARGET;
	if (plan->flags & PLAN_TARGET_AS_WRITTEN || is_absolute(scratch, &record->target))
		return;
	if (record->base.offset && base == base_of(record, plan->base))
		record->target_base = record->base;
	else
		text_base(scratch, &record->target_base, task, base);
}

/* The path of the file that the call is about. */
static __always_inline void text_real(struct scratch *scratch, struct file *file)
{
	struct call_record *record = call_of(scratch);

	text_of_file(scratch, &record->real, file, LOAD(file->f_path.mnt));
	if (record->real.offset) {
		record->facts |= HAS_NAME;
		if (!record->name.offset)	/* it is the name, then, and no other is missed */
			record->flags &= ~CALL_NAME_CUT;
	}
	other_names(scratch, file);
}

/* What the caller wrote. */
static __always_inline void names_written(struct scratch *scratch, struct task_struct *task,
					  struct call_plan *plan)
{
	struct call_record *record = call_of(scratch);

	text_find(scratch, plan);	/* the shortest first: there is room for all */
	if (plan->name)
		name_find(scratch, task, plan);
	if (plan->target)
		target_find(scratch, task, plan);
	if (plan->address && record->socket_family == AF_UNIX)
		text_unix(scratch, argument_at(record, plan->address),
			  argument_at(record, plan->address + 1));
}

static __always_inline void call_names(struct scratch *scratch, struct task_struct *task)
{
	struct call_record *record = call_of(scratch);
	struct call_plan *plan = plan_of(record);

	if (!plan)
		return;
	if (!(record->flags & CALL_VIA_RING) &&		/* they were read when it was asked for */
	    (!(plan->flags & PLAN_NEW_IMAGE) || record->result < 0))
		names_written(scratch, task, plan);
	if (!plan->address && record->socket_family == AF_UNIX && scratch->sought.sock)
		text_unix_bound(scratch, CAST(struct unix_sock, scratch->sought.sock));
	if (scratch->sought.file)
		text_real(scratch, CAST(struct file, scratch->sought.file));
	else if (record->name.offset && !record->base.offset)
		text_root(scratch, task);
	if (record->real.offset && may_be_replaced(scratch, task, plan))
		record->flags |= CALL_REAL_UNSURE;
}
