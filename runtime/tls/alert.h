/* Alerts by the names of the RFCs, for the log. */
#ifndef RUNTIME_ALERT_H
#define RUNTIME_ALERT_H

/* "received alert unknown_ca": a constant, for a connection's detail. */
const char *alert_received(int alert);

#endif
