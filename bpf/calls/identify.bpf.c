/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0 */
/*
 * Files that rules name: run by user space, attached nowhere.
 *
 * identify: what the hooks would see of a file that user space has open. stat(2) may say
 * otherwise: overlay and btrfs have numbers of their own for it. know: take note of such a file.
 * settle: what was renamed in a container moved none of them.
 */
#include "other_names.h"

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

/* Arguments: a container's key, a device, an inode. Returns 0, or the error of a full map. */
SEC("raw_tp")
int know(u64 *context)
{
	struct known_file key = {
		.container = context[0],
		.device = context[1],
		.inode = context[2],
	};
	struct container_state *container = bpf_map_lookup_elem(&containers, &key.container);
	u32 bit = inode_bit(key.inode);
	u8 known = 1;

	if (!container)
		return 0;
	container->inodes[bit / 64] |= 1ULL << (bit % 64);
	return bpf_map_update_elem(&known_files, &key, &known, BPF_ANY);
}

/* Arguments: a container's key, and how many renames there were before all was looked at. */
SEC("raw_tp")
int settle(u64 *context)
{
	u64 key = context[0];
	struct container_state *container = bpf_map_lookup_elem(&containers, &key);

	if (container)
		container->settled = context[1];
	return 0;
}
