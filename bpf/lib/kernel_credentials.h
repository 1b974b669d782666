/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0 */
/*
 * The kernel's structures of credentials: a part of kernel.h, which has the rules for them.
 */
#ifndef SHIKRA_KERNEL_CREDENTIALS_H
#define SHIKRA_KERNEL_CREDENTIALS_H

#define CAP_DAC_OVERRIDE 1
#define CAP_FOWNER 3
#define INLINE_EXTENTS 5

struct capability_set {
	u64 val;			/* since 6.3, f122a08b197d */
	u32 cap[2];
} __relocated;

/* One set, of a credential that can be followed. */
#define CAPABILITIES(set)								\
	(field_exists(struct cred, cap_effective.val) ?				\
	 TASK((set).val) : (TASK((set).cap[0]) | (u64)TASK((set).cap[1]) << 32))

struct group_info {
	int ngroups;
	kuid_t gid[1];			/* sorted */
} __relocated;

struct uid_gid_extent {
	u32 first, lower_first, count;
};

struct uid_gid_map {
	u32 nr_extents;			/* more than five lie elsewhere */
	struct uid_gid_extent extent[INLINE_EXTENTS];
} __relocated;

struct user_namespace {
	struct uid_gid_map uid_map, gid_map;
	int level;
} __relocated;

struct cred {
	kuid_t uid, gid, euid, egid, fsuid, fsgid;
	struct capability_set cap_inheritable, cap_permitted, cap_effective;
	struct user_namespace *user_ns;
	struct group_info *group_info;
} __relocated;

#endif
