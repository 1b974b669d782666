/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0 */
/*
 * open, openat, openat2, creat, open_by_handle_at: what the caller named, and what it got.
 */
#include "call.h"

#define O_WRONLY 01
#define O_CREAT 0100
#define O_TRUNC 01000

struct open_how {		/* the caller's, of openat2: a stable interface */
	u64 flags, mode, resolve;
};

/* The file behind a new descriptor. */
static __noinline void object_file(struct scratch *scratch, struct file *file)
{
	struct call_record *record = call_of(scratch);
	struct dentry *dentry = LOAD(file->f_path.dentry);
	struct inode *inode = LOAD(file->f_inode);
	struct super_block *file_system = LOAD(inode->i_sb);
	int result;

	record->facts |= HAS_FILE;
	record->file_mode = LOAD(inode->i_mode);
	record->inode = LOAD(inode->i_ino);
	record->device = device_of(LOAD(file_system->s_dev));
	if (is_anonymous(file)) {
		record->object = OBJECT_ANONYMOUS;
		return;
	}
	record->object = OBJECT_FILE;
	if (!LOAD(dentry->d_hash.pprev) && LOAD(dentry->d_parent) != dentry)
		record->flags |= CALL_DELETED;
	result = text_path(scratch, &record->real, dentry, LOAD(file->f_path.mnt));
	if (result == WALK_CUT)
		record->flags |= CALL_REAL_CUT;
	else if (result == WALK_TORN)
		record->flags |= CALL_REAL_UNKNOWN;
	if (record->real.offset)
		record->facts |= HAS_NAME;
}

static __always_inline void object_opened(struct scratch *scratch, struct task_struct *task)
{
	struct call_record *record = call_of(scratch);
	struct file *file;

	if (record->result < 0)
		return;
	record->facts |= HAS_DESCRIPTOR;
	file = file_of(task, record->result);
	if (file)
		object_file(scratch, file);
	else
		record->flags |= CALL_REAL_UNKNOWN;
}

static __always_inline void call_open(struct scratch *scratch, struct task_struct *task)
{
	struct call_record *record = call_of(scratch);
	u64 *arguments = record->arguments;
	u64 name = arguments[1];
	s32 directory = arguments[0];
	int is_rooted = 0;

	switch (record->number) {
	case CALL_OPEN:
		name = arguments[0];
		directory = AT_FDCWD;
		record->open_flags = arguments[1];
		break;
	case CALL_CREAT:
		name = arguments[0];
		directory = AT_FDCWD;
		record->open_flags = O_CREAT | O_WRONLY | O_TRUNC;
		break;
	case CALL_OPEN_BY_HANDLE_AT:
		name = 0;
		record->open_flags = arguments[2];
		break;
	case CALL_OPENAT2: {
		struct open_how how = {};

		bpf_probe_read_user(&how, sizeof(how), (void *)arguments[2]);
		record->open_flags = how.flags;
		is_rooted = how.resolve & RESOLVE_IN_ROOT;
		break;
	}
	default:
		record->open_flags = arguments[2];
	}
	if (record->number != CALL_OPEN_BY_HANDLE_AT) {
		text_name(scratch, name);
		if (is_rooted || (record->name.offset && !name_is_absolute(scratch)))
			text_base(scratch, task, directory);
	}
	object_opened(scratch, task);
}
