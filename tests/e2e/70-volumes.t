#!/usr/bin/python3
"""tlsd in a container as examples/container has it: read-only volumes whose
contents the kubelet replaces, a few capabilities, and nothing else."""
from edge import *
from tap import *

NAME = 'shop.example.com'
HERE = os.path.join(TOP, 'examples', 'container')
# What "$0" and "$1", volumes of the node, are in the container: read-only.
MOUNT = ('for v in policy certs; do mount --bind "$0/$v" "$1/$v" && '
         'mount -o remount,bind,ro "$1/$v" || exit 1; done; shift; exec "$@"')


def read(name):
    with open(os.path.join(HERE, name)) as f:
        return f.read()


def entrypoint():
    return json.loads(re.search(r'^ENTRYPOINT (.*)$', read('Dockerfile'),
                                re.M).group(1))


def words(pattern, text):
    return set(re.split(r',? +', re.search(pattern, text, re.M).group(1)))


class Volume:
    """A volume that is written as the kubelet does (its AtomicWriter)."""

    def __init__(self, directory, mode):
        self.dir, self.count = directory, 0
        os.makedirs(directory)
        os.chmod(directory, mode)

    def write(self, mode, **files):
        old = os.path.join(self.dir, '..%d' % self.count)
        self.count += 1
        new = '..%d' % self.count
        os.mkdir(os.path.join(self.dir, new), 0o755)
        for name, source in files.items():
            name = name.replace('_', '.')
            shutil.copy(source, os.path.join(self.dir, new, name))
            os.chmod(os.path.join(self.dir, new, name), mode)
            if not os.path.lexists(os.path.join(self.dir, name)):
                os.symlink('..data/' + name, os.path.join(self.dir, name))
        os.symlink(new, os.path.join(self.dir, '..data_tmp'))
        os.rename(os.path.join(self.dir, '..data_tmp'),
                  os.path.join(self.dir, '..data'))
        shutil.rmtree(old, ignore_errors=True)


def certs(volume, name):
    volume.write(0o400, shop_pem=cert(name), shop_key=key(name))


def table(stage, volume, port, body):
    text = policy(route(NAME, 'offload to web', 'certificate shop;'), head=
                  'certificate shop { chain "certs/shop.pem"; '
                  'key "certs/shop.key"; }\n', web=body)
    code, out = stage.compile(text.replace('@LISTEN@', '%s:%d' % (ADDR, port)),
                              'new.bin', 'policy.tls', '--no-credentials')
    equal(code, 0, out)
    volume.write(0o644, policy_bin=stage.path('new.bin'))


def command(stage, metrics):
    """The container's, with its directories and its port elsewhere."""
    args = json.loads(re.search(r'^ +args: (.*)$', read('kubernetes.yaml'),
                                re.M).group(1))
    argv = [a.replace('/etc/tlsd', stage.path('etc'))
            .replace('/run/tlsd', stage.path('run'))
            .replace('0.0.0.0:9101', '%s:%d' % (ADDR, metrics))
            for a in entrypoint() + args]
    granted = words(r'add: \[ (.*) \]', read('kubernetes.yaml'))
    return ['unshare', '-m', 'bash', '-c', MOUNT, stage.path('node'),
            stage.path('etc'), 'setpriv', '--no-new-privs', '--inh-caps=-all',
            '--bounding-set=-all,' + ','.join('+' + c.lower()
                                              for c in sorted(granted)),
            program('tlsd'), *argv[1:]]


def other(conn, origin, record):
    conn.recv(65536)
    conn.sendall(b'HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nother\n')


def answer(port):
    """The number of the certificate, and what the server says."""
    with tls_connect(port, NAME) as c:
        return c.getpeercert()['serialNumber'], get(c)


@test()
def swapped():
    """a ConfigMap and a Secret are replaced: tlsd uses the new ones"""
    if os.geteuid() != 0:
        raise Skip('not root')
    with Stage() as s:
        for name in ('policy', 'certs'):
            os.makedirs(s.path('etc/' + name))
        os.mkdir(s.path('run'))
        os.chmod(s.path('run'), 0o777)   # an emptyDir
        maps = Volume(s.path('node/policy'), 0o777)
        secrets = Volume(s.path('node/certs'), 0o1777)
        port, metrics = free_port(), free_port()
        first, second = s.origin(Origin.http), s.origin(other)
        certs(secrets, 'shop')
        table(s, maps, port, first.port)
        p = s.daemon(command(s, metrics), 'tlsd', port)
        before = answer(port)
        equal(before[1], 'hello\n')
        certs(secrets, 'shop-rsa')
        poll(lambda: 'event=renewed' in p.output(), 'the Secret')
        check(answer(port)[0] != before[0])
        table(s, maps, port, second.port)
        poll(lambda: answer(port)[1] == 'other\n', 'the ConfigMap')
        check('event=refused' not in p.output(), p.output())
        # Each process as a user of its own, in an empty directory.
        for line in re.findall('event=unprotected.*', p.output()):
            check('root directory' not in line or 'a sanitizer build' in line,
                  line)


@test()
def alike():
    """Dockerfile and manifest agree, and name files that are there"""
    docker, kube = read('Dockerfile'), read('kubernetes.yaml')
    equal(set(re.findall(r'--cap-add (\w+)', docker)),
          words(r'add: \[ (.*) \]', kube))
    for port in re.search(r'^EXPOSE (.*)$', docker, re.M).group(1).split():
        check('containerPort: ' + port in kube, port)
    for source in re.findall(r'^COPY ([^-]\S+) ', docker, re.M):
        check(os.path.exists(os.path.join(TOP, source)), source)
    group = re.search(r'&& tests/need (\w+)', docker).group(1)
    with open(os.path.join(TOP, 'tests', 'need')) as f:
        check(re.search(r'^\t%s\) ' % group, f.read(), re.M), group)
    # Whatever is mounted is defined, and the other way round.
    equal(set(re.findall(r'\{ name: (\w+), mountPath', kube)),
          set(re.findall(r'- name: (\w+)\n +(?:configMap|secret)', kube)) |
          set(re.findall(r'\{ name: (\w+), emptyDir', kube)))
    equal(tool('sh', '-c', 'grep -c subPath: "$0"',
               os.path.join(HERE, 'kubernetes.yaml')), (1, '0\n'))


run()
