/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0 */
/*
 * What the families of system calls have in common: the caller's strings, descriptors, directories.
 */
#ifndef SHIKRA_CALL_H
#define SHIKRA_CALL_H

#include "../lib/path.h"
#include "../lib/process.h"

/* Numbers in the 64-bit table (arch/x86/entry/syscalls/syscall_64.tbl). */
enum call_number {
	CALL_OPEN = 2,
	CALL_CONNECT = 42,
	CALL_SENDTO = 44,
	CALL_SENDMSG = 46,
	CALL_EXECVE = 59,
	CALL_CREAT = 85,
	CALL_OPENAT = 257,
	CALL_OPEN_BY_HANDLE_AT = 304,
	CALL_EXECVEAT = 322,
	CALL_OPENAT2 = 437,
};

static __always_inline struct call_record *call_of(struct scratch *scratch)
{
	return (struct call_record *)scratch->record;
}

/* What a descriptor of the current process stands for; NULL if it is closed. */
static __always_inline struct file *file_of(struct task_struct *task, s32 descriptor)
{
	struct files_struct *files = TASK(task->files);
	struct fdtable *table = TASK(files->fdt);
	struct file *file = NULL;

	if (descriptor < 0 || (u32)descriptor >= TASK(table->max_fds))
		return NULL;
	bpf_probe_read_kernel(&file, sizeof(file), &READ(table->fd)[descriptor]);
	return file ? CAST(struct file, file) : NULL;
}

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

#endif
