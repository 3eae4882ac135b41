"""credentials.py - clients who say that they are somebody: headers of the front proxy without its certificate, and certificates that
nobody should believe. None may ever read a metric.

There are no lists of revoked certificates here, nor has the cluster's own front proxy any: a certificate is taken back by taking its CA out
of the ConfigMap. From the moment on at which the adapter has heard of it, no connection counts any more, not even one that was kept.
"""
import http.client
import ssl
import subprocess
import threading

import pki
from attack import Attack, read_all
from cluster import Cluster

DEMAND = "/apis/external.metrics.k8s.io/v1beta1/namespaces/coder/coder_provisioner_demand?labelSelector=queue%3Ddefault"
HPA = "system:serviceaccount:kube-system:horizontal-pod-autoscaler"

# What stands in for "X-Remote-User: NAME".
SPOOFED = [
    f"X-Remote-User: {HPA}",
    f"x-remote-user: {HPA}",
    f"X-Remote-User:{HPA}\r\nX-Remote-User: nobody",
    f"X-Remote-User: nobody\r\nX-Remote-User: {HPA}",
    "X-Remote-User: system:admin\r\nX-Remote-Group: system:masters",
    f"X-Remote-User: {HPA}\r\nX-Remote-Uid: 1\r\nX-Remote-Extra-Scopes: all",
    f"X_Remote_User: {HPA}",
    f"Impersonate-User: {HPA}",
    f"X-Forwarded-Client-Cert: Subject=\"CN=front-proxy-client\"\r\nX-Remote-User: {HPA}",
    f"Authorization: Bearer {HPA}",
    f"Authorization: Basic YTpi\r\nX-Remote-User: {HPA}",
]


class Guarded(Cluster):
    """Only the HPA may read metrics; who is nobody may look at what belongs to none, as in a real cluster."""

    def allows(self, spec):
        return "nonResourceAttributes" in spec or spec.get("user") == HPA


class Pki(pki.Pki):
    """Besides the front proxy's: those of another CA that counts until it is taken out, and those that never count."""

    def __init__(self, folder):
        super().__init__(folder)
        for name in ("old-ca", "foreign-ca"):
            pki._openssl("req", "-x509", *pki.EC, "-nodes", "-days", 2, "-subj", "/CN=front-proxy-ca", "-keyout", self / f"{name}.key",
                         "-out", self / f"{name}.crt")
        self.sign("revoked", "old-ca")
        self.sign("foreign", "foreign-ca")
        self.sign("expired", "ca", days=-1)
        self.sign("another name", "ca", subject="/CN=front-proxy-clientele")
        self.sign("two names", "ca", subject="/CN=front-proxy-client/CN=nobody")
        self.sign("a server's", "ca", usage="serverAuth")
        pki._openssl("req", "-x509", *pki.EC, "-nodes", "-days", 2, "-subj", f"/CN={pki.FRONT_PROXY}", "-keyout", self / "self-signed.key",
                     "-out", self / "self-signed.crt")

    def sign(self, name, authority, days=2, subject=f"/CN={pki.FRONT_PROXY}", usage="clientAuth"):
        extensions = self / f"{name}.ext"
        extensions.write_text(f"extendedKeyUsage={usage}\n")
        pki._openssl("req", "-new", *pki.EC, "-nodes", "-subj", subject, "-keyout", self / f"{name}.key", "-out", self / f"{name}.csr")
        pki._openssl("x509", "-req", "-in", self / f"{name}.csr", "-CA", self / f"{authority}.crt", "-CAkey", self / f"{authority}.key",
                     "-CAcreateserial", "-days", days, "-extfile", extensions, "-out", self / f"{name}.crt")

    def pair(self, name):
        return self / f"{name}.crt", self / f"{name}.key"


NEVER = ["foreign", "expired", "another name", "two names", "a server's", "self-signed"]
certificates = None  # the Pki of this run


