/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0 */
/*
 * What the hooks would see of a file that user space has open: run by user space, attached nowhere.
 *
 * stat(2) may say otherwise: overlay and btrfs have numbers of their own for it.
 */
#include "call.h"

struct file_identity {
	u64 device, inode;
	u64 mount_event;		/* the last change to the mounts of its mount's namespace */
	u32 mount_namespace;		/* 0 if its mount is attached nowhere */
	u32 is_found;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct file_identity);
} identified SEC(".maps");

SEC("raw_tp")
int identify(u64 *context)
{
	u32 zero = 0;
	struct file_identity *identity = bpf_map_lookup_elem(&identified, &zero);
	struct file *file = file_of(current_task(), context[0]);
	struct super_block *file_system;
	struct inode *inode;
	u64 mounts;

	if (!identity)
		return 0;
	__builtin_memset(identity, 0, sizeof(*identity));
	if (!file)
		return 0;
	inode = LOAD(file->f_inode);
	file_system = LOAD(inode->i_sb);
	identity->device = device_of(LOAD(file_system->s_dev));
	identity->inode = LOAD(inode->i_ino);
	mounts = (u64)LOAD(mount_of(LOAD(file->f_path.mnt))->mnt_ns);
	if (mounts) {
		struct mnt_namespace *namespace = CAST(struct mnt_namespace, mounts);

		identity->mount_event = LOAD(namespace->event);
		identity->mount_namespace = LOAD(namespace->ns.inum);
	}
	identity->is_found = 1;
	return 0;
}
