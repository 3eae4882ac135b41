package cluster

import (
	"bytes"
	"os"
	"path/filepath"

	"coder-metrics-adapter/test/e2e/pki"
)

// kube-apiserver reads these files again when they are replaced.
const (
	frontProxyCA   = "front-proxy-ca.crt"
	frontProxyCert = "front-proxy-client.crt"
	frontProxyKey  = "front-proxy-client.key"
)

// FrontProxyCertificateTaken is what kube-apiserver logs when it has read another client certificate of the aggregator.
const FrontProxyCertificateTaken = `"Loaded a new cert/key pair" name="aggregator-proxy-cert`

// TrustFrontProxies tells kube-apiserver whose front proxies servers shall believe. It publishes them in
// kube-system/extension-apiserver-authentication, beside those that stand there already.
func (c *Cluster) TrustFrontProxies(authorities ...*pki.Authority) error {
	var bundle bytes.Buffer
	for _, authority := range authorities {
		bundle.Write(authority.CertPEM)
	}
	return c.replace(frontProxyCA, bundle.Bytes())
}

// UseFrontProxy gives the aggregator a new client certificate of that authority.
func (c *Cluster) UseFrontProxy(authority *pki.Authority) error {
	pair, err := authority.IssueClient(FrontProxyName)
	if err != nil {
		return err
	}
	if err := c.replace(frontProxyKey, pair.KeyPEM); err != nil {
		return err
	}
	c.FrontProxy = authority
	return c.replace(frontProxyCert, pair.CertPEM)
}

// replace never leaves half a file to be read.
func (c *Cluster) replace(name string, content []byte) error {
	path, err := pki.WriteFile(c.options.Dir, name+".new", content)
	if err != nil {
		return err
	}
	return os.Rename(path, filepath.Join(c.options.Dir, name))
}