def question(headers, more=""):
    return f"GET {DEMAND} HTTP/1.1\r\nHost: a\r\n{headers}\r\n{more}\r\n".encode()


def ask(sock):
    """The status of one whole answer; the connection lives on."""
    sock.sendall(question(SPOOFED[0]))
    answer = http.client.HTTPResponse(sock)
    try:
        answer.begin()
    except http.client.HTTPException as error:
        raise ConnectionError(str(error)) from error
    answer.read()
    return str(answer.status)


def status_of(answer):
    return answer[9:12].decode(errors="replace") or "closed"


class Spoofed(Attack):
    name = "X-Remote-* without a certificate"

    def once(self):
        for headers in SPOOFED:
            with self.connect() as sock:
                sock.sendall(question(headers, "Connection: close\r\n"))
                answer = read_all(sock)
            self.got[status_of(answer)] += 1
            if status_of(answer) not in ("401", "403", "400"):
                self.wrong.append(f"{headers!r}: {answer[:120]!r}")
            if self.stop.wait(0.01):
                return


class Certificates(Attack):
    name = "certificates of no worth"

    def once(self):
        for name in NEVER:
            try:
                with self.connect(certificate=certificates.pair(name)) as sock:
                    sock.sendall(question(SPOOFED[0], "Connection: close\r\n"))
                    status = status_of(read_all(sock))
            except ssl.SSLError:
                status = "no handshake"
            self.got[f"{name}: {status}"] += 1
            if status not in ("401", "403", "closed", "no handshake"):
                self.wrong.append(f"a certificate that is {name}: {status}")
            if self.stop.wait(0.05):
                return


class Revoked(Attack):
    """On new connections; one that was good is kept for take_ca_out (run). Until its CA is taken out it is as good as any."""
    name = "a certificate whose CA goes"
    taken_out = threading.Event()  # the adapter has heard of it
    kept = None

    @classmethod
    def ask_status(cls):
        """Of the connection that is kept: by one thread at a time."""
        return ask(cls.kept)

    def once(self):
        if Revoked.kept is None:
            Revoked.kept = self.connect(certificate=certificates.pair("revoked"), timeout=20)
            self.got[f"kept: {self.ask_status()}"] += 1
        is_out = Revoked.taken_out.is_set()
        with self.connect(certificate=certificates.pair("revoked")) as sock:
            status = ask(sock)
        self.got[f"{'after' if is_out else 'before'}: {status}"] += 1
        if is_out and status == "200":
            self.wrong.append("a certificate whose CA was taken out read a metric")
        self.stop.wait(0.05)


class Downgrade(Attack):
    """An old cipher over TLS 1.2, and a client that claims to have fallen back."""
    name = "TLS 1.2 with less than it has"
    WEAK = ["AES128-SHA", "AES128-GCM-SHA256", "ECDHE-ECDSA-AES128-SHA", "ECDHE-ECDSA-AES256-SHA384", "NULL:aNULL"]

    def once(self):
        for ciphers in self.WEAK:
            try:
                with self.connect(newest=ssl.TLSVersion.TLSv1_2, ciphers=ciphers + ":@SECLEVEL=0") as sock:
                    self.wrong.append(f"{sock.cipher()} was accepted")
            except OSError:
                self.got["weak cipher refused"] += 1
        done = subprocess.run(["openssl", "s_client", "-tls1_2", "-fallback_scsv", "-connect", f"127.0.0.1:{self.port}"],
                              stdin=subprocess.DEVNULL, capture_output=True, timeout=10, check=False)
        if b"Cipher is (NONE)" in done.stdout:
            self.got["fallback refused"] += 1
        else:
            self.wrong.append("a fallback to TLS 1.2 was accepted")
        self.stop.wait(0.2)


ATTACKS = [(Spoofed, 2), (Certificates, 1), (Revoked, 1), (Downgrade, 1)]
