/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0 */
/*
 * The kernel's structures of sockets: a part of kernel.h, which has the rules for them.
 */
#ifndef SHIKRA_KERNEL_SOCKETS_H
#define SHIKRA_KERNEL_SOCKETS_H

struct in6_addr {
	u8 bytes[16];
};

struct sock_common {
	u32 skc_daddr, skc_rcv_saddr;
	u16 skc_dport, skc_num;
	unsigned short skc_family;
	struct in6_addr skc_v6_daddr, skc_v6_rcv_saddr;
} __relocated;

struct sock {
	struct sock_common __sk_common;
	u16 sk_protocol;
} __relocated;

struct sockaddr_un {
	u16 sun_family;
} __relocated;

struct unix_address {
	int len;
	struct sockaddr_un name[1];	/* as long as it is */
} __relocated;

struct unix_sock {
	struct unix_address *addr;
	struct sock *peer;
} __relocated;

struct socket {
	short type;
	struct sock *sk;
} __relocated;

#endif
