/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0 */
/*
 * What else is told of a call that is sent: the caller's circumstances, the layer of its file.
 *
 * No rule is decided by it in the kernel, so what isn't sent doesn't pay for it.
 */
#include "../lib/layer.h"
#include "data.h"
#include "files.h"
#include "sockets.h"
#include "data.h"
#include "files.h"

#define RLIMIT_NOFILE 7

enum memory_kind { MEMORY_FILE, MEMORY_ANONYMOUS, MEMORY_SWAPPED, MEMORY_SHARED };

/* One of the counters of a process's pages; they are approximate, and may be below 0. */
#define PAGES(mm, kind) ({								\
	s64 count_ = field_exists(struct mm_struct___plain, rss_stat.count) ?		\
		     READ(((struct mm_struct___plain *)(mm))->rss_stat.count[kind].counter) :	\
		     READ((mm)->rss_stat[kind].count);					\
	count_ > 0 ? (u64)count_ : 0;							\
})

static __always_inline void credentials_fill(struct call_record *record, struct cred *cred)
{
	record->cap_inheritable = CAPABILITIES(cred->cap_inheritable);
	record->cap_permitted = CAPABILITIES(cred->cap_permitted);
	record->cap_effective = CAPABILITIES(cred->cap_effective);
}

static __always_inline void layer_fill(struct call_record *record, struct file *file)
{
	enum layer layer = layer_of(LOAD(file->f_inode));

	record->has_layer = 1;
	record->is_upper_layer = layer == LAYER_UPPER;
	record->is_lower_layer = layer == LAYER_LOWER;
}

static __noinline void resources_fill(struct call_record *record, struct task_struct *task)
{
	struct signal_struct *signal = TASK(task->signal);
	struct mm_struct *mm = TASK(task->mm);
	struct pid *pid = TASK(task->thread_pid);
	struct pid_namespace *namespace = number_at(pid, TASK(pid->level)).ns;
	struct task_struct *first = READ(namespace->child_reaper);

	if (first)
		record->pid_namespace_start_ns = READ(first->start_boottime);
	record->descriptor_limit = TASK(signal->rlim[RLIMIT_NOFILE].rlim_cur);
	record->threads = TASK(signal->nr_threads);
	record->faults_major = TASK(task->maj_flt);
	record->faults_minor = TASK(task->min_flt);
	if (!mm)
		return;
	record->memory_size_pages = TASK(mm->total_vm);
	record->memory_resident_pages =
		PAGES(mm, MEMORY_FILE) + PAGES(mm, MEMORY_ANONYMOUS) + PAGES(mm, MEMORY_SHARED);
	record->memory_swapped_pages = PAGES(mm, MEMORY_SWAPPED);
}

static __noinline void text_cwd(struct scratch *scratch, struct task_struct *task)
{
	struct call_record *record = call_of(scratch);
	struct fs_struct *where = TASK(task->fs);

	if (record->base.offset && scratch->sought.is_base_cwd) {
		if (!(record->flags & CALL_BASE_CUT))
			record->cwd = record->base;
		return;
	}
	if (!where || scratch->used > RECORD_ROOM - PATH_MAX ||
	    text_path(scratch, &record->cwd, TASK(where->pwd.dentry), TASK(where->pwd.mnt)) != WALK_DONE)
		record->cwd.offset = 0;
}

static __always_inline u32 family_of(struct file *file)
{
	struct socket *socket = CAST(struct socket, LOAD(file->private_data));
	struct sock *sock = LOAD(socket->sk);
	u32 words[4] = {};
	u32 family;

	if (!sock)
		return 0;
	family = LOAD(sock->__sk_common.skc_family);
	if (family == AF_INET6)
		bpf_probe_read_kernel(words, sizeof(words), &sock->__sk_common.skc_v6_daddr);
	return words[2] == MAPPED_WORD && !words[0] && !words[1] ? AF_INET : family;
}

static __noinline void stream_fill(struct scratch *scratch, struct task_struct *task, u32 descriptor,
				   struct stream *stream)
{
	struct file *file = file_of(task, descriptor);

	if (!file)
		return;
	stream->mode = mode_of(file);
	if ((stream->mode & S_IFMT) == S_IFSOCK) {
		stream->family = family_of(file);
		return;
	}
	if (is_anonymous(file) || scratch->used > RECORD_ROOM - PATH_MAX)
		return;
	if (text_path(scratch, &stream->name, LOAD(file->f_path.dentry), LOAD(file->f_path.mnt)) !=
	    WALK_DONE)
		stream->name.offset = 0;
}

static __always_inline void caller_fill(struct scratch *scratch, struct task_struct *task)
{
	struct call_record *record = call_of(scratch);

	if (scratch->sought.file)
		layer_fill(record, CAST(struct file, scratch->sought.file));
	__builtin_memset(record->streams, 0, sizeof(record->streams));
	record->data.offset = 0;
	resources_fill(record, task);
	text_data(scratch);
	text_cwd(scratch, task);
	stream_fill(scratch, task, 0, &record->streams[0]);
	stream_fill(scratch, task, 1, &record->streams[1]);
	stream_fill(scratch, task, 2, &record->streams[2]);
}
