#!/usr/bin/env python3
"""A table is replaced whole or not at all: kill -9 at any moment, a full disk,
a directory that cannot be written."""
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time

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


POLICY = """policy 1;
backend web { server 127.0.0.1:%d; }
frontend edge {
  listen 127.0.0.1:443;
  no-sni reject close; default reject close; malformed reject close;
  route r sni from "names.map" { passthrough to web; }
}
"""


def write(path, text):
    with open(path, "w", encoding="utf-8") as f:
        f.write(text)


def read(path):
    with open(path, "rb") as f:
        return f.read()


def run(*args, **more):
    return subprocess.run([TLSC] + list(args), stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, timeout=120, **more)


def good(path):
    return run("verify", path).returncode == 0


with tempfile.TemporaryDirectory() as tmp:
    one, two = os.path.join(tmp, "one.tls"), os.path.join(tmp, "two.tls")
    out = os.path.join(tmp, "policy.bin")
    write(one, POLICY % 8001)
    write(two, POLICY % 8002)
    write(os.path.join(tmp, "names.map"),
          "".join("h%d.example.com\n" % i for i in range(20000)))
    tables = []
    for p in (one, two):
        run(p, "-o", out)
        tables.append(read(out))
    ok(tables[0] != tables[1] and good(out), "two tables over each other")

    # How long it takes, to spread the kills over all of it.
    start = time.monotonic()
    run(one, "-o", out)
    whole = time.monotonic() - start
    torn = 0
    for i in range(40):
        # Behind its end as well: a loaded machine is slower than the sample.
        p = subprocess.Popen([TLSC, (one, two)[i % 2], "-o", out],
                             stdout=subprocess.DEVNULL,
                             stderr=subprocess.DEVNULL)
        try:
            p.wait(whole * 1.6 * i / 40)
        except subprocess.TimeoutExpired:
            p.send_signal(signal.SIGKILL)
            p.wait()
        torn += read(out) not in tables
    ok(torn == 0, "kill -9 at 40 moments leaves one of the two", torn)

    before = read(out)
    bad = os.path.join(tmp, "bad.tls")
    write(bad, (POLICY % 1).replace("passthrough to web", "passthrough to wob"))
    r = run(bad, "-o", out)
    ok(r.returncode == 1 and read(out) == before, "a fault leaves the old one",
       r.stderr.decode())
    clean = os.path.join(tmp, "clean")
    os.mkdir(clean)
    r = run(one, "-o", os.path.join(clean, "p.bin"))
    ok(r.returncode == 0 and os.listdir(clean) == ["p.bin"],
       "nothing is left beside the table", os.listdir(clean))

    os.chmod(out, 0o640)
    run(one, "-o", out)
    ok(os.stat(out).st_mode & 0o777 == 0o640, "the file keeps its mode")
    os.umask(0o027)
    fresh = os.path.join(tmp, "fresh.bin")
    run(one, "-o", fresh)
    ok(os.stat(fresh).st_mode & 0o777 == 0o640, "a new one has the umask's")

    r = run(one, "-o", "/dev/full")
    ok(r.returncode == 3 and b"No space left" in r.stderr,
       "a full device: exit 3", r.stderr.decode())
    r = run(one, "-o", os.path.join(tmp, "nowhere", "p.bin"))
    ok(r.returncode == 3 and b"No such file" in r.stderr,
       "no such directory: exit 3", r.stderr.decode())
    r = run(one, "-o", tmp)
    ok(r.returncode == 3 and os.path.isdir(tmp), "a directory: exit 3",
       r.stderr.decode())
    r = run(one, "-o", "-")
    ok(r.returncode == 0 and r.stdout == tables[0], "-: standard output")

    # A file system with room for half a table.
    disk = os.path.join(tmp, "disk")
    os.mkdir(disk)
    script = ("mount -t tmpfs -o size=256k tmpfs %s && echo old > %s/p.bin && "
              "{ %s %s -o %s/p.bin; echo status $?; ls -A %s; cat %s/p.bin; }"
              % (disk, disk, TLSC, one, disk, disk, disk))
    if shutil.which("unshare"):
        r = subprocess.run(["unshare", "-rm", "sh", "-c", script],
                           stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        text = r.stdout.decode()
        if "status" in text:
            ok(text == "status 3\np.bin\nold\n",
               "a full disk: exit 3, the old file stays, nothing beside it",
               text + r.stderr.decode())
        else:
            ok(True, "a full disk # SKIP no mount namespace")
print("1..%d" % count)
