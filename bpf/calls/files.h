/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0 */
/*
 * What stands behind a descriptor: a file's numbers.
 */
#ifndef SHIKRA_FILES_H
#define SHIKRA_FILES_H

#include "plan.h"
#include "../lib/path.h"
#include "../lib/process.h"

#define O_ACCMODE 03

/* A word of the kernel's; where it can be cast, as one of a struct that is nothing but words. */
static __always_inline u64 word_at(u64 address)
{
	u64 word = 0;

	if (has_casts())
		return *(u64 *)CAST(struct pt_regs, address);
	bpf_probe_read_kernel(&word, sizeof(word), (void *)address);
	return word;
}

/* What a descriptor of the current process stands for; NULL if it is closed. */
static __always_inline struct file *file_of(struct task_struct *task, s32 descriptor)
{
	struct files_struct *files = TASK(task->files);
	struct fdtable *table = TASK(files->fdt);
	u64 file;

	if (descriptor < 0 || (u32)descriptor >= TASK(table->max_fds))
		return NULL;
	file = word_at((u64)(TASK(table->fd) + descriptor));
	return file ? CAST(struct file, file) : NULL;
}

/* Whether another task can change what a descriptor stands for. */
static __always_inline int is_table_shared(struct task_struct *task)
{
	struct files_struct *files = TASK(task->files);

	return TASK(files->count.counter) > 1;
}

static __always_inline u32 mode_of(struct file *file)
{
	struct inode *inode = LOAD(file->f_inode);

	return LOAD(inode->i_mode);
}

static __always_inline void file_describe(struct scratch *scratch, struct file *file)
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

#endif
