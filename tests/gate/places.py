"""Random pairs of policies of a few frontends: where they listen, by wildcard
or address, what they are called, and what they do for a few names; and who
gets more by the second, found by trying every address, port and name."""

ADDRESSES = ["192.0.2.1", "192.0.2.2", "2001:db8::1"]
# Every address of a family, some that nobody else listens on among them.
WILD = {"0.0.0.0": ADDRESSES[:2] + ["192.0.2.3"],
        "::": ADDRESSES[2:] + ["2001:db8::2"]}
PORTS = [443, 8443]
NAMES = ["a.test", "b.test", "x.b.test", "other.invalid", None]
PATTERNS = {"a.test": ["a.test"], "b.test": ["b.test"],
            "*.b.test": ["x.b.test"]}
ACTIONS = ["reject close", "reject access-denied", "passthrough to b1",
           "passthrough to b2", "offload to b1", "offload to b2"]
CALLED = ["edge", "door", "side", "back"]


def places(r):
    """Sockets of one frontend; the same policy may not bind one twice."""
    return {(r.choice(ADDRESSES + list(WILD)), r.choice(PORTS))
            for _ in range(r.randint(1, 3))}


def clash(a, b):
    return a[1] == b[1] and bool(
        set(WILD.get(a[0], [a[0]])) & set(WILD.get(b[0], [b[0]])))


def frontend(r, taken):
    mine = []
    for p in sorted(places(r)):
        if not any(clash(p, q) for q in taken + mine):
            mine.append(p)
    actions = r.choice([ACTIONS, ACTIONS, ACTIONS[:2]])
    return {"at": mine, "routes": {p: r.choice(actions) for p in
                                   r.sample(list(PATTERNS), r.randint(0, 3))},
            "default": r.choice(actions), "no-sni": r.choice(actions)}


def policy(r):
    out, taken = {}, []
    for name in r.sample(CALLED, r.randint(1, 3)):
        f = frontend(r, taken)
        if f["at"]:
            taken += f["at"]
            out[name] = f
    return out


def changed(r, old):
    """Renamed, moved, written otherwise, one more or less, another action."""
    new = {n: dict(f, at=list(f["at"]), routes=dict(f["routes"]))
           for n, f in old.items()}
    for _ in range(r.choice([0, 1, 1, 2])):
        name = r.choice(list(new))
        f, roll = new[name], r.random()
        taken = [p for n, g in new.items() if n != name for p in g["at"]]
        if roll < 0.2 and len(new) < 4:
            free = [n for n in CALLED if n not in new]
            new[r.choice(free)] = new.pop(name)
        elif roll < 0.5:
            i = r.randrange(len(f["at"]))
            p = (r.choice(ADDRESSES + list(WILD)), r.choice(PORTS))
            rest = f["at"][:i] + f["at"][i + 1:]
            if not any(clash(p, q) for q in taken + rest):
                f["at"] = rest + [p]
        elif roll < 0.6 and len(new) < 4:
            g = frontend(r, taken + f["at"])
            if g["at"]:
                new[next(n for n in CALLED if n not in new)] = g
        elif roll < 0.7 and len(new) > 1:
            del new[name]
        elif roll < 0.85:
            f[r.choice(["default", "no-sni"])] = r.choice(ACTIONS)
        else:
            f["routes"][r.choice(list(PATTERNS))] = r.choice(ACTIONS)
    return new


def text(policy_):
    out = ["policy 1;", 'certificate c { chain "c.pem"; key "c.key"; }',
           "backend b1 { server 10.0.0.1:443; }",
           "backend b2 { server 10.0.0.2:443; }"]
    for name, f in policy_.items():
        out.append("frontend %s {\n  listen %s;\n  certificate c;" % (
            name, ", ".join("%s:%d" % ("[%s]" % a if ":" in a else a, p)
                            for a, p in f["at"])))
        out += ["  no-sni %s;" % f["no-sni"], "  default %s;" % f["default"],
                "  malformed reject close;"]
        out += ['  route r%d sni "%s" { %s; }' % (i, p, a) for i, (p, a) in
                enumerate(f["routes"].items())]
        out.append("}")
    return "\n".join(out) + "\n"


def does(policy_, address, port, name):
    """The action, or None: nothing listens."""
    for f in policy_.values():
        if not any(q == port and address in WILD.get(a, [a])
                   for a, q in f["at"]):
            continue
        if name is None:
            return f["no-sni"]
        hit = [a for p, a in f["routes"].items() if name in PATTERNS[p]]
        return hit[0] if hit else f["default"]
    return None


def gets_more(old, new):
    """Both b1 and b2, clear and through, are more than the other: only who is
    refused, or treated as before, gets nothing."""
    for address in sum(WILD.values(), []):
        for port in PORTS:
            for name in NAMES:
                a, b = (does(p, address, port, name) for p in (old, new))
                if b and not b.startswith("reject") and a != b:
                    return True
    return False
