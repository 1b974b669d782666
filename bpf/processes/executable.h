/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0 */
/*
 * What is known of a process's executable, besides its path: its times, its layer, who may write it.
 */
#ifndef SHIKRA_EXECUTABLE_H
#define SHIKRA_EXECUTABLE_H

#include "../lib/layer.h"
#include "../lib/path.h"
#include "../lib/permission.h"

#define SECOND_NS 1000000000ull
#define NANOSECONDS 0x7fffffff		/* the top bit says that somebody looked */

static __always_inline void exe_times(struct exec_record *record, struct inode *inode)
{
	if (field_exists(struct inode, i_ctime_sec))
		record->exe_ctime_ns = TASK(inode->i_ctime_sec) * SECOND_NS +
				       (TASK(inode->i_ctime_nsec) & NANOSECONDS);
	else if (field_exists(struct inode, __i_ctime))
		record->exe_ctime_ns = TASK(inode->__i_ctime.tv_sec) * SECOND_NS +
				       TASK(inode->__i_ctime.tv_nsec);
	else
		record->exe_ctime_ns = TASK(inode->i_ctime.tv_sec) * SECOND_NS +
				       TASK(inode->i_ctime.tv_nsec);

	if (field_exists(struct inode, i_mtime_sec))
		record->exe_mtime_ns = TASK(inode->i_mtime_sec) * SECOND_NS +
				       (TASK(inode->i_mtime_nsec) & NANOSECONDS);
	else if (field_exists(struct inode, __i_mtime))
		record->exe_mtime_ns = TASK(inode->__i_mtime.tv_sec) * SECOND_NS +
				       TASK(inode->__i_mtime.tv_nsec);
	else
		record->exe_mtime_ns = TASK(inode->i_mtime.tv_sec) * SECOND_NS +
				       TASK(inode->i_mtime.tv_nsec);
}

static __always_inline int is_memfd(struct file *exe)
{
	struct dentry *dentry = TASK(exe->f_path.dentry);
	char name[6] = {};

	if (!is_anonymous(exe))
		return 0;
	bpf_probe_read_kernel(name, sizeof(name), TASK(dentry->d_name.name));
	return name[0] == 'm' && name[1] == 'e' && name[2] == 'm' && name[3] == 'f' &&
	       name[4] == 'd' && name[5] == ':';
}

/* Mark the process by what its executable is to who runs it. */
static __noinline void exe_mark(struct scratch *scratch, struct cred *cred, struct file *exe)
{
	struct exec_record *record = (struct exec_record *)scratch->record;

	record->flags |= PROCESS_EXE_TOLD;
	switch (layer_of(TASK(exe->f_inode))) {
	case LAYER_UPPER:
		record->flags |= PROCESS_EXE_UPPER_LAYER;
		break;
	case LAYER_LOWER:
		record->flags |= PROCESS_EXE_LOWER_LAYER;
		break;
	case LAYER_NONE:
		break;
	}
	switch (may_write(scratch, cred, exe)) {
	case ANSWER_YES:
		record->flags |= PROCESS_EXE_WRITABLE;
		break;
	case ANSWER_UNKNOWN:
		record->flags |= PROCESS_EXE_WRITABLE_UNKNOWN;
		break;
	case ANSWER_NO:
		break;
	}
	if (is_memfd(exe))
		record->flags |= PROCESS_EXE_FROM_MEMFD;
}

#endif
