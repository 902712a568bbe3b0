/*
 * Handshake messages by their length alone: see message.h.
 */
#include "message.h"

enum { HEAD = 4 };

/* Octets of the head, then those of the body that are let go unread. */
enum message_event message_take(
	struct message *m, const uint8_t *data, size_t n, size_t *used)
{
	size_t skip;

	*used = 0;
	while (*used < n && (m->have < HEAD || (m->have == HEAD && m->left))) {
		m->head[m->have++] = data[(*used)++];
		if (m->have == HEAD)
			m->left = message_length(m);
		else if (m->have > HEAD)
			m->left--;
	}
	if (m->have >= HEAD) {
		skip = n - *used < m->left ? n - *used : m->left;
		*used += skip;
		m->left -= (uint32_t)skip;
	}
	if (m->have < HEAD || m->left)
		return MESSAGE_PART;
	m->have = 0;
	return MESSAGE_END;
}
