#!/usr/bin/env python3
"""The catalogue is whole: for every id of compiler/diag/diag.def a faulty and a
right policy, goldens, an explanation whose examples are lines of those
policies, and for a fixable one a repair that works.

SARIF output is checked here against the rules of the OASIS standard (SARIF
2.1.0, sections 3.13 to 3.30 and 3.55 to 3.58) by hand, not by its JSON schema,
which this repository does not carry; the goldens were also validated against
that schema (2.1.0-rtm.5) when they were made."""
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
BUILD = os.path.join(TOP, os.environ.get("BUILD", "build"))
TLSC = os.path.join(BUILD, "tlsc")
LINT = os.path.join(TOP, "tests", "lint")
ENV = dict(os.environ, NO_COLOR="1", SOURCE_DATE_EPOCH="1790000000",
           LC_ALL="C", TLSC=TLSC)
DIAG = re.compile(r'^DIAG\((TC\d{4}), "([a-z0-9-]+)", (\w+), ([01]),', re.M)

count = failed = 0


def ok(good, title, *why):
    global count, failed
    count += 1
    print(("ok" if good else "not ok"), count, "-", title)
    if not good:
        failed += 1
        for line in "\n".join(str(w) for w in why).split("\n")[:40]:
            print("#", line)


def read(path):
    with open(path, encoding="utf-8") as f:
        return f.read()


def run(room, *args):
    p = subprocess.run(args, cwd=room, env=ENV, stdin=subprocess.DEVNULL,
                       capture_output=True, timeout=120)
    return p.returncode, p.stdout.decode("utf-8", "replace"), \
        p.stderr.decode("utf-8", "replace")


def source(name):
    for end in (".tls", ".sh"):
        if os.path.exists(os.path.join(LINT, name + end)):
            return name + end
    return None


def check(room, name, form):
    """Status, output and complaints of one input in one format."""
    file = source(name)
    if file.endswith(".sh"):
        return run(room, "sh", "./" + file, form)
    first = read(os.path.join(LINT, file)).split("\n")[0]
    options = first[7:].split() if first.startswith("# tlsc:") else []
    return run(room, TLSC, "check", "--format", form, *options, file)


def found(out):
    try:
        return json.loads(out)["diagnostics"]
    except ValueError as e:
        return [{"id": "no JSON: " + str(e)}]


def folded(text):
    """Lines without indentation, with what nobody could see written out."""
    text = re.sub("[\u200b-\u200f\u202a-\u202e\u2066-\u2069]",
                  lambda m: "<U+%04X>" % ord(m.group()), text)
    return {line.strip() for line in text.split("\n")}


def examples(text):
    """The indented lines under Faulty: and Right: of an explanation."""
    part, out = None, {}
    for line in text.split("\n"):
        if re.match(r"[A-Z].*:$", line):
            part = line.split()[0].strip(":,")
        elif line.startswith("    ") and part:
            out.setdefault(part, []).append(line.strip())
    return out


