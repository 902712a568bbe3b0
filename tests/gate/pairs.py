"""Random pairs of routes over what the language says of a connection, and who
gets more by the second one, found by trying clients: no code and no rule of
tlsc is used.  A route is a dict; a policy holds many of them, one name each."""
import itertools

RANK = {"offload": 0, "bridge": 1, "passthrough": 2, "reject": 3}
VERSIONS = ["1.0", "1.1", "1.2", "1.3"]
# Suites: name, of TLS 1.3, how good, from which version on.
SUITES = {"TLS_AES_128_GCM_SHA256": (True, 2, 3),
          "TLS_CHACHA20_POLY1305_SHA256": (True, 2, 3),
          "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256": (False, 2, 2),
          "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256": (False, 1, 2),
          "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA": (False, 0, 0)}
GROUPS = {"x25519": 128, "secp256r1": 128, "secp384r1": 192,
          "secp521r1": 256}
CAS = {"ca.pem": {"a"}, "same.pem": {"a"}, "other.pem": {"b"},
       "more.pem": {"a", "b"}}
CRLS = {None: set(), "full.crl": {1}, "empty.crl": set()}
CERTS = {"plain": {}, "token": {"token": 1}, "pinned": {"pin": "aa"},
         "pinned2": {"pin": "bb"}, "stapled": {"staple": 1}}
TIMES = ("handshake", "idle", "connect", "drain")
COUNTS = ("connections", "connection-rate", "handshakes", "bandwidth")
ALPN = ("h2", "http/1.1")


def profile(r):
    low = r.choice([0, 2, 2, 2, 3])
    high = max(low, r.choice([2, 3, 3, 3]))
    new = [s for s in SUITES if SUITES[s][0]]
    old = [s for s in SUITES if not SUITES[s][0]]
    suites = r.sample(new, r.randint(1, len(new)))
    suites += r.sample(old, r.randint(1, len(old)))
    if low < 2 and old[-1] not in suites:
        suites.append(old[-1])  # what older versions can use
    r.shuffle(suites)
    return {"versions": (low, high), "suites": suites,
            "groups": r.sample(list(GROUPS), r.randint(1, 3)),
            "prefer": r.choice(["server", "server", "client"]),
            "tickets": r.choice(["on", "off"])}


def server(r, n):
    return {"at": n, "weight": r.choice([1, 1, 1, 2, 0]),
            "max": r.choice([0, 0, 10, 20])}


def servers(r):
    out = [server(r, n) for n in r.sample(range(4), r.randint(1, 3))]
    out[0]["weight"] = out[0]["weight"] or 1
    return out


def limits(r):
    out = {k: r.choice([5, 5, 10]) for k in TIMES}
    out.update({k: (r.choice([0, 0, 100, 200]), r.choice([0, 50, 60]))
                for k in COUNTS})
    return out


MAKE = {
    "mode": lambda r: r.choice(list(RANK)), "servers": servers,
    "proxy": lambda r: r.choice(["none", "v1", "v2"]),
    "queue": lambda r: r.choice([0, 10, 20]),
    "source": lambda r: r.choice([None, None, 2, 3]),
    "ca": lambda r: r.choice([None, "system"] + list(CAS)),
    "name": lambda r: r.choice([None, "a.test", "b.test"]),
    "sni": lambda r: r.choice([None, None, "a.test", "c.test"]),
    "hop": profile, "profile": profile,
    "enforce": lambda r: r.random() < 0.6,
    "auth": lambda r: r.choice(["none", "request", "require", "require"]),
    "client_ca": lambda r: r.choice(list(CAS)),
    "crl": lambda r: r.choice(list(CRLS)),
    "alpn": lambda r: r.sample(ALPN, r.randint(0, 2)),
    "cert": lambda r: r.choice(list(CERTS)), "limits": limits,
    "reject": lambda r: r.choice(["close", "access-denied"]),
}


def route(r):
    return {k: f(r) for k, f in MAKE.items()}


def tweak(r, kind, value):
    """The same with one thing in it changed, where there is one."""
    if kind in ("hop", "profile"):
        part = r.choice(list(value))
        return dict(value, **{part: profile(r)[part]}) \
            if part not in ("versions", "suites") else profile(r)
    if kind == "limits":
        part = r.choice(list(value))
        return dict(value, **{part: limits(r)[part]})
    return MAKE[kind](r)


def changed(r, old):
    new = dict(old)
    for kind in r.sample(list(MAKE), r.choice([0, 1, 1, 1, 2, 3])):
        new[kind] = tweak(r, kind, old[kind])
    return new


# ---- as text ----

def profile_text(name, p):
    low, high = p["versions"]
    return ("profile %s extends intermediate { tls %s .. %s; ciphers = %s; "
            "groups = %s; prefer %s; tickets %s; }" % (
                name, VERSIONS[low], VERSIONS[high], ", ".join(p["suites"]),
                ", ".join(p["groups"]), p["prefer"], p["tickets"]))


