/*
 * Questions that all workers answer, joined into one answer.
 */
#ifndef RUNTIME_MASTER_REPORT_H
#define RUNTIME_MASTER_REPORT_H

#include <stddef.h>
#include <stdint.h>

#include "runtime/common/ipc.h"

struct child;
struct control_client;

uint64_t report_tag(void); /* the next question's */
void report_ask(struct control_client *c, enum ipc_report_kind kind);
void report_answer(struct control_client *c);
void report_shadow_load(struct control_client *c);
void report_shadow_off(struct control_client *c);
/* A part of a worker's report. */
void report_take(struct child *c, const struct ipc_report *r, size_t len);

#endif
