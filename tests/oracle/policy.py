"""Policies as plain data, and what they mean, spelled out without cleverness.

This is the oracle's half that decides: it shares no code with tlsc, tlsd or
their tables.  A query is (frontend, sni, source, alpn, tls); sni is a name,
None (no SNI) or MALFORMED (no ClientHello at all); source is an ipaddress
object; alpn a frozenset of tokens; tls one of VERSIONS.
"""
import ipaddress

MALFORMED = object()
VERSIONS = ["1.0", "1.1", "1.2", "1.3", "unknown"]


class Term:
    """source in [networks] | alpn has token | tls OP version, maybe negated."""

    def __init__(self, kind, negated, value, op=None, text=None):
        self.kind, self.negated, self.value = kind, negated, value
        self.op, self.text = op, text

    def holds(self, query):
        if self.kind == "source":
            result = any(query.source.version == n.version and
                         query.source in n for n in self.value)
        elif self.kind == "alpn":
            result = self.value in query.alpn
        else:
            result = tls_holds(self.op, self.value, query.tls)
        return result != self.negated

    def render(self):
        text = self.text
        if self.kind == "alpn":
            text = 'alpn has "%s"' % self.value
        elif self.kind == "tls":
            text = "tls %s %s" % (self.op, self.value)
        return ("not " if self.negated else "") + text


def tls_holds(op, wanted, got):
    """An unknown version is neither old nor new."""
    if got == "unknown" or wanted == "unknown":
        return op == "is" and got == wanted
    if op == ">=":
        return float(got) >= float(wanted)
    if op == "<=":
        return float(got) <= float(wanted)
    return got == wanted


class Query:
    def __init__(self, frontend, sni, source, alpn, tls):
        self.frontend, self.sni, self.source = frontend, sni, source
        self.alpn, self.tls = alpn, tls

    def __repr__(self):
        sni = "malformed" if self.sni is MALFORMED else self.sni
        return "%s sni %s source %s alpn %s tls %s" % (
            self.frontend.name, sni, self.source, sorted(self.alpn), self.tls)


class Clause:
    def __init__(self, terms, action):
        self.terms, self.action, self.line = terms, action, None

    def applies(self, query):
        return all(t.holds(query) for t in self.terms)

    def render(self, otherwise="otherwise"):
        if not self.terms:
            return "%s %s;" % (otherwise, self.action)
        guard = " and ".join(t.render() for t in self.terms)
        return "when %s %s;" % (guard, self.action)


class Route:
    def __init__(self, name, patterns, clauses):
        self.name, self.patterns, self.clauses = name, patterns, clauses
        self.line = None


class Frontend:
    def __init__(self, name, port):
        self.name, self.port = name, port
        self.own, self.routes = [], []
        self.arms = {}  # "no-sni", "default", "malformed" -> Clause
        self.profile, self.alpn = "intermediate", []
        self.client_auth = "none"

    def lists(self):
        """(word or route's name, patterns, clauses) of everything."""
        for word in ("no-sni", "default", "malformed"):
            yield word, None, [self.arms[word]]
        for r in self.routes:
            yield r.name, r.patterns, r.clauses

    def choose(self, sni):
        """The list for a name: exact, then *., then the longest **."""
        if sni is None:
            return "no-sni", [self.arms["no-sni"]]
        if sni is MALFORMED:
            return "malformed", [self.arms["malformed"]]
        best = most_specific([p for r in self.routes for p in r.patterns], sni)
        for r in self.routes:
            if best in r.patterns:
                return r.name, r.clauses
        return "default", [self.arms["default"]]

    def decide(self, query):
        """(name of the list, clause or None)."""
        word, clauses = self.choose(query.sni)
        own = [] if query.sni is MALFORMED else self.own
        for c in own + clauses:
            if c.applies(query):
                return word, c
        return word, None


def matches(pattern, name):
    if pattern.startswith("**."):
        return name.endswith(pattern[2:]) and len(name) > len(pattern) - 2
    if pattern.startswith("*."):
        return "." in name and name.split(".", 1)[1] == pattern[2:]
    return pattern == name


def most_specific(patterns, name):
    best = None
    for p in patterns:
        if not matches(p, name):
            continue
        rank = (2 if "*" not in p else 1 if not p.startswith("**") else 0,
                len(p))
        if best is None or rank > best[0]:
            best = (rank, p)
    return best[1] if best else None


