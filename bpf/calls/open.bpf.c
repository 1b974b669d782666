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
	scratch->sought.file = file;
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

static __always_inline void open_numbers(struct scratch *scratch, struct task_struct *task)
{
	struct call_record *record = call_of(scratch);
	u64 *arguments = record->arguments;

	switch (record->number) {
	case CALL_OPEN:
		seek_name(scratch, arguments[0], AT_FDCWD);
		record->open_flags = arguments[1];
		break;
	case CALL_CREAT:
		seek_name(scratch, arguments[0], AT_FDCWD);
		record->open_flags = O_CREAT | O_WRONLY | O_TRUNC;
		break;
	case CALL_OPEN_BY_HANDLE_AT:
		record->open_flags = arguments[2];
		break;
	case CALL_OPENAT2: {
		struct open_how how = {};

		bpf_probe_read_user(&how, sizeof(how), (void *)arguments[2]);
		seek_name(scratch, arguments[1], arguments[0]);
		record->open_flags = how.flags;
		scratch->sought.is_rooted = !!(how.resolve & RESOLVE_IN_ROOT);
		break;
	}
	default:
		seek_name(scratch, arguments[1], arguments[0]);
		record->open_flags = arguments[2];
	}
	object_opened(scratch, task);
}
