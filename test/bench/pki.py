"""pki.py - the certificates of a benchmark: what an administrator of a cluster makes, by the openssl command."""
import subprocess

EC = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]
RSA = ["-newkey", "rsa:2048"]
FRONT_PROXY = "front-proxy-client"


def _openssl(*arguments):
    subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True)


class Pki:
    """Files in a folder: server.crt/key (P-256), server-rsa.crt/key, front-proxy.crt/key (RSA, as kubeadm makes them) of ca.crt."""

    def __init__(self, folder):
        self.folder = folder
        _openssl("req", "-x509", *RSA, "-nodes", "-days", 2, "-subj", "/CN=front-proxy-ca", "-keyout", self / "ca.key", "-out", self / "ca.crt")
        for name, kind in (("server", EC), ("server-rsa", RSA)):
            _openssl("req", "-x509", *kind, "-nodes", "-days", 2, "-subj", "/CN=bench", "-addext", "subjectAltName=IP:127.0.0.1",
                     "-keyout", self / f"{name}.key", "-out", self / f"{name}.crt")
        self.issue("front-proxy")

    def __truediv__(self, name):
        return self.folder / name

    def issue(self, name):
        """A client certificate of the front proxy."""
        extensions = self / f"{name}.ext"
        extensions.write_text("extendedKeyUsage=clientAuth\nkeyUsage=digitalSignature\n")
        _openssl("req", "-new", *RSA, "-nodes", "-subj", f"/CN={FRONT_PROXY}", "-keyout", self / f"{name}.key", "-out", self / f"{name}.csr")
        _openssl("x509", "-req", "-in", self / f"{name}.csr", "-CA", self / "ca.crt", "-CAkey", self / "ca.key", "-CAcreateserial", "-days", 2,
                 "-extfile", extensions, "-out", self / f"{name}.crt")

    def text(self, name):
        return (self / name).read_text()