def limits_text(name, x):
    lines = ["handshake within %ds;" % x["handshake"]]
    lines += ["%s %ds;" % (k, x[k]) for k in TIMES[1:]]
    for k in COUNTS:
        unit = {"connections": "", "bandwidth": "MiB/s"}.get(k, "/s")
        said = ["%d%s" % (x[k][0], unit)] if x[k][0] else []
        said += ["per-source %d%s" % (x[k][1], unit)] if x[k][1] else []
        if said:
            lines.append("%s %s;" % (k, ", ".join(said)))
    return "limits %s { %s }" % (name, " ".join(lines))


def backend_text(i, x):
    out = ["server 10.0.%d.%d:443 weight %d%s;" % (
        s["at"], i % 250 + 1, s["weight"],
        " max %d" % s["max"] if s["max"] else "") for s in x["servers"]]
    if x["proxy"] != "none":
        out.append("proxy-protocol %s;" % x["proxy"])
    if x["queue"]:
        out.append("queue %d;" % x["queue"])
    if x["source"]:
        out.append("source 10.9.0.%d;" % x["source"])
    if x["mode"] == "bridge":
        verify = ["system" if x["ca"] == "system" else 'ca "%s"' % x["ca"]] \
            if x["ca"] else []
        verify += ['name "%s"' % x["name"]] if x["name"] else []
        out.append("tls { profile h%d;%s%s }" % (
            i, ' sni "%s";' % x["sni"] if x["sni"] else "",
            " verify %s;" % " ".join(verify) if verify else ""))
    return "backend b%d { %s }" % (i, " ".join(out))


def route_text(i, x):
    out = ["certificate %s; limits l%d;" % (x["cert"], i)]
    if x["mode"] == "reject":
        out.append("reject %s;" % x["reject"])
    elif x["mode"] == "passthrough":
        out.append("passthrough to b%d%s;" % (
            i, " enforcing p%d" % i if x["enforce"] else ""))
    else:
        out.append("profile p%d;" % i)
        if x["alpn"]:
            out.append("alpn = %s;" % ", ".join('"%s"' % t for t in x["alpn"]))
        if x["auth"] != "none":
            out.append('client-auth ca "%s"%s %s;' % (
                x["client_ca"], ' crl "%s"' % x["crl"] if x["crl"] else "",
                x["auth"]))
        out.append("%s to b%d;" % (x["mode"], i))
    return '  route r%d sni "n%d.test" { %s }' % (i, i, " ".join(out))


def policy(routes):
    out = ["policy 1;"]
    for name, c in CERTS.items():
        out.append('certificate %s { chain "%s.pem"; key "%s"; %s%s }' % (
            name, name, "pkcs11:object=x" if "token" in c else name + ".key",
            'pin "sha256:%s"; ' % (c["pin"] * 32) if "pin" in c else "",
            "staple auto;" if "staple" in c else ""))
    for i, x in enumerate(routes):
        out += [profile_text("p%d" % i, x["profile"]),
                profile_text("h%d" % i, x["hop"]),
                limits_text("l%d" % i, x["limits"]), backend_text(i, x)]
    out.append("frontend f {\n  listen 127.0.0.1:8443;\n"
               "  no-sni reject close;\n  default reject close;\n"
               "  malformed reject close;")
    out += [route_text(i, x) for i, x in enumerate(routes)]
    return "\n".join(out + ["}", ""])


# ---- who gets more ----

def agreed(p, wanted, version):
    """(version, suite) that a client of these suites and highest version
    comes to, or None."""
    low, high = p["versions"]
    version = min(version, high)
    if version < low:
        return None
    mine = [s for s in p["suites"] if SUITES[s][0] == (version == 3) and
            SUITES[s][2] <= version]
    first, second = (mine, wanted) if p["prefer"] == "server" else \
        (wanted, mine)
    return next(((version, s) for s in first if s in second), None)


ORDERS = [o for n in range(1, 4) for o in itertools.permutations(SUITES, n)]
SEEN = {}
AGREED = {}


def all_agreed(p):
    """What each client comes to; profiles of one order of suites for TLS 1.3
    and one for what is older are the same for all of them."""
    new = tuple(s for s in p["suites"] if SUITES[s][0])
    old = tuple(s for s in p["suites"] if not SUITES[s][0])
    key = (p["versions"], new, old, p["prefer"])
    if key not in AGREED:
        AGREED[key] = [agreed(p, wanted, version) for wanted in ORDERS
                       for version in range(4)]
    return key, AGREED[key]


