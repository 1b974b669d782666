/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0 */
/*
 * What a ring is asked for, put where the system call that it stands for has its arguments. Paths
 * are the kernel's copies, by their addresses.
 */
#ifndef SHIKRA_URING_ARGUMENTS_H
#define SHIKRA_URING_ARGUMENTS_H

#include "../calls/arguments.h"
#include "../lib/kernel_rings.h"

#define O_LARGEFILE 0100000		/* added by the kernel */

static __always_inline u64 copy_of(struct filename *name)
{
	return (u64)LOAD(CAST(struct filename, name)->name);
}

static __always_inline void open_arguments(struct scratch *scratch, u64 request)
{
	struct io_open *open = CAST(struct io_open, request);
	u64 *arguments = call_of(scratch)->arguments;

	arguments[0] = (u32)LOAD(open->dfd);
	arguments[1] = copy_of(LOAD(open->filename));
	arguments[2] = LOAD(open->how.flags) & ~(u64)O_LARGEFILE;
	arguments[3] = LOAD(open->how.mode);
	arguments[4] = LOAD(open->how.resolve);
	if (field_exists(struct io_open, file_slot))
		scratch->request.is_direct = !!LOAD(open->file_slot);
}

static __always_inline void unlink_arguments(u64 *arguments, u64 request)
{
	struct io_unlink *unlink = CAST(struct io_unlink, request);

	arguments[0] = (u32)LOAD(unlink->dfd);
	arguments[1] = copy_of(LOAD(unlink->filename));
	arguments[2] = (u32)LOAD(unlink->flags);
}

static __always_inline void mkdir_arguments(u64 *arguments, u64 request)
{
	struct io_mkdir *mkdir = CAST(struct io_mkdir, request);

	arguments[0] = (u32)LOAD(mkdir->dfd);
	arguments[1] = copy_of(LOAD(mkdir->filename));
	arguments[2] = LOAD(mkdir->mode);
}

static __always_inline void rename_arguments(u64 *arguments, u64 request)
{
	struct io_rename *rename = CAST(struct io_rename, request);

	arguments[0] = (u32)LOAD(rename->old_dfd);
	arguments[1] = copy_of(LOAD(rename->oldpath));
	arguments[2] = (u32)LOAD(rename->new_dfd);
	arguments[3] = copy_of(LOAD(rename->newpath));
	arguments[4] = (u32)LOAD(rename->flags);
}

#define LINK_ARGUMENTS(arguments, link) ({					\
	(arguments)[0] = (u32)LOAD((link)->old_dfd);				\
	(arguments)[1] = copy_of(LOAD((link)->oldpath));			\
	(arguments)[2] = (u32)LOAD((link)->new_dfd);				\
	(arguments)[3] = copy_of(LOAD((link)->newpath));			\
	(arguments)[4] = (u32)LOAD((link)->flags);				\
})

#define SYMLINK_ARGUMENTS(arguments, link) ({					\
	(arguments)[0] = copy_of(LOAD((link)->oldpath));			\
	(arguments)[1] = (u32)LOAD((link)->new_dfd);				\
	(arguments)[2] = copy_of(LOAD((link)->newpath));			\
})

static __always_inline void link_arguments(u64 *arguments, u64 request)
{
	if (type_exists(struct io_hardlink)) {
		struct io_hardlink *link = CAST(struct io_hardlink, request);

		LINK_ARGUMENTS(arguments, link);
	} else {
		struct io_link *link = CAST(struct io_link, request);

		LINK_ARGUMENTS(arguments, link);
	}
}

static __always_inline void symlink_arguments(u64 *arguments, u64 request)
{
	if (type_exists(struct io_symlink)) {
		struct io_symlink *link = CAST(struct io_symlink, request);

		SYMLINK_ARGUMENTS(arguments, link);
	} else {
		struct io_link *link = CAST(struct io_link, request);

		SYMLINK_ARGUMENTS(arguments, link);
	}
}

static __always_inline void connect_arguments(u64 *arguments, u64 request)
{
	struct io_connect *connect = CAST(struct io_connect, request);

	arguments[1] = (u64)LOAD(connect->addr);
	arguments[2] = (u32)LOAD(connect->addr_len);
}

/* The address of a message without a header: the caller's, or the kernel's copy of it. */
static __always_inline void send_arguments(struct scratch *scratch, struct io_kiocb *request)
{
	struct io_sr_msg *send = CAST(struct io_sr_msg, request);
	u64 *arguments = call_of(scratch)->arguments;

	if (field_exists(struct io_sr_msg, addr)) {
		arguments[4] = (u64)LOAD(send->addr);
		arguments[5] = LOAD(send->addr_len);
	} else if (LOAD(request->async_data)) {
		struct io_async_msghdr *sent = CAST(struct io_async_msghdr, LOAD(request->async_data));

		arguments[4] = (u64)LOAD(sent->msg.msg_name);
		arguments[5] = (u32)LOAD(sent->msg.msg_namelen);
		scratch->request.is_address_copied = 1;
	}
}

static __always_inline void request_arguments(struct scratch *scratch, struct io_kiocb *request,
					      u32 operation)
{
	struct call_record *record = call_of(scratch);
	struct io_sr_msg *message = CAST(struct io_sr_msg, request);
	u64 *arguments = record->arguments;

	switch (operation) {
	case RING_OPENAT:
	case RING_OPENAT2:
		open_arguments(scratch, (u64)request);
		break;
	case RING_UNLINKAT:
		unlink_arguments(arguments, (u64)request);
		break;
	case RING_MKDIRAT:
		mkdir_arguments(arguments, (u64)request);
		break;
	case RING_RENAMEAT:
		rename_arguments(arguments, (u64)request);
		break;
	case RING_LINKAT:
		link_arguments(arguments, (u64)request);
		break;
	case RING_SYMLINKAT:
		symlink_arguments(arguments, (u64)request);
		break;
	case RING_CONNECT:
		connect_arguments(arguments, (u64)request);
		break;
	case RING_SENDMSG:
	case RING_SENDMSG_ZC:
		arguments[1] = (u64)LOAD(message->umsg);
		arguments[2] = LOAD(message->msg_flags);
		unfold(record, KEPT_MESSAGE);
		break;
	case RING_SEND:
	case RING_SEND_ZC:
		arguments[3] = LOAD(message->msg_flags);
		send_arguments(scratch, request);
		break;
	}
}

#endif
