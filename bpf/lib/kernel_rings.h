/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0 */
/*
 * The kernel's own structures of io_uring, as far as they are read here; see kernel.h.
 *
 * An operation's own struct lies over the beginning of its request: in a union up to 5.19, by a
 * cast since (f2ccb5aed7bc).
 */
#ifndef SHIKRA_KERNEL_RINGS_H
#define SHIKRA_KERNEL_RINGS_H

#include "kernel.h"

/* Bits of a request's flags that are a submission's (IOSQE_..., a stable interface). */
#define REQUEST_FIXED_FILE (1 << 0)	/* its file is a slot of the ring's, no descriptor */
#define REQUEST_LINKED (1 << 2 | 1 << 3)	/* when it is done, the next one begins */
#define REQUEST_SKIPS_SUCCESS (1 << 6)	/* since 5.17, 04c76b41ca97: nobody tells if it succeeded */

/* Operations (enum io_uring_op, a stable interface). */
enum ring_operation {
	RING_SENDMSG = 9,
	RING_CONNECT = 16,
	RING_OPENAT = 18,
	RING_SEND = 26,
	RING_OPENAT2 = 28,
	RING_RENAMEAT = 35,
	RING_UNLINKAT = 36,
	RING_MKDIRAT = 37,
	RING_SYMLINKAT = 38,
	RING_LINKAT = 39,
	RING_SEND_ZC = 47,
	RING_SENDMSG_ZC = 48,
};

struct filename {
	char *name;			/* the kernel's copy */
	char *uptr;
} __relocated;

struct open_how {
	u64 flags, mode, resolve;
} __relocated;

struct io_cqe {
	int fd;				/* until the request is issued; since 5.19, cef216fc32d7 */
} __relocated;

struct io_kiocb {
	struct file *file;
	u8 opcode;
	unsigned int flags;
	void *ctx, *async_data;
	struct io_cqe cqe;
} __relocated;

struct io_kiocb___plain {
	u64 user_data;			/* before 5.19 */
} __relocated;

struct io_cqe___told {
	u64 user_data;
} __relocated;

struct io_kiocb___told {
	struct io_cqe___told cqe;
} __relocated;

struct io_open {
	int dfd;
	u32 file_slot;			/* since 5.15, b9445598d8c6 */
	struct filename *filename;
	struct open_how how;
} __relocated;

struct io_unlink {
	int dfd, flags;
	struct filename *filename;
} __relocated;

struct io_mkdir {
	int dfd;
	unsigned short mode;
	struct filename *filename;
} __relocated;

struct io_rename {
	int old_dfd, new_dfd, flags;
	struct filename *oldpath, *newpath;
} __relocated;

struct io_link {			/* of symlinks, too; before 6.0 they have one each, laid out alike */
	int old_dfd, new_dfd, flags;
	struct filename *oldpath, *newpath;
} __relocated;

struct io_hardlink {
	int old_dfd, new_dfd, flags;
	struct filename *oldpath, *newpath;
} __relocated;

struct io_symlink {
	int new_dfd;
	struct filename *oldpath, *newpath;
} __relocated;

struct io_connect {
	void *addr;			/* the caller's */
	int addr_len;
} __relocated;

struct io_sr_msg {
	void *umsg;			/* the caller's */
	void *addr;			/* the caller's, from 6.0 to 6.12 or so; later a copy is kept */
	u16 addr_len;
	unsigned int msg_flags;
} __relocated;

struct msghdr {
	void *msg_name;
	int msg_namelen;
} __relocated;

struct io_async_msghdr {
	struct msghdr msg;
} __relocated;

struct io_uring_cqe {			/* a stable interface */
	u64 user_data;
	s32 res;
} __relocated;

struct io_ring_ctx {
	unsigned int flags;
} __relocated;

/*
 * The tracepoints' arguments. They changed often, so the running kernel's are compared with each of
 * these; the first argument is none of the program's.
 */
#define is_shaped(shape) __builtin_preserve_type_info(*(shape *)0, 0)

typedef void (*btf_trace_io_uring_submit_sqe___request)(void *, struct io_kiocb *, _Bool);
typedef void (*btf_trace_io_uring_submit_sqe___ring)(void *, void *, void *, u8, u64, u32, _Bool,
						     _Bool);
typedef void (*btf_trace_io_uring_complete___cqe)(void *, struct io_ring_ctx *, void *,
						  struct io_uring_cqe *);
typedef void (*btf_trace_io_uring_complete___request)(void *, void *, void *, u64, int,
						      unsigned int, u64, u64);
typedef void (*btf_trace_io_uring_complete___tag)(void *, void *, u64, int, unsigned int);

#define submits_with_request() is_shaped(btf_trace_io_uring_submit_sqe___request)	/* 6.1 */
#define submits_with_ring() is_shaped(btf_trace_io_uring_submit_sqe___ring)	/* 5.10, 5.15 */
#define completes_with_cqe() is_shaped(btf_trace_io_uring_complete___cqe)	/* seen on 6.18 */
#define completes_with_request() is_shaped(btf_trace_io_uring_complete___request) /* 6.1, 6.12 */
#define completes_with_tag() is_shaped(btf_trace_io_uring_complete___tag)	/* 5.10, 5.15 */

#endif
