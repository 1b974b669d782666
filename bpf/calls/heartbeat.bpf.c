/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0 */
/*
 * A sign of life, on the way that all events take.
 *
 * Shikra makes a system call that nobody makes, since libc asks the vDSO instead, on each CPU in
 * turn; whatever rules are loaded, the hook answers with a record.
 */
#include "../lib/process.h"
#include "../lib/scratch.h"
#include "registers.h"

enum heartbeat_call {
	HEARTBEAT_GETCPU = CALL_GETCPU,	/* in the 64-bit table */
};

static __noinline int heartbeat(void)
{
	struct settings *settings = settings_now();
	struct task_struct *task = current_task();
	struct heartbeat_record record = {};

	if (!settings || (u32)TASK(task->tgid) != settings->own_pid)
		return 0;
	record_begin(&record.head, RECORD_HEARTBEAT, 0);
	send_call(&record.head, sizeof(record));
	return 0;
}
