package adapter

import (
	"fmt"
	"os"
	"path/filepath"
	"time"

	"coder-metrics-adapter/test/e2e/pki"
)

// Files in the adapter's folder. The certificate is as in a mounted Secret, behind a link that is swapped.
const (
	certFile   = "tls/tls.crt"
	keyFile    = "tls/tls.key"
	tokenFile  = "coder-token"
	configFile = "adapter.yaml"
)

// ReplaceCertificate gives the adapter another certificate of the same authority, as cert-manager and the kubelet do.
func (a *Adapter) ReplaceCertificate() error {
	return mountCertificate(a.settings.Dir, a.authority)
}

// ReplaceAuthority gives the adapter a certificate of another authority. Who asks it must trust that one already.
func (a *Adapter) ReplaceAuthority(authority *pki.Authority) error {
	a.authority, a.CABundle, a.client = authority, authority.CertPEM, newClient(authority.CertPEM)
	return a.ReplaceCertificate()
}

// BreakConfig writes any text into the configuration file; Reconfigure mends it.
func (a *Adapter) BreakConfig(text string) error {
	return ReplaceFile(filepath.Join(a.settings.Dir, configFile), []byte(text))
}

// ReplaceToken gives the adapter another token of Coder's.
func (a *Adapter) ReplaceToken(token string) error {
	return ReplaceFile(filepath.Join(a.settings.Dir, tokenFile), []byte(token+"\n"))
}

// Reconfigure writes the configuration file anew, with other options. They count from then on.
func (a *Adapter) Reconfigure(change func(*Options)) error {
	change(&a.settings.Options)
	return a.settings.writeConfig()
}

// ReplaceFile never leaves half a file to be read.
func ReplaceFile(path string, content []byte) error {
	fresh, err := pki.WriteFile(filepath.Dir(path), filepath.Base(path)+".new", content)
	if err != nil {
		return err
	}
	return os.Rename(fresh, path)
}

func mountCertificate(dir string, authority *pki.Authority) error {
	serving, err := authority.IssueServer(ServerName)
	if err != nil {
		return err
	}
	return Mount(filepath.Join(dir, filepath.Dir(certFile)), serving)
}

// Mount writes tls.crt and tls.key the way a kubelet updates a mounted Secret: a new folder with both files, then one rename that
// makes the link ..data lead there.
func Mount(mount string, pair pki.Pair) error {
	version := fmt.Sprintf("..%d", time.Now().UnixNano())
	if err := os.MkdirAll(filepath.Join(mount, version), 0o700); err != nil {
		return err
	}
	for name, content := range map[string][]byte{"tls.crt": pair.CertPEM, "tls.key": pair.KeyPEM} {
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
