"""What must be true of a policy, found by trying every query."""
from policy import MALFORMED, Query, fact, mode, most_specific


class Table:
    """Every decision of one frontend: points are (source, alpn, tls) numbers;
    a clause's truth is split in its source and its client half, which keeps
    the loops short and changes nothing."""

    def __init__(self, world, frontend):
        self.world, self.f = world, frontend
        self.clients = [(a, v) for a in world.alpns
                        for v in ["1.0", "1.1", "1.2", "1.3", "unknown"]]
        self.truth = {}
        self.cache = {}

    def halves(self, clause):
        """(bit per address, bit per client) where the clause applies."""
        got = self.truth.get(id(clause))
        if got is None:
            src = cli = 0
            for i, a in enumerate(self.world.addresses):
                q = Query(self.f, None, a, frozenset(), "1.3")
                if all(t.holds(q) for t in clause.terms
                       if t.kind == "source"):
                    src |= 1 << i
            for i, (alpn, tls) in enumerate(self.clients):
                q = Query(self.f, None, self.world.addresses[0], alpn, tls)
                if all(t.holds(q) for t in clause.terms
                       if t.kind != "source"):
                    cli |= 1 << i
            got = self.truth[id(clause)] = (src, cli)
        return got

    def points(self, clause):
        src, cli = self.halves(clause)
        return [(s, c) for s in range(len(self.world.addresses))
                if src >> s & 1 for c in range(len(self.clients))
                if cli >> c & 1]

    def decide(self, clauses):
        """Per address, per client: the first clause, or None."""
        key = tuple(id(c) for c in clauses)
        if key in self.cache:
            return self.cache[key]
        halves = [(c,) + self.halves(c) for c in clauses]
        rows = []
        for s in range(len(self.world.addresses)):
            row = [None] * len(self.clients)
            left = (1 << len(self.clients)) - 1
            for c, src, cli in halves:
                if src >> s & 1:
                    now = left & cli
                    left &= ~cli
                    while now:
                        low = now & -now
                        row[low.bit_length() - 1] = c
                        now ^= low
            rows.append(row)
        self.cache[key] = rows
        return rows

    def bucket(self, word, clauses, without=()):
        own = [] if word == "malformed" else self.f.own
        return self.decide([c for c in own + clauses if c not in without])

    def query(self, sni, s, c):
        alpn, tls = self.clients[c]
        return Query(self.f, sni, self.world.addresses[s], alpn, tls)


def flat(rows):
    return [c for row in rows for c in row]


def action(c):
    return c.action if c else None


def impossible(table, clause):
    return not table.points(clause)


def cover(table, own, clauses, rows, c, s, k):
    """Who decides instead of c: where that is a clause of the frontend's own,
    the next that applies, when it is one of the list and not c, and does not
    do something else than c where the own clause does the same."""
    by = rows[s][k]
    mine = {id(x) for x in own}
    if id(by) not in mine:
        return by
    rest = [x for x in own + clauses if x is not by]
    then = table.decide(rest)[s][k]
    if then is c or id(then) in mine:
        return by
    return by if action(by) == c.action != action(then) else then


def judge(table, own, clauses, word, head=False):
    """line -> "TC0301" | "TC0302" for clauses that decide nothing."""
    rows = table.decide(own + clauses)
    hit = {id(c) for c in flat(rows)}
    out = {}
    for i, c in enumerate(clauses):
        if id(c) in hit:
            continue
        by = [cover(table, own, clauses, rows, c, s, k)
              for s, k in table.points(c)]
        differs = any(action(b) != c.action for b in by)
        last = i + 1 == len(clauses) and not c.terms
        if not by or differs:
            out[c.line] = "TC0301"
        elif not last:
            out[c.line] = "TC0302"
    return out


def gap(table, word, clauses):
    return any(c is None for c in flat(table.bucket(word, clauses)))


def lines_of_unreachable(table):
    """Over the whole frontend, own clauses judged once."""
    out = judge(table, [], table.f.own, None)
    for word, _, clauses in table.f.lists():
        own = [] if word == "malformed" else \
            [c for c in table.f.own if c.line not in out]
        out.update(judge(table, own, clauses, word))
    return out


def same_without(table, dropped):
    """Do all lists decide the same without these clauses?"""
    for word, _, clauses in table.f.lists():
        a = flat(table.bucket(word, clauses))
        b = flat(table.bucket(word, clauses, dropped))
        if any(action(x) != action(y) for x, y in zip(a, b)):
            return False
    return True


def superfluous(table):
    """Lines of clauses that alone can go: no decision is another then.  Not
    the unconditional end of a list, which the language asks for."""
    lists = [(c, [w]) for w, _, cs in table.f.lists() for c in cs
             if c.terms or c is not cs[-1]]
    words = [w for w, _, _ in table.f.lists()]
    out = set()
    for c, where in lists + [(c, words) for c in table.f.own]:
        if all(action(x) == action(y) for w, _, cs in table.f.lists()
               if w in where for x, y in zip(
                   flat(table.bucket(w, cs)),
                   flat(table.bucket(w, cs, [c])))):
            out.add(c.line)
    return out


def crossings(table, gone):
    """Lines of later clauses whose order before an earlier one of the list
    matters, neither lying in the other; without what is reported already."""
    out = set()
    for word, _, clauses in table.f.lists():
        own = [] if word == "malformed" else \
            [c for c in table.f.own if c not in gone]
        kept = [c for c in clauses if c not in gone]
        rows = table.decide(own + kept)
        for j, b in enumerate(kept):
            for a in kept[:j]:
                if a.action != b.action and crosses(table, a, b) and \
                        second_to(table, rows, own + kept, a, b):
                    out.add(b.line)
    return out


