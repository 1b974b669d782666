/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0 */
/*
 * connect, and sendto and sendmsg where they name an address.
 *
 * The address is the caller's, except where the socket is connected now: then it is the socket's,
 * which no other thread can have rewritten. A refused connection has lost its port in the socket.
 */
#include "call.h"

#define AF_INET 2
#define AF_INET6 10
#define EINPROGRESS 115
#define ADDRESS_MAX 128			/* sizeof(struct sockaddr_storage) */
#define MAPPED_WORD 0xffff0000		/* third of an IPv4 address mapped into IPv6, as it is in memory */

struct message {			/* the caller's struct user_msghdr: a stable interface */
	u64 name;
	u32 name_length;
};

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

/* The address that the call names. */
static __noinline void remote_from_caller(struct scratch *scratch, u64 from, u32 length)
{
	struct call_record *record = call_of(scratch);
	struct socket_end *remote = &record->remote;
	union address address = {};

	if (length > sizeof(address))
		length = sizeof(address);
	if (bpf_probe_read_user(&address, length, (void *)from)) {
		lost(LOSS_ADDRESS_UNREADABLE);
		return;
	}
	if (!record->socket_family)
		record->socket_family = address.family;
	switch (address.family) {
	case AF_INET:
		__builtin_memcpy(remote->address, address.ipv4.address, 4);
		if (record->socket_family == AF_INET6)	/* IPv4 on an IPv6 socket: as mapped */
			address_map(remote->address);
		remote->port = __builtin_bswap16(address.ipv4.port);
		break;
	case AF_INET6:
		__builtin_memcpy(remote->address, address.ipv6.address, 16);
		remote->port = __builtin_bswap16(address.ipv6.port);
		break;
	}
}

/* Whether an end is more than zeros; of a mapped IPv4 address the last four bytes count. */
static __always_inline int end_is_known(struct socket_end *end)
{
	u32 *words = (u32 *)end->address;

	return end->port || words[3] || words[0] ||
	       ((words[1] || words[2]) && !(words[1] == 0 && words[2] == MAPPED_WORD));
}

static __noinline void facts_of_socket(struct call_record *record)
{
	record->facts |= HAS_DESCRIPTOR;
	if (end_is_known(&record->local))
		record->facts |= HAS_LOCAL;
	if (end_is_known(&record->remote))
		record->facts |= HAS_REMOTE;
}

static __noinline void ends_from_socket(struct call_record *record, struct sock *sock)
{
	struct sock_common *common = &sock->__sk_common;
	u16 port = LOAD(common->skc_dport);
	int is_connected = record->number == CALL_CONNECT && port &&
			   (!record->result || record->result == -EINPROGRESS);

	switch (record->socket_family) {
	case AF_INET:
		bpf_probe_read_kernel(record->local.address, 4, &common->skc_rcv_saddr);
		if (is_connected)
			bpf_probe_read_kernel(record->remote.address, 4, &common->skc_daddr);
		break;
	case AF_INET6:
		bpf_probe_read_kernel(record->local.address, 16, &common->skc_v6_rcv_saddr);
		if (is_connected)
			bpf_probe_read_kernel(record->remote.address, 16, &common->skc_v6_daddr);
		break;
	default:
		return;
	}
	record->local.port = LOAD(common->skc_num);
	if (is_connected)
		record->remote.port = __builtin_bswap16(port);
}

static __noinline struct sock *object_socket(struct call_record *record, struct task_struct *task)
{
	struct file *file = file_of(task, record->arguments[0]);
	struct socket *socket;
	struct inode *inode;
	struct sock *sock;

	if (!file)
		return NULL;
	inode = LOAD(file->f_inode);
	if ((LOAD(inode->i_mode) & S_IFMT) != S_IFSOCK)
		return NULL;
	socket = CAST(struct socket, LOAD(file->private_data));
	sock = LOAD(socket->sk);
	if (!sock)
		return NULL;
	record->object = OBJECT_SOCKET;
	record->inode = LOAD(inode->i_ino);
	record->socket_family = LOAD(sock->__sk_common.skc_family);
	record->socket_type = LOAD(socket->type);
	record->socket_protocol = LOAD(sock->sk_protocol);
	return sock;
}

/* Where the call's address is in the caller's memory; 0 if it names none. */
static __always_inline u64 address_of(u32 number, u64 *arguments, u32 *length)
{
	struct message message = {};

	switch (number) {
	case CALL_CONNECT:
		*length = arguments[2];
		return arguments[1];
	case CALL_SENDTO:
		*length = arguments[5];
		return arguments[4];
	case CALL_SENDMSG:
		bpf_probe_read_user(&message, sizeof(message), (void *)arguments[1]);
		*length = message.name_length;
		return message.name;
	}
	return 0;
}

static __always_inline void connect_numbers(struct scratch *scratch, struct task_struct *task)
{
	struct call_record *record = call_of(scratch);
	struct sock *sock = object_socket(record, task);

	remote_from_caller(scratch, scratch->sought.address, scratch->sought.address_length);
	if (sock)
		ends_from_socket(record, sock);
	facts_of_socket(record);
}
