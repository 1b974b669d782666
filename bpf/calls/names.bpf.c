/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0 */
/*
 * The names of a call: the caller's paths and strings, and the path of the file that it got.
 */
#include "files.h"
#include "other_names.h"
#include "sockets.h"

#define UNIX_PATH_AT 2			/* in struct sockaddr_un */
#define UNIX_PATH_MAX 108
#define RESOLVE_ARGUMENT 4		/* of openat2, unfolded */

/*
 * A string of the caller's as it stands in its memory now. Returns whether it could be read: if
 * not, and the kernel could, another thread took it away since.
 */
static __noinline int path_from_caller(struct scratch *scratch, struct text *text, u64 address, u32 cut)
{
	struct call_record *record = call_of(scratch);
	long size = bpf_probe_read_user_str(text_place(scratch), TEXT_ROOM, (void *)address);

	if (size <= 0) {
		if (address && record->result != -EFAULT) {
			record->flags |= cut;
			lost(LOSS_NAME_UNREADABLE);
		}
		return 0;
	}
	size -= 1;
	if (size > PATH_MAX - 1) {
		size = PATH_MAX - 1;
		record->flags |= cut;
		lost(LOSS_PATH_CUT);
	}
	text_keep(scratch, text, size);
	return 1;
}

static __always_inline int is_absolute(struct scratch *scratch, struct text *text)
{
	return scratch->record[text->offset & (RECORD_ROOM - 1)] == '/';
}

/* The path of the directory that a relative name starts from, if there is one. */
static __noinline void text_base(struct scratch *scratch, struct text *text,
				 struct task_struct *task, s32 descriptor)
{
	struct vfsmount *mount;
	struct dentry *dentry;
	struct fs_struct *where;
	struct file *file;

	if (descriptor == AT_FDCWD) {
		where = TASK(task->fs);
		dentry = TASK(where->pwd.dentry);
		mount = TASK(where->pwd.mnt);
	} else {
		file = file_of(task, descriptor);
		if (!file && call_of(scratch)->result != -EBADF) {	/* closed since */
			call_of(scratch)->flags |= CALL_BASE_CUT;
			lost(LOSS_DESCRIPTOR_GONE);
		}
		if (!file)
			return;
		dentry = LOAD(file->f_path.dentry);
		mount = LOAD(file->f_path.mnt);
	}
	if (text_path(scratch, text, dentry, mount) != WALK_DONE)
		call_of(scratch)->flags |= CALL_BASE_CUT;
}

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

static __always_inline void text_find(struct scratch *scratch, struct call_plan *plan)
{
	struct call_record *record = call_of(scratch);
	u64 from = argument_at(record, plan->text);
	long size;

	if (!from || (plan->text_when && record->arguments[0] != plan->text_when))
		return;
	size = bpf_probe_read_user_str(text_place(scratch), NAME_MAX + 1, (void *)from);
	if (size <= 0) {
		if (record->result != -EFAULT) {
			record->flags |= CALL_TEXT_CUT;
			lost(LOSS_NAME_UNREADABLE);
		}
		return;
	}
	if (size > NAME_MAX)
		record->flags |= CALL_TEXT_CUT;
	text_keep(scratch, &record->text, size - 1);
	record->facts |= HAS_TEXT;
}

/* Of a Unix socket: a path, or, after a NUL, an abstract name. */
static __noinline void text_unix(struct scratch *scratch, u64 from, u32 length)
{
	u8 *place = text_place(scratch);

	if (length <= UNIX_PATH_AT)
		return;
	length -= UNIX_PATH_AT;
	if (length > UNIX_PATH_MAX)
		length = UNIX_PATH_MAX;
	if (bpf_probe_read_user(place, length, (void *)from + UNIX_PATH_AT)) {
		call_of(scratch)->flags |= CALL_ARGUMENTS_UNKNOWN;
		lost(LOSS_ADDRESS_UNREADABLE);
		return;
	}
	if (place[0])		/* a path ends at its NUL; an abstract name is as long as it is */
		length = bpf_probe_read_user_str(place, length + 1, (void *)from + UNIX_PATH_AT) - 1;
	if (length <= UNIX_PATH_MAX) {
		text_keep(scratch, &call_of(scratch)->name, length);
		call_of(scratch)->facts |= HAS_NAME;
	}
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

/* Whether the name that was asked for ends in the file's own: no link was the last on the way. */
__noinline int is_own_name(u32 owner)
{
	struct scratch *scratch = bpf_map_lookup_elem(&scratches, &owner);
	struct call_record *record;
	u32 name, real;

	if (!scratch)
		return 0;
	record = call_of(scratch);
	name = record->name.offset + record->name.length;
	real = record->real.offset + record->real.length;
	for (u32 i = 1; i <= NAME_MAX + 1; i++) {
		u8 byte = scratch->record[(real - i) & (RECORD_ROOM - 1)];

		if (i > record->name.length)
			return byte == '/';
		if (byte != scratch->record[(name - i) & (RECORD_ROOM - 1)])
			return 0;
		if (byte == '/')
			return 1;
	}
	return 0;
}

/*
 * A new descriptor is only as good as nobody else could use it since: another task that shares the
 * table may have closed it and opened another file. Then the file has another name, as a rule.
 */
static __always_inline int may_be_replaced(struct scratch *scratch, struct task_struct *task,
					   struct call_plan *plan)
{
	return plan->flags & PLAN_NEW_DESCRIPTOR && call_of(scratch)->name.offset &&
	       is_table_shared(task) && !is_own_name(scratch->owner);
}

static __always_inline void call_names(struct scratch *scratch, struct task_struct *task)
{
	struct call_record *record = call_of(scratch);
	struct call_plan *plan = plan_of(record);

	if (!plan)
		return;
	if (!(plan->flags & PLAN_NEW_IMAGE) || record->result < 0) {
		text_find(scratch, plan);	/* the shortest first: there is room for all */
		if (plan->name)
			name_find(scratch, task, plan);
		if (plan->target)
			target_find(scratch, task, plan);
		if (plan->address && record->socket_family == AF_UNIX)
			text_unix(scratch, argument_at(record, plan->address),
				  argument_at(record, plan->address + 1));
	}
	if (scratch->sought.file)
		text_real(scratch, CAST(struct file, scratch->sought.file));
	if (record->real.offset && may_be_replaced(scratch, task, plan))
		record->flags |= CALL_REAL_UNSURE;
}
