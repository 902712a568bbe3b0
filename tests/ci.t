#!/bin/sh
# What examples/ci offers works: the pre-commit hook in a repository, and the
# commands of the GitHub workflow as it gives them.
cd "$(dirname "$0")/.." || exit 1
top=$PWD
PATH=$PWD/${BUILD:-build}:$PATH
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
export HOME="$room" SOURCE_DATE_EPOCH=1790000000
export GIT_CONFIG_NOSYSTEM=1
n=0
bad=0
ok() {
	n=$((n + 1))
	if [ "$1" = 0 ]; then
		echo "ok $n - $2"
	else
		bad=1
		echo "not ok $n - $2"
		sed 's/^/# /' "$room/said" | head -n 30
	fi
}
cd "$room" || exit 1
git init -q -b main repo && cd repo || exit 1
git config user.name test
git config user.email test@example.invalid
cp "$top/examples/ci/pre-commit" .git/hooks/pre-commit
mkdir edge
tlsc fmt "$top/examples/minimal.tls" >edge/edge.tls
git add edge
git commit -qm first >../said 2>&1
ok $? 'pre-commit lets a sound policy in'

sed -i 's/passthrough to web/passthrough   to wbe/' edge/edge.tls
git add edge
git commit -qm second >../said 2>&1
[ $? != 0 ] && grep -q 'canonical form' ../said
ok $? 'but none that is not in canonical form'
tlsc fmt -w edge/edge.tls
git commit -qam second >../said 2>&1
[ $? != 0 ] && grep -q TC0201 ../said
ok $? 'and none with a fault'
sed -i 's/wbe/web/' edge/edge.tls
git commit -qam second >../said 2>&1
[ $? != 0 ] && grep -q 'nothing to commit' ../said
ok $? 'what was repaired is what was there'
echo a note >README
git add README edge
git commit -qm notes >../said 2>&1
ok $? 'other files are none of its business'

# The run: lines of the workflow, joined as YAML joins them.
python3 - "$top/examples/ci/github-workflow.yml" >../steps <<'E2'
import re, sys
steps, text, fold = [], open(sys.argv[1]).read(), None
for block in re.finditer(r"^( +)run: *([>|]?)(.*)\n((?:\1  .*\n|\n)*)", text, re.M):
    body = block[4] if block[2] else block[3] + "\n"
    lines = [l.strip() for l in body.strip().split("\n")]
    steps.append((" " if block[2] == ">" else "\n").join(lines))
for s in steps:
    if not s.startswith("gh "):
        print(s.replace("${{ github.base_ref }}", "main"))
E2
[ "$(grep -c tlsc ../steps)" -ge 4 ]
ok $? 'the workflow has its steps'
git update-ref refs/remotes/origin/main main
cat >>edge/edge.tls <<'E2'

test "the site" { sni "www.example.com"; } expect passthrough to web;
test "no name" { no-sni; } expect reject unrecognized-name;
test "another name" { sni "www.example.org"; } expect reject unrecognized-name;
E2
tlsc fmt -w edge/edge.tls
sh -e ../steps >../said 2>&1
ok $? 'and they pass'
[ -s tlsc.sarif ] && [ -s tests.xml ] && [ -s difference.md ]
ok $? 'with their reports'
git worktree remove --force main-tree
sed -i 's/default .*/default   passthrough to web;/; /another name/s/reject unrecognized-name/passthrough to web/' edge/edge.tls
tlsc fmt -w edge/edge.tls
sh -e ../steps >../said 2>&1
[ $? != 0 ] && grep -qi weaker difference.md
ok $? 'a weakened policy does not'
tlsc diff --no-credentials --format accept main-tree/edge/edge.tls \
	edge/edge.tls | sed 's/reason ""/reason "T-1, Ann"/' >edge/accepted.rows
git worktree remove --force main-tree
sh -e ../steps >../said 2>&1
[ $? != 0 ] && grep -qi weaker difference.md
ok $? 'nor one that brings the statements that accept it'
git worktree remove --force main-tree
git add edge/accepted.rows
git commit -qm 'Statements.' edge/accepted.rows >../said 2>&1
git update-ref refs/remotes/origin/main main
sh -e ../steps >../said 2>&1 && grep -q 'accepted (`T-1, Ann' difference.md
ok $? 'once they are on the main branch it passes'
echo "1..$n"
exit $bad
