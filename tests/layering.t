#!/bin/sh
# The rule between the rooms: compiler/ includes grammar/, the two shared rooms
# of runtime/ (the pure one and judge*) and signature.h only; runtime/ never
# includes compiler/; grammar/ only <stdint.h> and <stddef.h>; the pure room
# needs libc only, judge* libc and GnuTLS.
cd "$(dirname "$0")/.." || exit 1
n=0
# check NAME LINES: LINES are the places that break the rule.
check() {
	n=$((n + 1))
	if [ -z "$2" ]; then
		echo "ok $n - $1"
	else
		echo "not ok $n - $1"
		echo "$2" | sed 's/^/# /'
	fi
}
# includes FILE...: the include lines, as file:line:text.
includes() { grep -nEs '^[[:space:]]*#[[:space:]]*include' "$@" /dev/null; }

check 'compiler/ includes only the shared rooms of runtime/' \
	"$(includes compiler/*.[ch] grammar/*.[yl] | grep 'runtime/' |
	grep -vE '"(\.\./)?runtime/(table|route|hello|signature|utf8|judge[a-z_]*)\.h"')"
check 'runtime/ does not include compiler/' \
	"$(includes runtime/*.[ch] | grep -E '"[^"]*compiler/')"
check 'grammar/ includes only <stdint.h> and <stddef.h>' \
	"$(includes grammar/*.h grammar/*.def | grep -vE '<(stdint|stddef)\.h>')"
libc='assert|ctype|errno|limits|stdbool|stddef|stdint|stdio|stdlib|string'
own='(\.\./)?((grammar|runtime)/)?(table|route|hello|siphash|utf8|words|[a-z]+_[a-z_]+)'
check 'table, route, hello and utf8 need libc only' \
	"$(includes runtime/table.[ch] runtime/route.[ch] runtime/hello*.[ch] \
		runtime/utf8.[ch] |
	grep -vE "<($libc)\.h>|\"$own\.(h|def)\"")"
judge='"(\.\./)?((grammar|runtime)/)?(words|suites|judge[a-z_]*)\.(h|def)"'
check 'judge* needs libc, GnuTLS and itself only' \
	"$(includes runtime/judge*.[ch] |
	grep -vE "<($libc|time)\.h>|<gnutls/[a-z0-9-]+\.h>|$judge")"
check 'judge* opens no file and asks no clock' \
	"$(grep -nE '\b(open|fopen|time|clock_gettime|gettimeofday) ?\(' \
	runtime/judge*.c)"
check 'every peer is judged by peer.c, which says what for' \
	"$(grep -nE 'gnutls_[a-z0-9_]*(verify_peers|verify_cert|list_verify|verify_crt|verify_named_crt)[0-9]? ?\(' \
	runtime/*.c | grep -vE '^runtime/(peer|peer_path)\.c:'
	grep -n '"peer_path.h"' runtime/*.c |
	grep -vE '^runtime/(peer|peer_path)\.c:')"
options=$(sed -n '/option\[\] = {/,/^};/p' runtime/common/privdrop_filter.c |
	grep -oE '[A-Z]+_[A-Z_]+}' | tr -d '}' | sort -u | paste -sd '|')
check 'children set the socket options that their filter lets them' \
	"$(grep -nE 'setsockopt\(' runtime/*.c |
	grep -vE '^runtime/(master_|network|ipc|privdrop)' | grep -vE "\b($options)\b")"
check 'no unfinished business in the sources' \
	"$(git grep -nwE '(TODO|FIXME|XXX|HACK)' -- '*.[chly]' '*.py' '*.def')"
echo "1..$n"