def suites_more(old, new):
    (x, before), (y, after) = all_agreed(old), all_agreed(new)
    if (x, y) not in SEEN:
        SEEN[x, y] = any(
            b and (not a and b[0] <= old["versions"][1] or
                   a and (b[0] < a[0] or b[0] == a[0] and
                          SUITES[b[1]][1] < SUITES[a[1]][1]))
            for a, b in zip(before, after))
    return SEEN[x, y]


def groups_more(old, new):
    """By the best that is possible: which one is taken depends on the key
    shares that a client happens to send."""
    key = frozenset(old["groups"]), frozenset(new["groups"])
    if key not in SEEN:
        SEEN[key] = any_groups_more(old, new)
    return SEEN[key]


def any_groups_more(old, new):
    for n in range(1, 3):
        for offer in itertools.combinations(GROUPS, n):
            a, b = (max([GROUPS[g] for g in p["groups"] if g in offer],
                        default=0) for p in (old, new))
            if b and (not a or b < a):
                return True
    return False


def tls_more(old, new, whole=True):
    # An enforced profile sees what was agreed, not in which order.
    a, b = (old, new) if whole else \
        [dict(p, prefer="client") for p in (old, new)]
    return suites_more(a, b) or whole and (
        groups_more(old, new) or
        old["tickets"] == "off" and new["tickets"] == "on")


def reached(x):
    return {s["at"] for s in x["servers"] if s["weight"]}


def any_number(n):
    return n or float("inf")


def counts_more(a, b):
    return any(any_number(b[k][i]) > any_number(a[k][i])
               for k in COUNTS for i in (0, 1))


def limits_more(a, b):
    return any(b[k] > a[k] for k in TIMES) or counts_more(a, b)


def hop_more(a, b):
    """Both bridge."""
    def believed(x):
        return {"anyone", "system", "a", "b"} if not x["ca"] else \
            {"system"} if x["ca"] == "system" else CAS[x["ca"]]

    def asked(x):
        return x["sni"] or x["name"]

    def verified(x):
        return x["name"] or asked(x)
    # Whom anyone would do for is no worse off with a server that is verified.
    return bool(believed(b) - believed(a)) or \
        asked(a) != asked(b) and (a["ca"] or not b["ca"]) or \
        (a["ca"] and verified(a) != verified(b)) or \
        tls_more(a["hop"], b["hop"])


def clients_more(a, b):
    levels = ["none", "request", "require"]
    x, y = (levels.index(r["auth"]) if r["mode"] in ("offload", "bridge")
            else 0 for r in (a, b))
    if y < x:
        return True
    return bool(x and y) and (
        bool(CAS[b["client_ca"]] - CAS[a["client_ca"]]) or
        bool(a["crl"]) and not b["crl"] or
        bool(CRLS[a["crl"]] - CRLS[b["crl"]]))


def cert_more(a, b):
    c, d = CERTS[a["cert"]], CERTS[b["cert"]]
    return "token" in c and "token" not in d or \
        "pin" in c and c["pin"] != d.get("pin") or \
        "staple" in c and "staple" not in d


def held(x):
    return x["profile"] if x["mode"] in ("offload", "bridge") or \
        x["mode"] == "passthrough" and x["enforce"] else None


def both_decrypt_more(a, b):
    return tls_more(a["profile"], b["profile"]) or cert_more(a, b) or \
        bool(a["alpn"]) and (not b["alpn"] or
                             bool(set(b["alpn"]) - set(a["alpn"])))


def servers_more(a, b):
    before = {s["at"]: s for s in a["servers"] if s["weight"]}
    certified = a["proxy"] == "v2" and a["mode"] == "offload" and \
        a["auth"] != "none"
    return a["proxy"] != "none" and b["proxy"] == "none" or \
        certified and b["proxy"] != "v2" or \
        b["queue"] > a["queue"] or \
        a["source"] != b["source"] or \
        any(any_number(s["max"]) > any_number(before[s["at"]]["max"])
            for s in b["servers"] if s["weight"] and s["at"] in before)


def gets_more(a, b):
    if b["mode"] == "reject":
        # Who is refused has no time to take.
        return a["mode"] == "reject" and counts_more(a["limits"], b["limits"])
    if RANK[b["mode"]] < RANK[a["mode"]] or reached(b) - reached(a):
        return True
    decrypt = [x["mode"] in ("offload", "bridge") for x in (a, b)]
    if all(decrypt):
        tls = both_decrypt_more(a, b)
    elif held(a) and held(b):
        # Through the gateway, or past it: then groups are nobody's concern.
        tls = decrypt[0] or tls_more(held(a), held(b), whole=False)
    else:
        tls = bool(held(a))
    return tls or a["mode"] == b["mode"] == "bridge" and hop_more(a, b) or \
        clients_more(a, b) or servers_more(a, b) or \
        limits_more(a["limits"], b["limits"])