def crosses(table, a, b):
    x, y = set(table.points(a)), set(table.points(b))
    return bool(x & y) and bool(x - y) and bool(y - x)


def second_to(table, rows, clauses, a, b):
    for s, k in table.points(b):
        if rows[s][k] is not a:
            continue
        rest = clauses[clauses.index(a) + 1:]
        for c in rest:
            src, cli = table.halves(c)
            if src >> s & 1 and cli >> k & 1:
                if c is b:
                    return True
                break
    return False


def refused(f, action_, alpn, tls):
    """Is a client that this action gets lost in its handshake for certain?"""
    old = ["1.0", "1.1"] + ["1.2"] * (f.profile == "modern")
    if mode(action_) == "passthrough":
        return "enforcing modern" in action_ and tls != "1.3"
    if mode(action_) == "reject":
        return False
    return tls in old + ["unknown"] or \
        bool(alpn and f.alpn and not alpn & set(f.alpn))


def unservable(table, gone, unreachable):
    """Lines of clauses of whose clients none gets through, or none who offers
    only what the clause asks for by ALPN and the action's list lacks."""
    f, out = table.f, set()
    kept = [c for c in f.own if c not in gone]
    buckets = [(kept, table.decide(kept))]
    own = [c for c in f.own if not unreachable.get(c.line)]
    for word, _, clauses in f.lists():
        kept = [c for c in clauses if c not in gone]
        buckets.append((kept, table.decide(
            ([] if word == "malformed" else own) + kept)))
    for clauses, rows in buckets:
        for c in clauses:
            clients = {table.clients[k] for row in rows
                       for k, by in enumerate(row) if by is c}
            asked = {t.value for t in c.terms
                     if t.kind == "alpn" and not t.negated}
            if not clients:
                continue
            if all(refused(f, c.action, frozenset(), v) for _, v in clients):
                out.add(c.line)
            elif asked and mode(c.action) in ("offload", "bridge") and \
                    not asked & set(f.alpn) and any(
                        refused(f, c.action, a, v) and
                        not refused(f, c.action, frozenset(), v)
                        for a, v in clients):
                out.add(c.line)
    return out


def about(predicate, kinds):
    return [f for f in predicate.facts if f[0] in kinds]


NAME, POINT = ("sni", "no-sni"), ("source", "alpn", "tls")
DECISION = ("mode", "backend", "reason", "route", "listener", "client-auth",
            "profile", "enforcing", "verify")


def holds(facts, query, word=None, action_=None):
    return all(fact(f, query, word, action_) != f[1] for f in facts)


def points_of(table, predicate):
    """Per (address, client): do its tests on them hold?"""
    facts = about(predicate, POINT)
    return [[holds(facts, table.query(None, s, c))
             for c in range(len(table.clients))]
            for s in range(len(table.world.addresses))]


def cases(table, a):
    """(premise, both) of every query there is."""
    malformed = table.clients.index((frozenset(), "unknown"))
    first, second = (points_of(table, p) for p in (a.premise, a.conclusion))
    done = set()
    for sni in table.world.names + [MALFORMED]:
        q = Query(table.f, sni, None, None, None)
        word, clauses = table.f.choose(sni)
        names = [holds(about(p, NAME), q) for p in (a.premise, a.conclusion)]
        if not names[0] or (word, names[1]) in done:
            continue
        done.add((word, names[1]))
        rows = table.bucket(word, clauses)
        for s, row in enumerate(rows):
            for c, clause in enumerate(row):
                if sni is MALFORMED and c != malformed:
                    continue
                if first[s][c]:
                    yield (holds(about(a.premise, DECISION), q, word,
                                 clause.action),
                           names[1] and second[s][c] and
                           holds(about(a.conclusion, DECISION), q, word,
                                 clause.action))


def assertion(tables, a):
    """holds, fails or vacuous."""
    premise = False
    for t in tables:
        for if_, then in cases(t, a):
            if not if_:
                continue
            premise = True
            if then == (a.quantifier != "every"):
                return "holds" if a.quantifier == "some" else "fails"
    if a.quantifier == "some":
        return "fails"
    return "holds" if premise else "vacuous"


def weaker(old, new):
    """Does somebody get more?  Not who is refused, nor who keeps his server
    and way and is held to a profile besides; backends here share no server,
    and every other way gives up what held in the one before."""
    return mode(new) != "reject" and not new.startswith(old + " enforcing")


def difference(world, old, new):
    """(from, to) -> number of name patterns, arms included; the numbers of the
    addresses that meet it; and the pairs where somebody is not refused by his
    version after all."""
    groups, sources, served = {}, {}, set()
    for f in old.frontends:
        g = next((x for x in new.frontends if x.name == f.name), None)
        if not g:
            continue
        a, b = Table(world, f), Table(world, g)
        joint = {p for x in (f, g) for r in x.routes for p in r.patterns}
        regions = {}
        for sni in world.names + [MALFORMED]:
            key = sni if not isinstance(sni, str) else \
                most_specific(joint, sni) or ("default",)
            regions.setdefault(key, sni)
        for sni in regions.values():
            wa, ca = f.choose(sni)
            wb, cb = g.choose(sni)
            pairs = set()
            for i, (r, s) in enumerate(zip(a.bucket(wa, ca),
                                           b.bucket(wb, cb))):
                here = {(x.action, y.action) for x, y in zip(r, s)
                        if x.action != y.action}
                pairs |= here
                served |= {(x.action, y.action)
                           for x, y, c in zip(r, s, a.clients)
                           if mode(y.action) == "passthrough" or
                           not refused(g, y.action, frozenset(), c[1])}
                for pair in here:
                    sources.setdefault(pair, set()).add(i)
            for pair in pairs:
                groups[pair] = groups.get(pair, 0) + 1
    return groups, sources, served
