/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/*
 * The kernel side, one object: a file a hook family, compiled together so that they share maps.
 */
#include "calls/exit.bpf.c"
#include "calls/identify.bpf.c"
#include "enforce/deny_memory.bpf.c"
#include "rules/evaluation.h"
#include "enforce/canary.bpf.c"
#include "enforce/deny_exec.bpf.c"
#include "processes/exec.bpf.c"
#include "processes/exit.bpf.c"
#include "processes/fork.bpf.c"
#include "processes/list.bpf.c"
#include "uring/complete.bpf.c"
#include "uring/submit.bpf.c"

/* Some helpers are lent to programs under the GPL only; this one may be had under it. */
const char license_name[] SEC("license") = "GPL";

/* User space reads the layout of records from this object's types: name each, so that all are in. */
const struct layout {
	enum record_kind record_kind;
	enum loss loss;
	enum process_flag process_flag;
	enum object_kind object_kind;
	enum call_flag call_flag;
	enum call_fact call_fact;
	enum plan_flag plan_flag;
	enum kept kept;
	struct call_plan plan;
	enum hierarchy hierarchy;
	enum call_table call_table;
	enum fixed_node fixed_node;
	enum class_ask class_ask;
	enum class_mark class_mark;
	enum state_mark state_mark;
	enum truth truth;
	enum relation relation;
	enum image_field image_field;
	enum view view;
	enum automaton_place automaton_place;
	enum compare compare;
	enum atom_kind atom_kind;
	enum heartbeat_call heartbeat_call;
	enum outcome outcome;
	enum mode mode;
	struct orders orders;
	struct outcomes outcomes;
	struct fork_record fork;
	struct exec_record exec;
	struct move_record move;
	struct exit_record exit;
	struct container_record container;
	struct call_record call;
	struct output_bits output_bits;
	struct heartbeat_record heartbeat;
} layout SEC(".rodata");
