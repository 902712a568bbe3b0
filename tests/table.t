#!/usr/bin/env python3
"""TABLE.md, table.h and faults.def say the same; tables of real policies
survive their dump and do not depend on where they were made."""
import glob
import json
import os
import re
import subprocess
import sys
import tempfile

os.chdir(os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
TLSC = os.path.abspath(os.path.join(os.environ.get("BUILD", "build"), "tlsc"))
count = 0


def ok(good, name, why=""):
    global count
    count += 1
    print("%s %d - %s" % ("ok" if good else "not ok", count, name))
    for line in str(why).splitlines() if not good else []:
        print("# " + line)
    sys.stdout.flush()


def read(path):
    with open(path, encoding="utf-8") as f:
        return f.read()


def run(*args, **more):
    return subprocess.run([TLSC] + list(args), stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, timeout=120, **more)


# The layout: each row of each box is an offset and a size.
SIZES = {"u8": 1, "u16": 2, "u32": 4, "u64": 8}
doc = read("grammar/TABLE.md")
asserts = ['#include "grammar/table.h"']
for name, box in re.findall(r"### (tbl_\w+)\n(?:.*\n)*?```\n((?:.*\n)*?)```",
                            doc):
    end = 0
    for off, typ, field, dim in re.findall(
            r"^ *(\d+)  (u\d+) +(\w+)(?:\[(\d+)\])?", box, re.M):
        size = SIZES[typ] * int(dim or 1)
        asserts.append('_Static_assert(offsetof(struct %s, %s) == %s && '
                       'sizeof(((struct %s *)0)->%s) == %d, "%s.%s");'
                       % (name, field, off, name, field, size, name, field))
        if int(off) != end:
            asserts.append('#error "%s.%s: a gap in the box"' % (name, field))
        end = int(off) + size
    if name != "tbl_dirent" or end == 64:
        asserts.append('_Static_assert(sizeof(struct %s) == %d, "%s");'
                       % (name, end, name))
boxes = re.findall(r"^struct (tbl_\w+) \{", read("grammar/table.h"), re.M)
missing = [b for b in boxes if "### " + b + "\n" not in doc]
r = subprocess.run([os.environ.get("CC", "gcc"), "-fsyntax-only", "-I.", "-x",
                    "c", "-"], input="\n".join(asserts).encode() + b"\n",
                   stderr=subprocess.PIPE)
ok(r.returncode == 0 and not missing and len(asserts) > 150,
   "TABLE.md has the layout of table.h",
   r.stderr.decode() + "\n".join(missing))

types = dict(re.findall(r"^\| (\d+) \| ([A-Z]+) \|", doc, re.M))
enum = read("grammar/table.h").split("enum tbl_section {")[1].split("};")[0]
have = {n: w for w, n in re.findall(r"^\tTBL_(\w+) = (\d+),", enum, re.M)}
ok(types == have, "TABLE.md has the sections of table.h", (types, have))

faults = re.findall(r'TABLE_FAULT\(\w+, (\d+), "([^"]+)"',
                    read("runtime/table/faults.def"))
said = re.findall(r"^(\d+)\. `([a-z-]+)`", doc, re.M)
ok(faults == said, "TABLE.md has the invariants of faults.def",
   set(faults) ^ set(said))


def semantic(path):
    out = run("dump", "--as", "json", path).stdout
    return json.loads(out)["semantic"]


def said(verified):
    return [l.split()[:2] for l in verified.stdout.splitlines()
            if b"semantic" in l]


def compile_to(path, policy, *more, **how):
    return run("--no-credentials", "-W", "no-all", policy, "-o", path, *more, **how)


def policies():
    for top in ("examples", "tests/lang", "tests/lint", "tests/same"):
        for base, dirs, files in os.walk(top):
            dirs.sort()
            for f in sorted(files):
                # Of the lints' inputs the good ones: the bad differ little.
                if f.endswith(".tls") and not f.endswith("-bad.tls"):
                    yield os.path.join(base, f)


# A dump means what the table means; JSON and inventory are JSON; the lookup
# agrees with a plain reading.
with tempfile.TemporaryDirectory() as tmp:
    a, b = os.path.join(tmp, "a.bin"), os.path.join(tmp, "b.bin")
    text = os.path.join(tmp, "dump.tls")
    bad, done = [], 0
    for p in policies():
        if compile_to(a, p).returncode:
            continue
        done += 1
        d = run("dump", a)
        with open(text, "wb") as f:
            f.write(d.stdout)
        again = compile_to(b, text)
        deep = run("verify", "--deep", a)
        if d.returncode or again.returncode or deep.returncode:
            bad.append("%s: %s%s%s" % (p, d.stderr.decode(),
                       again.stderr.decode(), deep.stderr.decode()))
        elif said(deep) != said(run("verify", b)):
            bad.append("%s: another semantic id" % p)
        elif done % 4 == 0:
            json.loads(run("dump", "--as", "json", a).stdout)
            json.loads(run("dump", "--as", "inventory", a).stdout)
            again = run("dump", b)
            first = [l.split("  #")[0] for l in
                     d.stdout.decode().splitlines() if l[:1] != "#"]
            second = [l.split("  #")[0] for l in
                      again.stdout.decode().splitlines() if l[:1] != "#"]
            if first != second:
                bad.append("%s: dumps of the dump differ" % p)
    ok(not bad and done > 50, "%d tables survive dump and compile" % done,
       "\n".join(bad))

# The same bytes whatever surrounds the compiler.
with tempfile.TemporaryDirectory() as tmp:
    outs = []
    for i, (tz, lang, mask) in enumerate((("UTC", "C", 0o022),
            ("Pacific/Kiritimati", "C.UTF-8", 0o077),
            ("America/St_Johns", "tr_TR.UTF-8", 0o000))):
        place = os.path.join(tmp, "x" * (i + 1))
        subprocess.run(["cp", "-r", "examples", place], check=True)
        env = dict(os.environ, TZ=tz, LC_ALL=lang, HOME=place)
        one = os.path.join(place, "out.bin")
        old = os.umask(mask)
        compile_to(one, os.path.join(place, "mixed.tls"), env=env,
                   cwd=tmp)
        os.umask(old)
        with open(one, "rb") as f:
            outs.append(f.read())
    ok(outs[0] and outs.count(outs[0]) == 3,
       "directory, time zone, locale and umask do not show",
       [len(o) for o in outs])

# Spellings of one thing (tests/same/): files NAME-bytes-*.tls differ in what
# a table does not hold, NAME-means-*.tls in order, names and layout too.
groups = {}
for f in sorted(os.listdir("tests/same")):
    m = re.match(r"(.+-(bytes|means))-[^-]+\.tls$", f)
    if m:
        groups.setdefault((m.group(1), m.group(2)), []).append(f)
with tempfile.TemporaryDirectory() as tmp:
    for (group, how), files in sorted(groups.items()):
        ids, why = set(), ""
        for f in files:
            # Under one name: SRCMAP and PROVENANCE hold it.
            src, out = os.path.join(tmp, "p.tls"), os.path.join(tmp, "o.bin")
            with open(src, "w", encoding="utf-8") as o:
                o.write(read("tests/same/" + f))
            r = compile_to(out, src)
            why += r.stderr.decode()
            if r.returncode:
                ids.add(f)
            elif how == "means":
                ids.add(semantic(out))
            else:
                j = json.loads(run("dump", "--as", "json", out).stdout)
                ids.add(tuple(s["sha256"] for s in j["sections"]
                              if s["type"] not in ("SRCMAP", "PROVENANCE")))
        ok(len(ids) == 1 and len(files) > 1,
           "same/%s: %d spellings" % (group, len(files)), why or ids)

# What a person sees of a damaged file.
with tempfile.TemporaryDirectory() as tmp:
    good = os.path.join(tmp, "good.bin")
    compile_to(good, "examples/mixed.tls")
    with open(good, "rb") as f:
        data = f.read()
    for name, bad in (("truncated", data[:-1]), ("empty", b""),
                      ("a flipped bit", data[:2000] + bytes([data[2000] ^ 1])
                       + data[2001:]),
                      ("text mode", data.replace(b"\r\n", b"\n"))):
        path = os.path.join(tmp, "bad.bin")
        with open(path, "wb") as f:
            f.write(bad)
        r = run("verify", path)
        shown = r.stderr.decode() + r.stdout.decode()
        ok(r.returncode == 3 and ("TC0901" in shown or name == "empty"),
           "verify refuses: " + name, (r.returncode, shown))


# --- every member of the model is written, read back, and hashed ------------
# Not what only the compiler keeps: places, what was read or opened, counts.
KEPT = re.compile(r"span|used|info|torn|covers|domain|.*_(open|read|mentioned|"
                  r"first|count|span)")


def members(model):
    """(struct, member) of what the model says of connections."""
    found = []
    for name in ("profile", "cert", "limit", "server", "backend", "action",
                 "frontend"):
        body = re.search(r"struct m_%s \{\n(.*?)\n\};" % name, model, re.S)[1]
        body = re.sub(r"/\*.*?\*/", "", body, flags=re.S)
        found += [(name, m) for m in re.findall(
            r"(\w+)\s*(?:\[\w+\])?\s*[,;]", body + ";")
            if not KEPT.fullmatch(m)]
    return found


def passed_over(model, code):
    return ["%s.%s" % (name, m) for name, m in members(model)
            if not re.search(r"(->|\.)%s\b" % m, code)]


def code_of(*patterns):
    return "".join(re.sub(r"/\*.*?\*/", "", read(f), flags=re.S)
                   for p in patterns for f in sorted(glob.glob(p)))


model = read("compiler/base/model.h")
for phase, patterns in (
        ("written into the table", ["compiler/table/emit*.c"]),
        ("read back by undump", ["compiler/table/undump*.c"]),
        ("part of the semantic hash", ["compiler/verify/canon*.c",
                                       "compiler/verify/semantic.c",
                                       "compiler/verify/serve.c",
                                       "compiler/verify/cache.c"])):
    missing = passed_over(model, code_of(*patterns))
    ok(len(members(model)) > 70 and not missing,
       "every member of the model is " + phase, "\n".join(missing))
ok(passed_over(model.replace("uint32_t queue,", "uint32_t queue, odd_ms,"),
               code_of("compiler/table/emit*.c")) == ["backend.odd_ms"],
   "one that is not would be found")
print("1..%d" % count)
