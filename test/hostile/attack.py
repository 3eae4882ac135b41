"""attack.py - one hostile client, in a thread of its own."""
import collections
import socket
import ssl
import threading


class Attack:
    """Runs until it is told to stop; counts what it got, and notes what it should not have got."""

    def __init__(self, port, address):
        self.port, self.address = port, address
        self.got = collections.Counter()
        self.wrong = []
        self.stop = threading.Event()

    def connect(self, tls=True, timeout=3.0, newest=None, ciphers=None, certificate=None):
        """certificate: the path of a certificate and that of its key."""
        plain = socket.create_connection(("127.0.0.1", self.port), timeout=timeout, source_address=(self.address, 0))
        plain.settimeout(timeout)
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if not tls:
            return plain
        context = ssl._create_unverified_context()
        if newest:
            context.minimum_version = ssl.TLSVersion.TLSv1
            context.maximum_version = newest
            context.set_ciphers(ciphers or "ALL:@SECLEVEL=0")
        if certificate:
            context.load_cert_chain(*certificate)
        try:
            return context.wrap_socket(plain)
        except OSError:
            plain.close()
            raise

    def run(self):
        while not self.stop.is_set():
            try:
                self.once()
            except OSError as error:
                self.got[type(error).__name__] += 1
                self.stop.wait(0.02)


def read_all(sock):
    """Everything until the server closes or falls silent."""
    data = b""
    try:
        while len(data) < 1 << 20:
            piece = sock.recv(65536)
            if not piece:
                break
            data += piece
    except OSError:
        pass
    return data
