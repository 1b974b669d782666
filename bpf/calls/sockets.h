/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0 */
/*
 * What stands behind a descriptor: a socket and its two ends.
 *
 * An end is the caller's word only where the socket doesn't hold it: not connected, or refused (a
 * refused connection has lost its port in the socket). What the socket holds, no other thread can
 * have rewritten.
 */
#ifndef SHIKRA_SOCKETS_H
#define SHIKRA_SOCKETS_H

#include "plan.h"

#define AF_UNIX 1
#define AF_INET 2
#define AF_INET6 10
#define SOCK_STREAM 1
#define EINPROGRESS 115
#define MAPPED_WORD 0xffff0000		/* third of an IPv4 address mapped into IPv6, as it is in memory */

union address {				/* the caller's sockaddr: a stable interface */
	u16 family;
	struct {
		u16 family, port;
		u8 address[4];
	} ipv4;
	struct {
		u16 family, port;
		u32 flow;
		u8 address[16];
	} ipv6;
};

static __always_inline void address_map(u8 *address)
{
	__builtin_memcpy(address + 12, address, 4);
	__builtin_memset(address, 0, 10);
	address[10] = address[11] = 0xff;
}

/* Read what the caller named, or the copy that the kernel made of it. */
static __always_inline long caller_read(void *to, u32 length, u64 from, int is_copied)
{
	return is_copied ? bpf_probe_read_kernel(to, length, (void *)from)
			 : bpf_probe_read_user(to, length, (void *)from);
}

/* The address that the call names. */
static __noinline void end_from_caller(struct call_record *record, struct socket_end *end, u64 from,
				       u32 length, u32 is_copied)
{
	union address address = {};

	if (length > sizeof(address))
		length = sizeof(address);
	if (caller_read(&address, length, from, is_copied)) {
		record->flags |= CALL_ARGUMENTS_UNKNOWN;
		lost(LOSS_ADDRESS_UNREADABLE);
		return;
	}
	if (!record->socket_family)
		record->socket_family = address.family;
	switch (address.family) {
	case AF_INET:
		__builtin_memcpy(end->address, address.ipv4.address, 4);
		if (record->socket_family == AF_INET6)	/* IPv4 on an IPv6 socket: as mapped */
			address_map(end->address);
		end->port = __builtin_bswap16(address.ipv4.port);
		break;
	case AF_INET6:
		__builtin_memcpy(end->address, address.ipv6.address, 16);
		end->port = __builtin_bswap16(address.ipv6.port);
		break;
	}
}

static __always_inline void local_from_socket(struct call_record *record, struct sock_common *common)
{
	if (record->socket_family == AF_INET)
		bpf_probe_read_kernel(record->local.address, 4, &common->skc_rcv_saddr);
	else
		bpf_probe_read_kernel(record->local.address, 16, &common->skc_v6_rcv_saddr);
	record->local.port = LOAD(common->skc_num);
}

static __always_inline void remote_from_socket(struct call_record *record, struct sock_common *common)
{
	if (record->socket_family == AF_INET)
		bpf_probe_read_kernel(record->remote.address, 4, &common->skc_daddr);
	else
		bpf_probe_read_kernel(record->remote.address, 16, &common->skc_v6_daddr);
	record->remote.port = __builtin_bswap16(LOAD(common->skc_dport));
}

/* Whether the other end is the one that the socket holds, whatever address the caller named. */
static __always_inline int is_remote_held(struct call_record *record, struct call_plan *plan,
					  int has_address)
{
	if (plan->flags & PLAN_CONNECTS)
		return !record->result || record->result == -EINPROGRESS;
	return !has_address || plan->flags & PLAN_OWN_ADDRESS || record->socket_type == SOCK_STREAM;
}

/* Whether an end is more than zeros; of a mapped IPv4 address the last four bytes count. */
static __always_inline int end_is_known(struct socket_end *end)
{
	u32 *words = (u32 *)end->address;

	return end->port || words[3] || words[0] ||
	       ((words[1] || words[2]) && !(words[1] == 0 && words[2] == MAPPED_WORD));
}

/* The end that the caller names. */
static __always_inline void ends_named(struct call_record *record, struct call_plan *plan,
				       u32 is_copied)
{
	u64 address = argument_at(record, plan->address);
	u32 length = argument_at(record, plan->address + 1);

	if (address)
		end_from_caller(record, plan->flags & PLAN_OWN_ADDRESS ? &record->local : &record->remote,
				address, length, is_copied);
}

/* The ends that the socket holds. */
static __always_inline void ends_held(struct call_record *record, struct call_plan *plan,
				      struct sock *sock)
{
	struct sock_common *common = &sock->__sk_common;
	int is_own = plan->flags & PLAN_OWN_ADDRESS;

	if (record->object == OBJECT_SOCKET &&
	    (record->socket_family == AF_INET || record->socket_family == AF_INET6)) {
		if (!is_own || !record->result)
			local_from_socket(record, common);
		if (LOAD(common->skc_dport) &&
		    is_remote_held(record, plan, !!argument_at(record, plan->address)))
			remote_from_socket(record, common);
	}
	if (end_is_known(&record->local))
		record->facts |= HAS_LOCAL;
	if (end_is_known(&record->remote))
		record->facts |= HAS_REMOTE;
}

/* Returns what holds the socket's ends; NULL where there is none. */
static __always_inline struct sock *socket_describe(struct call_record *record, struct file *file)
{
	struct inode *inode = LOAD(file->f_inode);
	struct socket *socket = CAST(struct socket, LOAD(file->private_data));
	struct sock *sock = LOAD(socket->sk);

	if (!sock)
		return NULL;
	record->object = OBJECT_SOCKET;
	record->inode = LOAD(inode->i_ino);
	record->socket_family = LOAD(sock->__sk_common.skc_family);
	record->socket_type = LOAD(socket->type);
	record->socket_protocol = LOAD(sock->sk_protocol);
	return sock;
}

#endif
