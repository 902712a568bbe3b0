#!/bin/sh
# The rule between the rooms: compiler/ includes grammar/, the pure room of
# runtime/ and signature.h only; runtime/ never includes compiler/; grammar/ only
# <stdint.h> and <stddef.h>; the pure room needs libc only.
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

check 'compiler/ includes only the pure room of runtime/' \
	"$(includes compiler/*.[ch] grammar/*.[yl] | grep 'runtime/' |
	grep -vE '"(\.\./)?runtime/(table|route|hello|signature)\.h"')"
check 'runtime/ does not include compiler/' \
	"$(includes runtime/*.[ch] | grep -E '"[^"]*compiler/')"
check 'grammar/ includes only <stdint.h> and <stddef.h>' \
	"$(includes grammar/*.h grammar/*.def | grep -vE '<(stdint|stddef)\.h>')"
libc='assert|ctype|errno|limits|stdbool|stddef|stdint|stdio|stdlib|string'
own='(\.\./)?((grammar|runtime)/)?(table|route|hello|siphash|words|[a-z]+_[a-z_]+)'
check 'table, route and hello need libc only' \
	"$(includes runtime/table.[ch] runtime/route.[ch] runtime/hello.[ch] |
	grep -vE "<($libc)\.h>|\"$own\.(h|def)\"")"
check 'no unfinished business in the sources' \
	"$(git grep -nwE '(TODO|FIXME|XXX|HACK)' -- '*.[chly]' '*.py' '*.def')"
echo "1..$n"
