"""What servers make of a path: nginx's $uri, Node's URL, Python's unquote.  Each
gives a path, as octets, or None where it refuses one."""
import os
import posixpath
import shutil
import socket
import subprocess
import tempfile
import time
import urllib.parse

NGINX = shutil.which('nginx', path='/usr/sbin:/usr/bin:/usr/local/sbin')
NODE = shutil.which('node')

CONFIG = '''daemon off; master_process off; pid %(room)s/pid;
error_log %(room)s/error.log crit;
events {}
http {
  access_log off; keepalive_requests 10000000;
  client_body_temp_path %(room)s/b; proxy_temp_path %(room)s/p;
  fastcgi_temp_path %(room)s/f; uwsgi_temp_path %(room)s/u;
  scgi_temp_path %(room)s/s;
  server { listen unix:%(room)s/on; return 200 $uri; }
  server { listen unix:%(room)s/off; merge_slashes off; return 200 $uri; }
}
'''

SCRIPT = '''const fs = require("fs"), path = require("path").posix;
function tried(f) {
  try { return Buffer.from(f(), "utf8").toString("hex"); }
  catch (e) { return "-"; }
}
for (const l of fs.readFileSync(0, "latin1").split("\\n").slice(0, -1)) {
  const url = () => new URL("http://a" + l).pathname;
  console.log(tried(url), tried(() => decodeURIComponent(url())),
              tried(() => path.normalize(decodeURIComponent(l))));
}'''


class Connection:
    """One after the other over one connection, or a new one after a refusal."""

    def __init__(self, path):
        self.path, self.file = path, None

    def open(self):
        s = socket.socket(socket.AF_UNIX)
        s.connect(self.path)
        self.file = s.makefile('rwb')
        s.close()

    def ask(self, path):
        if not self.file:
            self.open()
        self.file.write(b'GET ' + path + b' HTTP/1.1\r\nHost: a\r\n\r\n')
        self.file.flush()
        status, length, line = self.file.readline(), 0, b'-'
        while line.strip():
            line = self.file.readline()
            name, _, value = line.strip().lower().partition(b': ')
            if name == b'content-length':
                length = int(value)
        body = self.file.read(length)
        if b' 200 ' in status:
            return body
        self.file.close()
        self.file = None
        return None


def nginx(paths):
    """$uri with slashes merged, and with slashes kept."""
    with tempfile.TemporaryDirectory() as room:
        config = os.path.join(room, 'nginx.conf')
        with open(config, 'w') as f:
            f.write(CONFIG % {'room': room})
        p = subprocess.Popen([NGINX, '-c', config, '-p', room, '-e',
                              'stderr'],
                             stderr=subprocess.DEVNULL)
        try:
            while not os.path.exists(room + '/pid'):
                if p.poll() is not None:
                    raise AssertionError('nginx does not start')
                time.sleep(0.02)
            return [[c.ask(path) for path in paths]
                    for c in (Connection(room + '/on'),
                              Connection(room + '/off'))]
        finally:
            p.kill()
            p.wait()


def node(paths):
    """URL.pathname, the same decoded, and the path decoded and normalized."""
    out = subprocess.run([NODE, '-e', SCRIPT], input=b'\n'.join(paths) + b'\n',
                         stdout=subprocess.PIPE, check=True).stdout.decode()
    rows = [[None if w == '-' else bytes.fromhex(w) for w in line.split()]
            for line in out.splitlines()]
    return list(zip(*rows))


def python(paths):
    """Decoded, and decoded and normalized, where POSIX lets two slashes stay."""
    decoded = [urllib.parse.unquote_to_bytes(p) for p in paths]
    return [decoded, [b'/' + posixpath.normpath(p).lstrip(b'/')
                      for p in decoded]]
