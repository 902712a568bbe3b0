"""Random small policies, and the whole universe of queries they can tell
apart.  Every address, name, ALPN set and version that could matter is in it,
so "for all queries" is a loop."""
import copy
import ipaddress
import itertools

from policy import (Assertion, Clause, Frontend, Policy, Predicate, Route,
                    Term, VERSIONS)

TOKENS = ["acme-tls/1", "h2", "http/1.1"]
FOREIGN = "spdy/3"  # offered and asked about, but in no guard
ACTIONS = ["passthrough to b1", "passthrough to b2", "offload to b1",
           "offload to b2", "bridge to b3", "reject close",
           "reject unrecognized-name", "reject access-denied",
           "passthrough to b1 enforcing modern"]


class World:
    """What policies of one batch are made of."""

    def __init__(self, rnd):
        self.rnd = rnd
        tree = ["test", "a.test", "b.test", "b.a.test", "c.b.a.test",
                "xn--bcher-kva.test", "a.example"]
        self.bases = rnd.sample(tree, rnd.randint(2, 4))
        self.patterns = [p for b in self.bases for p in
                         ([b] if "." in b else []) + ["*." + b, "**." + b]]
        v4 = rnd.choice(["10.0.0.0", "192.0.2.248", "255.255.255.248",
                         "0.0.0.0"])
        v6 = rnd.choice(["2001:db8::", "::", "::fffe:ffff:fff8",
                         "ffff:ffff:ffff:ffff:ffff:ffff:ffff:fff8",
                         "::1:0:0:0"])
        self.nets = [ipaddress.ip_network("%s/29" % v4),
                     ipaddress.ip_network("%s/125" % v6)]
        self.addresses = [a for n in self.nets for a in n]
        for n in self.nets:
            self.addresses.append(self.outside(n))
            self.addresses += [self.ring(n, k) for k in (1, 2, 3)]
        self.pool = [n for b in self.bases for n in
                     (b, "x." + b, "y.x." + b)] + ["zz.invalid"]
        self.names = [None, "zy.invalid"] + self.pool
        for b in self.bases:  # regions that exact names leave over
            self.names += ["w." + b, "v.w." + b, "w.x." + b]
        self.names = list(dict.fromkeys(self.names))
        self.alpns = [frozenset(c) for n in range(5) for c in
                      itertools.combinations(TOKENS + [FOREIGN], n)]
        self.ports = {"edge": 8443, "side": 9443}

    @staticmethod
    def ring(net, k):
        """An address of the k-th supernet that is in no smaller one."""
        outer, inner = net.supernet(k), net.supernet(k - 1)
        return outer[0] if outer[0] not in inner else outer[-1]

    @staticmethod
    def outside(net):
        first = ipaddress.ip_address("8.8.8.8" if net.version == 4
                                     else "2620:fe::fe")
        return first

    # Networks inside the two small ones, or around them.
    def network(self):
        r = self.rnd
        net = r.choice(self.nets)
        if r.random() < 0.15:
            return ipaddress.ip_network("0.0.0.0/0" if net.version == 4
                                        else "::/0")
        if r.random() < 0.15:
            return net.supernet(r.randint(1, 3))
        depth = r.randint(0, 3)
        return r.choice(list(net.subnets(depth)))

    def source(self, policy):
        r = self.rnd
        roll = r.random()
        negated = r.random() < 0.3
        if policy.sets and roll < 0.4:
            name = r.choice(sorted(policy.sets))
            return Term("source", negated, policy.sets[name],
                        text="source in %s" % name)
        nets = [self.network() for _ in range(r.randint(1, 3))]
        if roll < 0.7:
            nets = nets[:1]
            return Term("source", negated, nets,
                        text="source in %s" % nets[0])
        return Term("source", negated, nets, text="source in { %s }" %
                    ", ".join(map(str, nets)))

    def guard(self, policy):
        r = self.rnd
        terms = []
        if r.random() < 0.6:
            terms.append(self.source(policy))
        if r.random() < 0.4:
            terms.append(Term("alpn", r.random() < 0.4, r.choice(TOKENS)))
        if r.random() < 0.3 or not terms:
            op = r.choice([">=", "<=", "is"])
            terms.append(Term("tls", r.random() < 0.3,
                              r.choice(VERSIONS[:4]), op))
        if r.random() < 0.1:
            terms.append(self.source(policy))
        if r.random() < 0.1:
            terms.append(Term("alpn", r.random() < 0.5, r.choice(TOKENS)))
        r.shuffle(terms)
        return terms

    def clauses(self, policy, actions, gaps):
        r = self.rnd
        n = r.choice([0, 0, 1, 1, 2, 2, 3, 4, 5])
        out = [Clause(self.guard(policy), r.choice(actions))
               for _ in range(n)]
        if n == 0 or not gaps or r.random() < 0.6:
            out.append(Clause([], r.choice(actions)))
        return out

    def frontend(self, policy, name, gaps):
        r = self.rnd
        f = Frontend(name, self.ports[name])
        f.profile = r.choice(["intermediate", "intermediate", "modern"])
        f.client_auth = r.choice(["none", "request", "require"])
        f.alpn = r.sample(TOKENS, r.choice([0, 0, 1, 2]))
        actions = r.sample(ACTIONS, r.randint(2, 5))
        f.arms = {"no-sni": Clause([], r.choice(actions)),
                  "default": Clause([], r.choice(actions)),
                  "malformed": Clause([], r.choice(
                      ["reject close", "passthrough to b2"]))}
        f.own = [Clause(self.guard(policy), r.choice(actions))
                 for _ in range(r.choice([0, 0, 1, 1, 2, 3]))]
        patterns = r.sample(self.patterns, r.randint(
            1, min(5, len(self.patterns))))
        i = 0
        while patterns:
            n = r.randint(1, 2)
            f.routes.append(Route("r%d" % i, patterns[:n], self.clauses(
                policy, actions, gaps)))
            patterns = patterns[n:]
            i += 1
        return f

    def policy(self, gaps):
        r = self.rnd
        p = Policy()
        for name in r.sample(["office", "bots", "lab"], r.randint(0, 3)):
            p.sets[name] = [self.network() for _ in range(r.randint(1, 4))]
        p.name_sets["some"] = r.sample(self.patterns, r.randint(
            1, min(3, len(self.patterns))))
        names = ["edge"] if r.random() < 0.7 else ["edge", "side"]
        p.frontends = [self.frontend(p, n, gaps) for n in names]
        p.asserts = [self.assertion(p) for _ in range(r.randint(2, 6))]
        return p

    def fact(self, policy, decided):
        r = self.rnd
        negated = r.random() < 0.25
        kind = r.choice(["sni", "sni", "no-sni", "source", "alpn", "tls",
                         "route", "listener"] +
                        (["mode", "backend", "reason"] * 3 + [
                            "client-auth", "profile", "enforcing", "verify"]
                         if decided else ["mode", "client-auth"]))
        if kind == "sni":
            if r.random() < 0.2:
                return (kind, negated, policy.name_sets["some"],
                        "sni in some")
            pool = self.patterns + self.pool + \
                ["*.x." + b for b in self.bases]
            pool = sorted({p for p in pool if "." in p.lstrip("*.")})
            values = r.sample(pool, r.randint(1, 2))
            return (kind, negated, values, "sni %s" % ", ".join(
                '"%s"' % v for v in values))
        if kind == "no-sni":
            return kind, negated, None, kind
        if kind == "source":
            t = self.source(policy)
            return kind, t.negated, Term("source", False, t.value), t.text
        if kind == "alpn":
            token = r.choice(TOKENS + [FOREIGN])
            return (kind, negated, Term("alpn", False, token),
                    'alpn has "%s"' % token)
        if kind == "tls":
            op, v = r.choice([">=", "<=", "is"]), r.choice(VERSIONS[:4])
            if r.random() < 0.15:
                op, v = "is", "unknown"
            return (kind, negated, Term("tls", False, v, op),
                    "tls %s %s" % (op, v))
        if kind == "profile":
            op, v = r.choice([">=", "<=", "is"]), r.choice(VERSIONS[:4])
            return kind, negated, (op, v), "profile %s %s" % (op, v)
        if kind in ("enforcing", "verify"):
            return kind, negated, None, kind
        values = {"client-auth": ["none", "request", "require"],
                  "mode": ["passthrough", "offload", "bridge", "reject"],
                  "backend": ["b1", "b2", "b3"],
                  "reason": ["close", "unrecognized-name", "access-denied"],
                  "route": [rt.name for f in policy.frontends
                            for rt in f.routes],
                  "listener": [f.name for f in policy.frontends]}[kind]
        values = r.sample(sorted(set(values)), 1 if r.random() < 0.6 else
                          min(2, len(set(values))))
        return kind, negated, values, "%s is %s" % (kind, " | ".join(values))

    def assertion(self, policy):
        r = self.rnd
        premise = [self.fact(policy, False)
                   for _ in range(r.choice([0, 1, 1, 1, 2]))]
        conclusion = [self.fact(policy, True)
                      for _ in range(r.choice([1, 1, 1, 2]))]
        return Assertion(r.choice(["every", "every", "never", "some"]),
                         Predicate(premise), Predicate(conclusion))

    def mutated(self, policy):
        """Another policy near by: a few clauses, actions or patterns."""
        r = self.rnd
        p = copy.deepcopy(policy)
        p.asserts = []
        for _ in range(r.randint(1, 3)):
            f = r.choice(p.frontends)
            roll = r.random()
            route = r.choice(f.routes)
            if roll < 0.3:
                r.choice(route.clauses).action = r.choice(ACTIONS)
            elif roll < 0.5:
                route.clauses.insert(r.randint(0, len(route.clauses) - 1),
                                     Clause(self.guard(p), r.choice(ACTIONS)))
            elif roll < 0.6 and len(route.clauses) > 1:
                del route.clauses[r.randrange(len(route.clauses) - 1)]
            elif roll < 0.7:
                f.arms[r.choice(["no-sni", "default"])].action = \
                    r.choice(ACTIONS)
            elif roll < 0.8:
                f.own.insert(r.randint(0, len(f.own)), Clause(
                    self.guard(p), r.choice(ACTIONS)))
            else:
                used = [q for rt in f.routes for q in rt.patterns]
                free = [q for q in self.patterns if q not in used]
                if free:
                    route.patterns.append(r.choice(free))
        return p

    def disguised(self, policy):
        """The same function in other words: order and names of routes, sets
        written out, a clause split in two, a superfluous pattern."""
        r = self.rnd
        p = copy.deepcopy(policy)
        p.asserts = []
        for f in p.frontends:
            r.shuffle(f.routes)
            for i, route in enumerate(f.routes):
                route.name = "q%d" % i
                r.shuffle(route.patterns)
                for c in list(route.clauses):
                    for t in c.terms:
                        if t.kind == "source":
                            t.text = "source in { %s }" % ", ".join(
                                map(str, reversed(t.value)))
                    if r.random() < 0.3:
                        at = route.clauses.index(c)
                        route.clauses.insert(at, Clause(
                            c.terms + self.guard(p), c.action))
        return p
