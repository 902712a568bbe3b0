#!/usr/bin/env python3
"""Nothing that the language can say lacks a row in compiler/diff/weaken.def, which
says how `tlsc diff` judges it: a keyword of the grammar that no row answers
for, a row for no keyword of it, or one that no code ever tells, is a fault
here; and every row is told by the manual."""
import glob
import os
import re
import sys

sys.dont_write_bytecode = True
TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(TOP, "tests", "e2e"))

import tap  # noqa: E402


def read(*path):
    with open(os.path.join(TOP, *path)) as f:
        return f.read()


def strings(text):
    return "".join(re.findall(r'"((?:[^"\\]|\\.)*)"', text))


ROWS = {}  # id: (word, keywords, rule)
for m in re.finditer(r'^WEAKEN\((\w+), "([^"]+)",\s*((?:"[^"]*"\s*)+),'
                     r'\s*((?:"[^"]*"\s*)+)\)$',
                     read("compiler", "diff", "weaken.def"), re.M):
    ROWS[m[1]] = (m[2], strings(m[3]).split(), strings(m[4]))


def keywords():
    """The grammar's tokens that are words."""
    return set(re.findall(r'\bK_\w+ "([^"]+)"', read("grammar", "policy.y")))


@tap.test()
def rows_are_read():
    """every row is read"""
    macros = read("compiler", "diff", "weaken.def").count("\nWEAKEN(")
    tap.equal(len(ROWS), macros, "rows that this test can read")
    tap.equal(len({r[0] for r in ROWS.values()}), macros, "words")


@tap.test()
def every_keyword():
    """every keyword of the grammar has a row"""
    named = {k for r in ROWS.values() for k in r[1]}
    tap.equal(sorted(keywords() - named), [], "keywords without a row")
    tap.equal(sorted(named - keywords()), [], "keywords that are none")


@tap.test()
def every_row_is_told():
    """every row is told by some code"""
    code = "".join(read(os.path.relpath(f, TOP)) for f in
                   glob.glob(os.path.join(TOP, "compiler", "diff", "*.c")))
    # limit.c names its fields once, without the prefix.
    idle = [i for i in ROWS if "WEAKEN_" + i not in code and
            "FIELD(%s," % i not in code]
    tap.equal(idle, [], "rows that nothing tells")


@tap.test()
def every_row_is_in_the_manual():
    """every row is in the manual"""
    page = read("compiler", "tlsc.1")
    page = page[page.index(".Sh WHAT DIFF JUDGES"):]
    page = page[:page.index(".Sh MACHINE FORMATS")].replace("\\", "")
    words = set(re.findall(r"[a-z][a-z-]*", page))
    limits = {ROWS[i][0] for i in re.findall(
        r"FIELD\((\w+),", read("compiler", "diff", "limit.c")) if i in ROWS}
    told = {"balance", "health", "server-alpn"}  # never weaker
    for word in told:
        rule = next(r[2] for r in ROWS.values() if r[0] == word)
        tap.check("never weaker" in rule, word)
    tap.equal(sorted(r[0] for r in ROWS.values()
                     if r[0] not in words | limits | told), [],
              "rows that the manual is silent about")


# Members that change nothing for a connection: names, places in the text, what
# other phases keep (of a policy with errors nothing is compared), the same path
# once more for opening.
ELSEWHERE = {"name", "used", "unknown", "info", "covers", "domain", "torn",
             "family", "port", "addr", "host", "path"}


@tap.test()
def every_member():
    """every member of the model that a connection meets is looked at"""
    code = "".join(read(os.path.relpath(f, TOP)) for f in
                   glob.glob(os.path.join(TOP, "compiler", "diff", "*.c")))
    model = read("compiler", "base", "model.h")
    missing = []
    for struct in ("profile", "cert", "limit", "server", "backend", "action",
                   "frontend"):
        body = re.search(r"struct m_%s \{\n(.*?)\n\};" % struct, model,
                         re.S)[1]
        body = re.sub(r"/\*.*?\*/", "", body, flags=re.S)
        for line in body.split(";"):
            names = re.sub(r"VEC\([^)]*\)|\[\w+\]|struct \w+", "", line)
            names = re.sub(r"^\s*(const )?(uint\d+_t|int|char)\b", "", names)
            for name in re.findall(r"[a-z]\w*", names):
                if "span" in name or name in ELSEWHERE or \
                        re.search(r"(_open|_first|_count|_mentioned)$", name):
                    continue
                if not re.search(r"(->|\.|, )%s\b" % name, code):
                    missing.append("%s.%s" % (struct, name))
    tap.equal(missing, [], "members that diff passes over")


tap.run()
