#!/usr/bin/python3
"""Passthrough passes on half-closes and resets."""
from edge import *
from tap import *

ROUTE = route('shop.example.com', 'passthrough to web')


@test(*FORMS)
def client_half_close(form):
    """the server still answers after the client's FIN"""
    def answer_at_end(conn, origin, record):
        Origin.sink(conn, origin, record)
        conn.sendall(b'got %d' % len(record))
    with Stage() as s:
        o = s.origin(answer_at_end)
        g = s.gateway(policy(ROUTE, web=o.port), form)
        for size in (0, 500000):
            sent = hello() + bytes(size)
            with connect(g.port) as c:
                c.sendall(sent)
                c.shutdown(socket.SHUT_WR)
                equal(read_all(c), b'got %d' % len(sent))
        g.wait_close('done', 2)


@test(*FORMS)
def server_half_close(form):
    """the client still sends after the server's FIN"""
    def end_first(conn, origin, record):
        record += conn.recv(65536)
        conn.sendall(b'bye')
        conn.shutdown(socket.SHUT_WR)
        Origin.sink(conn, origin, record)
    with Stage() as s:
        o = s.origin(end_first)
        g = s.gateway(policy(ROUTE, web=o.port), form)
        for size in (0, 500000):
            first = hello()
            with connect(g.port) as c:
                c.sendall(first)
                equal(read_all(c), b'bye')
                c.sendall(bytes(size) + b'!')
            poll(lambda: bytes(o.received[-1]) == first + bytes(size) + b'!',
                 'all bytes at the server')


@test(*FORMS)
def client_reset(form):
    """a reset by the client is a reset at the server"""
    with Stage() as s:
        o = s.origin(Origin.echo)
        g = s.gateway(policy(ROUTE, web=o.port), form)
        for size in (0, 300000):
            sent = hello() + bytes(size)
            c = connect(g.port)
            exchange(c, sent, len(sent))
            seen = len(o.errors)
            reset(c)
            poll(lambda: len(o.errors) > seen, 'the reset at the server')
            check(isinstance(o.errors[-1], ConnectionResetError),
                  o.errors[-1])
        g.wait_close('client-reset', 2)


@test(*FORMS)
def server_reset(form):
    """a reset by the server is a reset at the client"""
    def answer_and_reset(conn, origin, record):
        record += conn.recv(65536)
        conn.sendall(b'x')
        conn.recv(1)
        reset(conn)
    with Stage() as s:
        o = s.origin(answer_and_reset)
        g = s.gateway(policy(ROUTE, web=o.port), form)
        with connect(g.port) as c:
            c.sendall(hello())
            equal(c.recv(1), b'x')
            c.sendall(b'y')
            try:
                equal(c.recv(1), None, 'FIN instead of RST')
            except ConnectionResetError:
                pass
        g.wait_close('backend-reset')


@test(*FORMS)
def answer_and_reset(form):
    """a last answer is not lost in the reset behind it"""
    def answer(conn, origin, record):
        record += conn.recv(1)   # what is left unread makes close a reset
        with g.held():
            conn.sendall(b'answer')
            conn.close()
    with Stage() as s:
        o = s.origin(answer)
        g = s.gateway(policy(ROUTE, web=o.port), form)
        for count, version in enumerate(VERSIONS, 1):
            with connect(g.port) as c:
                c.sendall(hello(version=version))
                equal(c.recv(100), b'answer')
                g.wait_close('backend-reset', count)
                try:
                    equal(c.recv(1), None, 'FIN instead of RST')
                except ConnectionResetError:
                    pass


@test(*FORMS)
def no_server(form):
    """a server that refuses: an alert, not an empty answer"""
    with Stage() as s:
        g = s.gateway(policy(ROUTE, web=free_port()), form)
        with connect(g.port) as c:
            c.sendall(hello())
            data = read_all(c)
        check(alert(data) is not None, data)
        g.wait_close('connect-failed')

run()