class Sarif:
    """The parts of SARIF 2.1.0 that tlsc writes."""

    LEVELS = {"none", "note", "warning", "error"}

    def __init__(self, text):
        self.faults = []
        try:
            log = json.loads(text)
        except ValueError as e:
            self.faults.append("no JSON: " + str(e))
            return
        self.members("log", log, {"$schema": str, "version": str,
                                  "runs": list}, {"version", "runs"})
        self.want(log.get("version") == "2.1.0", "version")
        for r in log.get("runs", []):
            self.run(r)

    def want(self, good, what):
        if not good:
            self.faults.append(what)

    def members(self, where, obj, known, needed=()):
        if not isinstance(obj, dict):
            self.faults.append(where + " is no object")
            return
        for name, value in obj.items():
            kind = known.get(name)
            self.want(kind is not None, "%s.%s is unknown" % (where, name))
            if kind:
                self.want(isinstance(value, kind)
                          and not isinstance(value, bool) or kind is bool,
                          "%s.%s is no %s" % (where, name, kind.__name__))
        for name in needed:
            self.want(name in obj, "%s lacks %s" % (where, name))

    def run(self, r):
        self.members("run", r, {
            "tool": dict, "invocations": list, "columnKind": str,
            "results": list}, {"tool"})
        self.want(r.get("columnKind") in ("utf16CodeUnits",
                                          "unicodeCodePoints"), "columnKind")
        driver = r.get("tool", {}).get("driver", {})
        self.members("driver", driver, {"name": str, "version": str,
                                        "rules": list}, {"name"})
        self.rules = driver.get("rules", [])
        ids = [x.get("id") for x in self.rules]
        self.want(len(set(ids)) == len(ids), "rule ids repeat")
        for rule in self.rules:
            self.members("rule", rule, {
                "id": str, "name": str, "shortDescription": dict,
                "help": dict, "defaultConfiguration": dict}, {"id"})
            self.message("shortDescription", rule["shortDescription"])
            self.message("help", rule["help"])
            self.want(rule["defaultConfiguration"].get("level")
                      in self.LEVELS, "defaultConfiguration.level")
        for i in r.get("invocations", []):
            self.members("invocation", i, {
                "executionSuccessful": bool,
                "toolExecutionNotifications": list}, {"executionSuccessful"})
        self.want(len(r.get("results", [])) <= 5000, "too many results")
        for result in r.get("results", []):
            self.result(result)

    def message(self, where, m):
        self.members(where, m, {"text": str}, {"text"})
        self.want(bool(m.get("text")), where + " is empty")

    def region(self, where, g):
        self.members(where, g, {n: int for n in (
            "startLine", "startColumn", "endLine", "endColumn")},
            {"startLine"})
        self.want(all(v >= 1 for v in g.values()), where + " counts from 1")
        self.want((g["startLine"], g["startColumn"])
                  <= (g["endLine"], g["endColumn"]), where + " ends early")

    def artifact(self, a):
        self.members("artifactLocation", a, {"uri": str}, {"uri"})
        self.want(re.fullmatch(r"(file://)?[A-Za-z0-9._~/%-]+",
                               a.get("uri", "")), "uri " + str(a))

    def location(self, where, x):
        self.members(where, x, {"id": int, "physicalLocation": dict,
                                "message": dict})
        p = x.get("physicalLocation", {})
        self.members("physicalLocation", p, {
            "artifactLocation": dict, "region": dict}, {"artifactLocation"})
        self.artifact(p["artifactLocation"])
        self.region("region", p["region"])

    def result(self, x):
        self.members("result", x, {
            "ruleId": str, "ruleIndex": int, "level": str, "message": dict,
            "locations": list, "relatedLocations": list,
            "partialFingerprints": dict, "fixes": list}, {"message"})
        self.want(x.get("level") in self.LEVELS, "level")
        self.want(0 <= x.get("ruleIndex", -1) < len(self.rules)
                  and self.rules[x["ruleIndex"]]["id"] == x["ruleId"],
                  "ruleIndex does not lead to ruleId")
        self.message("message", x["message"])
        for v in x.get("partialFingerprints", {}).values():
            self.want(isinstance(v, str), "fingerprint is no string")
        for place in x.get("locations", []):
            self.location("location", place)
        related = x.get("relatedLocations", [])
        for place in related:
            self.location("relatedLocation", place)
        self.want(len({p["id"] for p in related}) == len(related),
                  "relatedLocation ids repeat")
        for fix in x.get("fixes", []):
            self.members("fix", fix, {"description": dict,
                                      "artifactChanges": list},
                         {"artifactChanges"})
            for c in fix["artifactChanges"]:
                self.members("artifactChange", c, {
                    "artifactLocation": dict, "replacements": list},
                    {"artifactLocation", "replacements"})
                self.artifact(c["artifactLocation"])
                for r in c["replacements"]:
                    self.members("replacement", r, {
                        "deletedRegion": dict, "insertedContent": dict},
                        {"deletedRegion"})
                    self.region("deletedRegion", r["deletedRegion"])


def one(room, id, level, fixable):
    bad, good = id + "-bad", id + "-good"
    ok(source(bad) and source(good), id + ": a faulty and a right input")
    if not (source(bad) and source(good)):
        return
    status, out, err = check(room, bad, "json")
    ids = [d["id"] for d in found(out)]
    ok(id in ids, id + ": the faulty one is found", out, err)
    severe = any(d.get("severity") == "error" for d in found(out))
    ok(status == (3 if level == "table" else 1 if severe else 0),
       id + ": its exit status", status)
    goldens = ["diag", "json", "sarif"] + ["fixed"] * fixable
    lacking = [g for g in goldens
               if not os.path.exists(os.path.join(LINT, bad + "." + g))]
    ok(not lacking, id + ": goldens", lacking, "make update-goldens")

    status, out, err = check(room, good, "json")
    ok(status == 0 and not found(out), id + ": the right one is clean",
       status, out, err)

    _, out, err = check(room, bad, "sarif")
    faults = Sarif(out).faults
    ok(not faults, id + ": SARIF", *faults, err)

    _, text, _ = run(room, TLSC, "explain", id)
    ok(text.startswith(id + "  "), id + ": is explained", text)
    shown = examples(text)
    if level != "table":
        for part, name in (("Faulty", bad), ("Right", good)):
            have = folded(read(os.path.join(LINT, source(name))))
            alien = [x for x in shown.get(part, ["(none)"])
                     if x not in have]
            ok(not alien, "%s: the %s example is one of the tests"
               % (id, part.lower()), *alien)
    if fixable:
        name = bad + "-fixing.tls"
        first = read(os.path.join(LINT, source(bad))).split("\n")[0]
        options = first[7:].split() if first.startswith("# tlsc:") else []
        shutil.copy(os.path.join(room, source(bad)), os.path.join(room, name))
        run(room, TLSC, "check", "--fix", *options, name)
        status, out, err = run(room, TLSC, "check", "--format", "json",
                               *options, name)
        ok(id not in [d["id"] for d in found(out)],
           id + ": --fix repairs it", out, err)


def main():
    rows = DIAG.findall(read(os.path.join(TOP, "compiler", "diag", "diag.def")))
    with tempfile.TemporaryDirectory() as top:
        room = os.path.join(top, "lint")
        shutil.copytree(LINT, room)
        shutil.copytree(os.path.join(BUILD, "tests", "certs"),
                        os.path.join(room, "certs"))
        for id, _, level, fixable in rows:
            one(room, id, "table" if id.startswith("TC09") else level,
                int(fixable))
    print("1..%d" % count)
    sys.exit(failed != 0)


main()
