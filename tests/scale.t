#!/bin/bash
# Large maps: checked in bounded memory; a bad line in the middle and a
# duplicate at the end are found where they are; a file full of errors gives a
# report that one can read.  Sanitizers take a tenth of the lines.
set -u
cd "$(dirname "$0")/.." || exit 1
B=${BUILD:-build}
case $B in /*) ;; *) B=$PWD/$B ;; esac
export NO_COLOR=1
lines=1000000
kib=450000
case $B in */san) lines=100000 kib=unlimited ;; esac
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
cd "$room" || exit 1
n=0
failed=0
result() {
	n=$((n + 1))
	if [ "$1" = 0 ]; then
		echo "ok $n - $2"
	else
		failed=1
		echo "not ok $n - $2"
		head -n 20 got | sed 's/^/# /'
	fi
}

cat >p.tls <<'END'
policy 1;
backend shop { server 10.0.0.1:80; }
backend pay  { server 10.0.0.2:80; }
frontend edge {
  listen 127.0.0.1:443;
  no-sni reject close;
  default reject close;
  malformed reject close;
  route tenants sni from "names.map" { passthrough to shop; }
}
END

seq 1 $lines | sed 's/.*/tenant-&.example.com/' >good.map
cp good.map names.map
(ulimit -v $kib; "$B/tlsc" p.tls -o p.bin) >got 2>&1
[ -s p.bin ]
result $? "$lines names compile in less than $kib KiB"

{
	head -n $((lines / 2)) good.map
	echo 'w*.example.com'
	tail -n $((lines / 2)) good.map
	echo 'tenant-7.example.com pay'
} >names.map
(ulimit -v $kib; "$B/tlsc" check --format short p.tls) >got 2>&1
grep -q "names.map:$((lines / 2 + 1)):1: .*TC0306" got
result $? "a bad line in the middle is found"
grep -q "names.map:$((lines + 2)):1: .*TC0303" got
result $? "a duplicate at the end is found"

seq 1 $lines | sed 's/.*/tenant-&..example.com/' >names.map
(ulimit -v $kib; "$B/tlsc" check p.tls) >got 2>&1
[ $? = 1 ] && [ "$(wc -l <got)" -lt 2000 ] && grep -q TC0306 got
result $? "a file full of errors gives a bounded report"

seq 1 $lines | sed 's/.*/tenant_&.example.com/' >names.map
(ulimit -v $kib; "$B/tlsc" check --format short p.tls) >got 2>&1
[ $? = 0 ] && [ "$(grep -c TC0316 got)" = 20 ]
result $? "and a file full of underscores few notes"

cat good.map good.map >names.map
(ulimit -v $kib; "$B/tlsc" check p.tls) >got 2>&1
[ "$(wc -l <got)" -lt 2000 ] && grep -q 'TC0312' got
result $? "a file full of duplicates gives a bounded report"
echo "1..$n"
exit $failed
