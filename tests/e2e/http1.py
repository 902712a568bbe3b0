"""HTTP/1.1 in octets for the end-to-end tests: a client that reads answers one
by one, and servers whose every octet a test chooses.

A policy for it is one route, shop.example.com, to one site."""
import re

from edge import *

NAME = 'shop.example.com'


def site_policy(body, mode='offload', head='', front='', route='',
                alpn='alpn = "http/1.1";', **backends):
    """One route to `site shop`, whose declarations are body."""
    return policy(
        'route shop sni "%s" { certificate shop; %s %s %s to site shop; }'
        % (NAME, alpn, route, mode),
        head=certificate('shop') + head + 'site shop {\n%s\n}\n' % body,
        front=front, **backends)


class Message:
    """What was read: first line, fields in order, body, and if it was whole."""

    def __init__(self, head, body=b'', whole=True):
        lines = head.split(b'\r\n')
        self.line = lines[0].decode('latin-1')
        self.fields = [tuple(x.strip() for x in
                             l.decode('latin-1').split(':', 1))
                       for l in lines[1:] if l]
        self.body, self.whole, self.head = body, whole, head

    @property
    def status(self):
        return int(self.line.split(' ')[1])

    def all(self, name):
        return [v for n, v in self.fields if n.lower() == name]

    def get(self, name):
        values = self.all(name)
        if len(values) > 1:
            raise AssertionError('several %s: %s' % (name, values))
        return values[0] if values else None

    def __repr__(self):
        return '%s %s %.300r%s' % (self.line, self.fields, self.body,
                                   '' if self.whole else ' (cut)')


class Reader:
    """Takes messages off a socket, octet for octet."""

    def __init__(self, sock):
        self.sock, self.early = sock, b''

    def more(self):
        data = self.sock.recv(1 << 16)
        self.early += data
        return data

    def until(self, mark):
        while mark not in self.early:
            if not self.more():
                return None
        part, self.early = self.early.split(mark, 1)
        return part

    def exactly(self, n):
        while len(self.early) < n:
            if not self.more():
                break
        part, self.early = self.early[:n], self.early[n:]
        return part

    def chunks(self):
        """The payload of a chunked body, and whether it was whole."""
        body = b''
        while True:
            line = self.until(b'\r\n')
            if line is None:
                return body, False
            size = int(line.split(b';')[0], 16)
            if not size:
                while True:
                    line = self.until(b'\r\n')
                    if line is None:
                        return body, False
                    if not line:
                        return body, True
            part = self.exactly(size + 2)
            body += part[:size]
            if len(part) < size + 2:
                return body, False
            if part[size:] != b'\r\n':
                raise AssertionError('no end of a chunk: %r' % part[size:])

    def message(self, no_body=False, to_close=False):
        """The next one; None at the end."""
        head = self.until(b'\r\n\r\n')
        if head is None:
            return None
        m = Message(head)
        if no_body:
            return m
        if m.get('transfer-encoding'):
            m.body, m.whole = self.chunks()
        elif m.get('content-length'):
            n = int(m.get('content-length'))
            m.body = self.exactly(n)
            m.whole = len(m.body) == n
        elif to_close:
            while self.more():
                pass
            m.body, self.early = self.early, b''
        return m


class Client(Reader):
    """A TLS connection to the gateway."""

    def __init__(self, port, name=NAME, context=None):
        super().__init__(tls_connect(port, name, context or client_context(
            alpn=['http/1.1'])))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.sock.close()

    def send(self, data):
        self.sock.sendall(data if isinstance(data, bytes) else data.encode())

    def ask(self, line='GET / HTTP/1.1', *fields, body=b'', host=NAME):
        """A request and its answer."""
        head = [line] + (['Host: ' + host] if host else []) + list(fields)
        self.send('\r\n'.join(head).encode('latin-1') + b'\r\n\r\n' + body)
        return self.answer(line.startswith('HEAD'))

    def answer(self, to_head=False, interim=False):
        head = self.until(b'\r\n\r\n')
        if head is None:
            return None
        m = Message(head)
        if not interim and 100 <= m.status < 200 and m.status != 101:
            return self.answer(to_head)
        self.early = head + b'\r\n\r\n' + self.early
        old = 'close' == m.get('connection')
        return self.message(to_head or m.status in (204, 304) or
                            m.status < 200, old)

    def at_end(self):
        """Ends in order behind this: True; reset or cut: False."""
        try:
            return not self.early and not self.more()
        except (OSError, ssl.SSLError):
            return False


def serve(answers=None, text=b'hello\n'):
    """A handler that answers each request.  answers: a function of the request
    that gives octets (None: the connection ends), or the octets themselves."""
    def handler(conn, origin, record):
        reader = Reader(conn)
        origin.requests = getattr(origin, 'requests', [])
        while True:
            m = reader.message()
            record += reader.early
            if m is None:
                return
            origin.requests.append(m)
            said = answers(m) if callable(answers) else answers
            if said is None:
                said = (b'HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s'
                        % (len(text), text))
            if said is False:
                return
            conn.sendall(said)
    return handler


def reply(body=b'', *fields, status='200 OK', length=True):
    head = ['HTTP/1.1 ' + status] + list(fields)
    if length:
        head.append('Content-Length: %d' % len(body))
    return '\r\n'.join(head).encode('latin-1') + b'\r\n\r\n' + body