def mode(action):
    return action.split()[0]


def target(action):
    """The backend, or None."""
    return action.split()[2] if " to " in action else None


def reason(action):
    return action.split()[1] if mode(action) == "reject" else None


def floor(frontend, action):
    """The oldest version that the client is held to, or None."""
    if mode(action) in ("offload", "bridge"):
        return {"intermediate": "1.2", "modern": "1.3"}[frontend.profile]
    return "1.3" if action.endswith(" enforcing modern") else None


class Policy:
    """sets: name -> networks; frontends; asserts."""

    def __init__(self):
        self.sets, self.frontends, self.asserts = {}, [], []
        self.name_sets = {}

    def frontend(self, name):
        return next(f for f in self.frontends if f.name == name)

    def render(self):
        """The text; every clause and assertion gets its line."""
        out = ["policy 1;"]

        def put(line):
            out.append(line)
            return len(out)
        for name, networks in sorted(self.sets.items()):
            put("set %s = { %s };" % (name, ", ".join(map(str, networks))))
        for name, patterns in sorted(self.name_sets.items()):
            put("set %s = names { %s };" % (name, ", ".join(
                '"%s"' % p for p in patterns)))
        put('certificate c { chain "c.pem"; key "c.key"; }')
        put("backend b1 { server 10.1.0.1:443; }")
        put("backend b2 { server 10.1.0.2:443; server 10.1.0.3:443; }")
        put('backend b3 { server 10.1.0.4:443; tls { profile modern; '
            'verify ca "ca.pem" name "b3.test"; } }')
        for f in self.frontends:
            put("frontend %s {" % f.name)
            put("  listen 127.0.0.1:%d; profile %s; certificate c;%s" % (
                f.port, f.profile, " alpn = %s;" % ", ".join(
                    '"%s"' % t for t in f.alpn) if f.alpn else ""))
            if f.client_auth != "none":
                put('  client-auth ca "ca.pem" %s;' % f.client_auth)
            for word in ("no-sni", "default", "malformed"):
                f.arms[word].line = put("  %s %s;" % (
                    word, f.arms[word].action))
            for c in f.own:
                c.line = put("  " + c.render())
            for r in f.routes:
                r.line = put("  route %s sni %s {" % (r.name, ", ".join(
                    '"%s"' % p for p in r.patterns)))
                for c in r.clauses:
                    c.line = put("    " + c.render())
                put("  }")
            put("}")
        for a in self.asserts:
            a.line = put(a.render())
        return "\n".join(out) + "\n"


class Predicate:
    """A conjunction of facts: (kind, negated, values, text)."""

    def __init__(self, facts):
        self.facts = facts

    def render(self):
        if not self.facts:
            return "any"
        return " ".join(("not " if f[1] else "") + f[3] for f in self.facts)

    def holds(self, query, word, action):
        return all(fact(f, query, word, action) != f[1] for f in self.facts)


def fact(f, query, word, action):
    kind, _, values = f[:3]
    if kind == "sni":
        return isinstance(query.sni, str) and any(
            matches(p, query.sni) for p in values)
    if kind == "no-sni":
        return query.sni is None
    if kind in ("source", "alpn", "tls"):
        return values.holds(query)
    if kind == "profile":
        v = floor(query.frontend, action)
        return v is not None and tls_holds(values[0], values[1], v)
    if kind == "enforcing":
        return " enforcing " in action
    if kind == "verify":
        return action == "bridge to b3"
    return {"mode": mode(action), "backend": target(action),
            "reason": reason(action), "route": word,
            "listener": query.frontend.name,
            "client-auth": query.frontend.client_auth
            if mode(action) in ("offload", "bridge") else "none"}[kind] in values


class Assertion:
    def __init__(self, quantifier, premise, conclusion):
        self.quantifier, self.line = quantifier, None
        self.premise, self.conclusion = premise, conclusion

    def render(self):
        return "assert %s %s : %s;" % (
            self.quantifier, self.premise.render(), self.conclusion.render())

    def counter(self, query, word, action):
        """Does this query refute it (every, never) or show it (some)?"""
        if not self.premise.holds(query, word, action):
            return False
        both = self.conclusion.holds(query, word, action)
        return not both if self.quantifier == "every" else both


def address(text):
    return ipaddress.ip_address(text)
