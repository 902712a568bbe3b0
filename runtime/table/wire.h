/*
 * TLS on the wire: the numbers that more than one file needs.  Names and values
 * are IANA's and RFC 8446's.  For all folders that read or write TLS.
 */
#ifndef RUNTIME_WIRE_H
#define RUNTIME_WIRE_H

/* ProtocolVersion. */
enum {
	SSL30 = 0x0300,
	TLS10 = 0x0301,
	TLS11 = 0x0302,
	TLS12 = 0x0303,
	TLS13 = 0x0304,
};

/* ContentType. */
enum {
	TYPE_CHANGE_CIPHER_SPEC = 20,
	TYPE_ALERT = 21,
	TYPE_HANDSHAKE = 22,
	TYPE_DATA = 23,
};

/* Octets of a record (RFC 8446 5.1): its header, and the most plaintext after
 * it. */
enum { WIRE_HEADER = 5, WIRE_PLAIN_MAX = 16384 };

/* Whole records in the clear. */
enum {
	WIRE_CHANGE_CIPHER_SPEC = WIRE_HEADER + 1,
	WIRE_ALERT = WIRE_HEADER + 2
};

/* AlertLevel and AlertDescription, those that we choose ourselves. */
enum { LEVEL_WARNING = 1, LEVEL_FATAL = 2 };
enum {
	ALERT_CLOSE_NOTIFY = 0,
	ALERT_UNEXPECTED_MESSAGE = 10,
	ALERT_BAD_RECORD_MAC = 20,
	ALERT_RECORD_OVERFLOW = 22,
	ALERT_HANDSHAKE_FAILURE = 40,
	ALERT_ILLEGAL_PARAMETER = 47,
	ALERT_DECODE_ERROR = 50,
	ALERT_PROTOCOL_VERSION = 70,
	ALERT_INTERNAL_ERROR = 80,
	ALERT_USER_CANCELED = 90,
	ALERT_NO_RENEGOTIATION = 100,
	ALERT_NO_APPLICATION_PROTOCOL = 120,
};

#endif
