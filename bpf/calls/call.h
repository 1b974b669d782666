/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0 */
/*
 * What the families of system calls have in common.
 *
 * A call is looked at twice: first its *numbers*, which are cheap (descriptor, file, addresses,
 * flags), and then, if it is still wanted, its *names* (paths and the caller's strings).
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

/* That the call named a path, to be read with its names. */
static __always_inline void seek_name(struct scratch *scratch, u64 name, s32 directory)
{
	scratch->sought.name = name;
	scratch->sought.directory = directory;
	scratch->sought.has_name = 1;
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

#endif
