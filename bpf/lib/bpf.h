/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0 */
/*
 * What a BPF program needs of its compiler and of the kernel's helper functions.
 *
 * Helper numbers, map types and flags are the kernel's stable interface (include/uapi/linux/bpf.h).
 * Only what is used stands here, so that building needs no header of the machine.
 */
#ifndef SHIKRA_BPF_H
#define SHIKRA_BPF_H

typedef unsigned char __u8;
typedef unsigned short __u16;
typedef unsigned int __u32;
typedef unsigned long long __u64;
typedef signed int __s32;
typedef signed long long __s64;
typedef __u8 u8;
typedef __u16 u16;
typedef __u32 u32;
typedef __u64 u64;
typedef __s32 s32;
typedef __s64 s64;

#define NULL ((void *)0)
#define SEC(name) __attribute__((section(name), used))
#define __always_inline inline __attribute__((always_inline))
#define __noinline __attribute__((noinline))
#define __relocated __attribute__((preserve_access_index))

/* Map definitions, as libbpf reads them from BTF. */
#define __uint(name, value) int (*name)[value]
#define __type(name, value) typeof(value) *name

enum map_type {
	BPF_MAP_TYPE_HASH = 1,
	BPF_MAP_TYPE_ARRAY = 2,
	BPF_MAP_TYPE_PERCPU_ARRAY = 6,
	BPF_MAP_TYPE_LRU_HASH = 9,
	BPF_MAP_TYPE_RINGBUF = 27,
};

enum map_flag {
	BPF_F_NO_PREALLOC = 1 << 0,
	BPF_F_MMAPABLE = 1 << 10,	/* user space writes through memory of its own */
};

enum update_flag {
	BPF_ANY = 0,
	BPF_NOEXIST = 1,
};

enum ring_flag {
	BPF_RB_NO_WAKEUP = 1 << 0,
	BPF_RB_FORCE_WAKEUP = 1 << 1,
	BPF_RB_AVAIL_DATA = 0,		/* what to ask for */
	BPF_RB_RING_SIZE = 1,
};

static void *(*const bpf_map_lookup_elem)(void *map, const void *key) = (void *)1;
static long (*const bpf_map_update_elem)(void *map, const void *key, const void *value,
					 u64 flags) = (void *)2;
static long (*const bpf_map_delete_elem)(void *map, const void *key) = (void *)3;
static u32 (*const bpf_get_smp_processor_id)(void) = (void *)8;
static long (*const bpf_send_signal)(u32 signal) = (void *)109;
static long (*const bpf_probe_read_user)(void *to, u32 size, const void *from) = (void *)112;
static long (*const bpf_probe_read_kernel)(void *to, u32 size, const void *from) = (void *)113;
static long (*const bpf_probe_read_user_str)(void *to, u32 size, const void *from) = (void *)114;
static long (*const bpf_probe_read_kernel_str)(void *to, u32 size, const void *from) = (void *)115;
static u64 (*const bpf_get_current_task)(void) = (void *)35;
static u64 (*const bpf_ktime_get_boot_ns)(void) = (void *)125;
static long (*const bpf_seq_write)(void *file, const void *data, u32 size) = (void *)127;
static long (*const bpf_ringbuf_output)(void *ring, void *data, u64 size, u64 flags) = (void *)130;
static u64 (*const bpf_ringbuf_query)(void *ring, u64 flags) = (void *)134;
static struct task_struct *(*const bpf_get_current_task_btf)(void) = (void *)158;
static struct pt_regs *(*const bpf_task_pt_regs)(struct task_struct *task) = (void *)175;

/* A member behind a pointer that the verifier can't follow; 0 where it can't be read. */
#define READ(member) ({								\
	typeof(member) value_ = 0;						\
	bpf_probe_read_kernel(&value_, sizeof(value_), &(member));		\
	value_;									\
})

/*
 * A pointer of a type that the verifier knows, made of any address, so that members are read
 * without a call: kernels from 6.2 on (a35b9af4ec2c). LOAD reads a member of such a pointer, or
 * calls where there is none. PTR_TRUSTED came with the same version (3f00c5239344).
 */
enum bpf_type_flag { PTR_TRUSTED = 1 };
extern void *bpf_rdonly_cast(const void *address, u32 type) __attribute__((section(".ksyms"), weak));

#ifdef WITHOUT_TYPES			/* to try on a new kernel what old ones run */
#define has_casts() 0
#else
#define has_casts() enum_exists(enum bpf_type_flag, PTR_TRUSTED)
#endif
#define CAST(type, address) \
	((type *)(has_casts() ? bpf_rdonly_cast((void *)(address), type_id(type)) : (void *)(address)))
#define LOAD(member) (has_casts() ? (member) : READ(member))

/*
 * The current task, of a type that the verifier knows from 5.11 on (3ca1032ab7ab), so that it can
 * be followed without a call. TASK reads a member of a task, or of what is reached from one.
 */
enum bpf_func_id { BPF_FUNC_get_current_task_btf = 158 };

#ifdef WITHOUT_TYPES
#define has_typed_task() 0
#else
#define has_typed_task() enum_exists(enum bpf_func_id, BPF_FUNC_get_current_task_btf)
#endif
#define TASK(member) (has_typed_task() ? (member) : READ(member))

/* What the running kernel has: resolved when the object is loaded (clang's BPF builtins). */
#define field_offset(type, field) __builtin_preserve_field_info(((type *)0)->field, 0)
#define field_size(type, field) __builtin_preserve_field_info(((type *)0)->field, 1)
#define field_exists(type, field) __builtin_preserve_field_info(((type *)0)->field, 2)
#define field_shift_left(type, field) __builtin_preserve_field_info(((type *)0)->field, 4)
#define field_shift_right(type, field) __builtin_preserve_field_info(((type *)0)->field, 5)
#define type_size(type) __builtin_preserve_type_info(*(type *)0, 1)
#define type_id(type) __builtin_btf_type_id(*(type *)0, 1)
#define type_exists(type) __builtin_preserve_type_info(*(type *)0, 0)
#define enum_exists(type, value) __builtin_preserve_enum_value(*(type *)value, 0)
#define enum_value(type, value) __builtin_preserve_enum_value(*(type *)value, 1)

/* A member that is no more than some bits of a word, of a processor that has the lowest byte first. */
#define READ_BITS(pointer, type, field) ({						\
	u64 word_ = 0;									\
	bpf_probe_read_kernel(&word_, field_size(type, field),				\
			      (void *)(pointer) + field_offset(type, field));		\
	word_ << field_shift_left(type, field) >> field_shift_right(type, field);	\
})

/* Keep a bounds check on the register it was made for. */
#define keep(number) asm volatile("" : "+r"(number))

/*
 * The length of a string that was read: its size without the NUL. Of an empty one of the caller's
 * the size is 0 before 6.13 or so, 1 since.
 */
#define length_of(size) ((size) - ((size) > 0))

/*
 * Count what other processors count, too. Relaxed: any other order is an instruction that returns
 * what was there, which came with 5.12 (5ca419f2864a).
 */
#define count_up(count) __atomic_fetch_add(count, 1, __ATOMIC_RELAXED)

/* What is read before is read before. */
#define in_order() asm volatile("" : : : "memory")

#endif
