/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0 */
/*
 * The names of a call: what its numbers left to be sought.
 */
#include "call.h"
#include "other_names.h"

#define AF_UNIX 1
#define UNIX_PATH_AT 2			/* in struct sockaddr_un */
#define UNIX_PATH_MAX 108

/* The path that the caller gave, as it stands in its memory now. */
static __noinline void text_name(struct scratch *scratch, u64 address)
{
	struct call_record *record = call_of(scratch);
	long size = bpf_probe_read_user_str(text_place(scratch), TEXT_ROOM, (void *)address);

	if (size <= 0) {
		lost(LOSS_NAME_UNREADABLE);
		return;
	}
	size -= 1;
	if (size > PATH_MAX - 1) {
		size = PATH_MAX - 1;
		record->flags |= CALL_NAME_CUT;
		lost(LOSS_PATH_CUT);
	}
	text_keep(scratch, &record->name, size);
	record->facts |= HAS_NAME;
}

static __always_inline int name_is_absolute(struct scratch *scratch)
{
	u32 at = call_of(scratch)->name.offset & (RECORD_ROOM - 1);

	return scratch->record[at] == '/';
}

/* The path of the directory that a relative name starts from, if there is one. */
static __noinline void text_base(struct scratch *scratch, struct task_struct *task, s32 descriptor)
{
	struct call_record *record = call_of(scratch);
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
		if (!file)
			return;
		dentry = LOAD(file->f_path.dentry);
		mount = LOAD(file->f_path.mnt);
	}
	if (text_path(scratch, &record->base, dentry, mount) != WALK_DONE)
		record->flags |= CALL_BASE_CUT;
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

/* The path of the file that was really opened. */
static __noinline void text_real(struct scratch *scratch, struct file *file)
{
	struct call_record *record = call_of(scratch);

	text_of_file(scratch, &record->real, file, LOAD(file->f_path.mnt));
	if (record->real.offset)
		record->facts |= HAS_NAME;
	other_names(scratch, file);
}

static __always_inline void call_names(struct scratch *scratch, struct task_struct *task)
{
	struct call_record *record = call_of(scratch);
	struct sought *sought = &scratch->sought;

	if (sought->has_name) {
		text_name(scratch, sought->name);
		if (sought->is_rooted || (record->name.offset && !name_is_absolute(scratch)))
			text_base(scratch, task, sought->directory);
	}
	if (record->socket_family == AF_UNIX)
		text_unix(scratch, sought->address, sought->address_length);
	if (sought->file)
		text_real(scratch, CAST(struct file, sought->file));
}
