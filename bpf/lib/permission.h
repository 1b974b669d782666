/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0 */
/*
 * Whether somebody may write to a file: by mode, groups, ownership and capabilities.
 *
 * Who owns a file may give itself leave, so that counts, as in Falco. Access control lists, other
 * security modules and mounts that map owners (since 5.12) aren't looked at.
 */
#ifndef SHIKRA_PERMISSION_H
#define SHIKRA_PERMISSION_H

#include "scratch.h"

#define S_IWGRP 020
#define S_IWOTH 02
#define S_IMMUTABLE 8
#define SB_RDONLY 1
#define MNT_READONLY 0x40
#define MAX_GROUP_STEPS 17		/* halvings of NGROUPS_MAX, 65536 */

enum answer { ANSWER_NO, ANSWER_YES, ANSWER_UNKNOWN };

static __always_inline enum answer is_mapped(struct uid_gid_map *map, u32 id)
{
	u32 count = READ(map->nr_extents);
	void *extents = &map->extent[0];

	if (count > INLINE_EXTENTS)
		return ANSWER_UNKNOWN;
	for (u32 i = 0; i < INLINE_EXTENTS; i++) {
		struct uid_gid_extent extent = {};

		bpf_probe_read_kernel(&extent, sizeof(extent), extents + i * sizeof(extent));
		if (i < count && id - extent.lower_first < extent.count)
			return ANSWER_YES;
	}
	return ANSWER_NO;
}

/*
 * Whether somebody is in a group. What the search has come to lies in map memory, and it is a
 * function of its own to the verifier, which would follow every path through the list.
 */
__noinline int is_in_groups(u32 owner)
{
	struct scratch *scratch = bpf_map_lookup_elem(&scratches, &owner);
	struct search *search;

	if (!scratch)
		return 0;
	search = &scratch->search;
	for (u32 i = 0; i < MAX_GROUP_STEPS; i++) {
		u32 middle = (search->low + search->high) / 2;
		u32 found = 0;

		if (search->low >= search->high)
			return 0;
		bpf_probe_read_kernel(&found, sizeof(found),
				      (void *)search->ids + (u64)middle * sizeof(found));
		if (found == search->wanted)
			return 1;
		if (found < search->wanted)
			search->low = middle + 1;
		else
			search->high = middle;
	}
	return 0;
}

static __always_inline int is_group_of(struct scratch *scratch, struct cred *cred, u32 id)
{
	struct group_info *groups = TASK(cred->group_info);

	if (TASK(cred->fsgid.val) == id)
		return 1;
	scratch->search.ids = (u64)&groups->gid[0];
	scratch->search.wanted = id;
	scratch->search.low = 0;
	scratch->search.high = READ(groups->ngroups);
	return is_in_groups(scratch->owner);
}

/* Capabilities count for files whose owners the user namespace knows. */
static __noinline enum answer may_override(struct cred *cred, u32 owner, u32 group)
{
	u64 capabilities = 1 << CAP_DAC_OVERRIDE | 1 << CAP_FOWNER;
	struct user_namespace *namespace = TASK(cred->user_ns);
	enum answer answer;

	if (!(CAPABILITIES(cred->cap_effective) & capabilities))
		return ANSWER_NO;
	if (!TASK(namespace->level))
		return ANSWER_YES;
	answer = is_mapped(&namespace->uid_map, owner);
	return answer == ANSWER_YES ? is_mapped(&namespace->gid_map, group) : answer;
}

static __noinline enum answer may_write(struct scratch *scratch, struct cred *cred,
					struct file *file)
{
	struct inode *inode = TASK(file->f_inode);
	struct super_block *file_system = TASK(inode->i_sb);
	struct vfsmount *mount = TASK(file->f_path.mnt);
	u32 owner = TASK(inode->i_uid.val), group = TASK(inode->i_gid.val);
	u32 mode = TASK(inode->i_mode);

	if (TASK(inode->i_flags) & S_IMMUTABLE || TASK(file_system->s_flags) & SB_RDONLY ||
	    TASK(mount->mnt_flags) & MNT_READONLY)
		return ANSWER_NO;
	if (TASK(cred->fsuid.val) == owner)
		return ANSWER_YES;
	if (mode & (is_group_of(scratch, cred, group) ? S_IWGRP : S_IWOTH))
		return ANSWER_YES;
	return may_override(cred, owner, group);
}

#endif
