/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0 */
/*
 * execve, execveat that came back.
 *
 * One that succeeded has lost its arguments with its old memory; the exec record, which came
 * before, says what runs now. The kernel then gives the number of execve for both.
 */
#include "call.h"

static __always_inline void call_exec(struct scratch *scratch, struct task_struct *task)
{
	struct call_record *record = call_of(scratch);
	u64 *arguments = record->arguments;
	s32 directory = AT_FDCWD;
	u64 name = arguments[0];

	if (record->result >= 0)
		return;
	if (record->number == CALL_EXECVEAT) {
		directory = arguments[0];
		name = arguments[1];
	}
	text_name(scratch, name);
	if (record->name.offset && !name_is_absolute(scratch))
		text_base(scratch, task, directory);
}
