package adapter

import (
	"fmt"
	"os"
	"path/filepath"
	"time"

	"coder-metrics-adapter/test/e2e/pki"
)

// Where the certificate is in the adapter's folder: as in a mounted Secret, behind a link that is swapped.
const (
	certFile = "tls/tls.crt"
	keyFile  = "tls/tls.key"
)

// ReplaceCertificate gives the adapter another certificate of the same authority, as cert-manager and the kubelet do.
func (a *Adapter) ReplaceCertificate() error {
	return mountCertificate(a.dir, a.authority)
}

// mountCertificate writes a new certificate the way a kubelet updates a mounted Secret: a new folder with both files, then one
// rename that makes the link ..data lead there.
func mountCertificate(dir string, authority *pki.Authority) error {
	serving, err := authority.IssueServer(ServerName)
	if err != nil {
		return err
	}
	mount := filepath.Join(dir, filepath.Dir(certFile))
	version := fmt.Sprintf("..%d", time.Now().UnixNano())
	if err := os.MkdirAll(filepath.Join(mount, version), 0o700); err != nil {
		return err
	}
	for name, content := range map[string][]byte{"tls.crt": serving.CertPEM, "tls.key": serving.KeyPEM} {
		if _, err := pki.WriteFile(filepath.Join(mount, version), name, content); err != nil {
			return err
		}
		err := os.Symlink(filepath.Join("..data", name), filepath.Join(mount, name))
		if err != nil && !os.IsExist(err) {
			return err
		}
	}
	if err := os.Symlink(version, filepath.Join(mount, "..data_tmp")); err != nil {
		return err
	}
	return os.Rename(filepath.Join(mount, "..data_tmp"), filepath.Join(mount, "..data"))
}
