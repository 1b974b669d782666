/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0 */
/*
 * What the caller gave as text: paths and where they start, other strings, names of sockets.
 */
#ifndef SHIKRA_CALLER_TEXTS_H
#define SHIKRA_CALLER_TEXTS_H

#include "files.h"
#include "sockets.h"

#define UNIX_PATH_AT 2			/* in struct sockaddr_un */
#define UNIX_PATH_MAX 108

/*
 * A string of the caller's as it stands in its memory now. Returns whether it could be read: if
 * not, and the kernel could, another thread took it away since.
 */
static __always_inline int path_from_caller(struct scratch *scratch, struct text *text, u64 address,
					    u32 cut)
{
	struct call_record *record = call_of(scratch);
	u8 *place = text_place(scratch);
	long size;

	if (record->flags & CALL_VIA_RING)	/* the kernel has made a copy */
		size = bpf_probe_read_kernel_str(place, TEXT_ROOM, (void *)address);
	else
		size = bpf_probe_read_user_str(place, TEXT_ROOM, (void *)address);
	if (size < 0) {
		if (address && record->result != -EFAULT) {
			record->flags |= cut;
			lost(LOSS_NAME_UNREADABLE);
		}
		return 0;
	}
	size = length_of(size);
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

static __always_inline void text_find(struct scratch *scratch, struct call_plan *plan)
{
	struct call_record *record = call_of(scratch);
	u64 from = argument_at(record, plan->text);
	long size;

	if (!from || (plan->text_when && record->arguments[0] != plan->text_when))
		return;
	size = bpf_probe_read_user_str(text_place(scratch), NAME_MAX + 1, (void *)from);
	if (size < 0) {
		if (record->result != -EFAULT) {
			record->flags |= CALL_TEXT_CUT;
			lost(LOSS_NAME_UNREADABLE);
		}
		return;
	}
	if (size > NAME_MAX)
		record->flags |= CALL_TEXT_CUT;
	text_keep(scratch, &record->text, length_of(size));
	record->facts |= HAS_TEXT;
}

/* Of a Unix socket: a path, or, after a NUL, an abstract name. */
static __noinline void text_unix(struct scratch *scratch, u64 from, u32 length)
{
	int is_copied = scratch->request.is_address_copied;
	u8 *place = text_place(scratch);
	long size;

	if (length <= UNIX_PATH_AT)
		return;
	length -= UNIX_PATH_AT;
	if (length > UNIX_PATH_MAX)
		length = UNIX_PATH_MAX;
	from += UNIX_PATH_AT;
	if (caller_read(place, length, from, is_copied)) {
		call_of(scratch)->flags |= CALL_ARGUMENTS_UNKNOWN;
		lost(LOSS_ADDRESS_UNREADABLE);
		return;
	}
	if (place[0]) {		/* a path ends at its NUL; an abstract name is as long as it is */
		size = is_copied ? bpf_probe_read_kernel_str(place, length + 1, (void *)from)
				 : bpf_probe_read_user_str(place, length + 1, (void *)from);
		length = size - 1;
	}
	if (length <= UNIX_PATH_MAX) {
		text_keep(scratch, &call_of(scratch)->name, length);
		call_of(scratch)->facts |= HAS_NAME;
	}
}

/* The name that a Unix socket is bound to, or, if it isn't, its peer. */
static __noinline void text_unix_bound(struct scratch *scratch, struct unix_sock *sock)
{
	struct unix_address *address = LOAD(sock->addr);
	struct sock *peer = LOAD(sock->peer);
	struct unix_address *bound;
	u32 length;

	if (!address && peer)
		address = READ(((struct unix_sock *)peer)->addr);
	if (!address)
		return;
	bound = CAST(struct unix_address, address);
	length = LOAD(bound->len) - UNIX_PATH_AT;
	keep(length);
	if (!length || length > UNIX_PATH_MAX ||
	    bpf_probe_read_kernel(text_place(scratch), length, (u8 *)&bound->name + UNIX_PATH_AT))
		return;
	if (*text_place(scratch))	/* a path, which the kernel keeps with its NUL */
		length -= 1;
	text_keep(scratch, &call_of(scratch)->name, length);
	call_of(scratch)->facts |= HAS_NAME;
}

#endif
