/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0 */
/*
 * Which layer of an overlay a file is in: the image's, or what was written since.
 *
 * A file that was written, or whose owner or mode was changed, was copied up: it is the upper
 * layer's from then on. A file on no overlay is in none.
 */
#ifndef SHIKRA_LAYER_H
#define SHIKRA_LAYER_H

#include "kernel.h"

#define OVERLAYFS_MAGIC 0x794c7630

enum layer { LAYER_NONE, LAYER_UPPER, LAYER_LOWER };

static __always_inline u64 upper_entry_offset(void)
{
	if (field_exists(struct ovl_inode, __upperdentry))
		return field_offset(struct ovl_inode, __upperdentry) -
		       field_offset(struct ovl_inode, vfs_inode);
	return type_size(struct inode);
}

static __always_inline enum layer layer_of(struct inode *inode)
{
	struct super_block *file_system = LOAD(inode->i_sb);
	struct dentry *upper = NULL;

	if (LOAD(file_system->s_magic) != OVERLAYFS_MAGIC)
		return LAYER_NONE;
	bpf_probe_read_kernel(&upper, sizeof(upper), (void *)inode + upper_entry_offset());
	return upper ? LAYER_UPPER : LAYER_LOWER;
}

#endif
