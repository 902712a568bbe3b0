/*
 * What a worker tells the operator when asked: its connections, one
 * connection, or what a shadow table would have decided otherwise.
 */
#ifndef RUNTIME_REPORT_H
#define RUNTIME_REPORT_H

#include "runtime/common/ipc.h"
#include "worker_state.h"

void report(struct worker *w, const struct ipc_report_ask *ask);

#endif
