"""One change to a policy, and what the gate must say of it: the tests of tricks
share this.  Edits are pairs of texts, the first of which must be there, or one
text that is appended; `base` makes the old policy out of the common one."""
import tempfile

import tap
from world import POLICY, gate, put


def edited(text, edits):
    for e in edits:
        if isinstance(e, str):
            text += e
            continue
        tap.check(e[0] in text, "no %r in the policy" % e[0])
        text = text.replace(*e)
    return text


def both(room, base, edits, files):
    old = edited(POLICY, base)
    sides = [files[0] if files else {}, files[1] if files else {}]
    return [put(room, "old", old, sides[0]),
            put(room, "new", edited(old, edits), sides[1])]


def sneaks(title, kinds, *edits, base=(), files=None, back=0, says=""):
    """Somebody gets more: kinds are rows that must be told as weaker, says is
    what must be told beside them; back is the exit of the way back."""
    def body():
        with tempfile.TemporaryDirectory() as room:
            paths = both(room, base, edits, files)
            code, rows, out = gate(*paths)
            for kind in kinds.split():
                tap.check(kind in rows, kind, "is not among", rows, out)
            tap.equal(code, 1, out)
            tap.check(says in out, says, out)
            code, rows, out = gate(*reversed(paths))
            tap.equal(code, back, out)
    body.__doc__ = title
    tap.test()(body)


def passes(title, *edits, base=(), files=None):
    """Nobody gets more, either way."""
    def body():
        with tempfile.TemporaryDirectory() as room:
            paths = both(room, base, edits, files)
            for pair in (paths, paths[::-1]):
                code, rows, out = gate(*pair)
                tap.equal((code, rows), (0, set()), out)
    body.__doc__ = "passes: " + title
    tap.test()(body)
