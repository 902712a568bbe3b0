/* The words of words.def; see words.h. */
#include "words.h"

const char *const words_mode[] = {"",
#define WORD_MODE(id, value, word) [value] = word,
#include "words.def"
	NULL};
const char *const words_reject[] = {
#define WORD_REJECT(id, value, word, alert) [value] = word,
#include "words.def"
	NULL};
const char *const words_missing[] = {
#define WORD_MISSING(id, value, word, alert) [value] = word,
#include "words.def"
	NULL};
const char *const words_balance[] = {
#define WORD_BALANCE(id, value, word) [value] = word,
#include "words.def"
	NULL};
const char *const words_check[] = {
#define WORD_CHECK(id, value, word) [value] = word,
#include "words.def"
	NULL};
const char *const words_proxy[] = {
#define WORD_PROXY(id, value, word) [value] = word,
#include "words.def"
	NULL};
const char *const words_client_auth[] = {
#define WORD_CLIENTAUTH(id, value, word) [value] = word,
#include "words.def"
	NULL};
const char *const words_staple[] = {
#define WORD_STAPLE(id, value, word) [value] = word,
#include "words.def"
	NULL};
const char *const words_field_value[] = {"",
#define WORD_FIELDVALUE(id, value, word) [value] = word,
#include "words.def"
	NULL};
const char *const words_link[] = {
#define WORD_LINK(id, value, word, encrypts) [value] = word,
#include "words.def"
	NULL};
const char *const words_close[] = {"none",
#define WORD_CLOSE(id, word, help) [CLOSE_##id] = word,
#include "words.def"
	NULL};

const struct words_tls words_tls[] = {
#define WORD_TLSV(id, bit, word, wire) {bit, wire, word},
#include "words.def"
};
const struct words_group words_groups[] = {
#define WORD_GROUP(id, code, word, gnutls) {code, word, gnutls},
#include "words.def"
};

int words_has(const char *const *words, unsigned value)
{
	while (*words && value) {
		words++;
		value--;
	}
	return *words && **words;
}

const char *words_text(const char *const *words, unsigned value)
{
	return words_has(words, value) ? words[value] : "?";
}

const char *words_tls_text(unsigned bit)
{
	for (size_t i = 0; i < WORDS_TLS; i++)
		if (words_tls[i].bit == bit)
			return words_tls[i].word;
	return "?";
}

const char *words_version(unsigned wire)
{
	for (size_t i = 0; i < WORDS_TLS; i++)
		if (wire && words_tls[i].wire == wire)
			return words_tls[i].word;
	return "?";
}

uint8_t words_alert(unsigned reject)
{
	switch (reject) {
#define WORD_REJECT(id, value, word, alert)                                    \
	case value:                                                            \
		return alert;
#include "words.def"
	}
	return 0;
}

uint8_t words_missing_alert(unsigned missing)
{
	switch (missing) {
#define WORD_MISSING(id, value, word, alert)                                   \
	case value:                                                            \
		return alert;
#include "words.def"
	}
	return 0;
}

int words_encrypts(unsigned link)
{
	switch (link) {
#define WORD_LINK(id, value, word, encrypts)                                   \
	case value:                                                            \
		return encrypts;
#include "words.def"
	}
	return 0;
}
