package cluster

import (
	"fmt"
	"path/filepath"
	"strings"

	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/client-go/tools/clientcmd/api"
)

// WriteKubeconfig makes a user with a client certificate and returns the path of a kubeconfig for it.
func (c *Cluster) WriteKubeconfig(user string, groups ...string) (string, error) {
	pair, err := c.ClientCA.IssueClient(user, groups...)
	if err != nil {
		return "", err
	}
	return c.writeKubeconfig(user, &api.AuthInfo{ClientCertificateData: pair.CertPEM, ClientKeyData: pair.KeyPEM})
}

// WriteTokenKubeconfig returns the path of a kubeconfig for whoever has that token.
func (c *Cluster) WriteTokenKubeconfig(user, token string) (string, error) {
	return c.writeKubeconfig(user, &api.AuthInfo{Token: token})
}

func (c *Cluster) writeKubeconfig(user string, identity *api.AuthInfo) (string, error) {
	return c.WriteKubeconfigOf(user, "127.0.0.1", identity)
}

// WriteKubeconfigOf returns the path of a kubeconfig of that name, for an identity that reaches kube-apiserver at one of its hosts.
func (c *Cluster) WriteKubeconfigOf(user, host string, identity *api.AuthInfo) (string, error) {
	config := api.NewConfig()
	server := fmt.Sprintf("https://%s:%d", host, c.serverPort)
	config.Clusters["e2e"] = &api.Cluster{Server: server, CertificateAuthorityData: c.serverCA.CertPEM}
	config.AuthInfos[user] = identity
	config.Contexts["e2e"] = &api.Context{Cluster: "e2e", AuthInfo: user}
	config.CurrentContext = "e2e"
	path := filepath.Join(c.options.Dir, strings.ReplaceAll(user, ":", "-")+".kubeconfig")
	return path, clientcmd.WriteToFile(*config, path)
}

// restConfig lets the tests look as often as they like: client-go's default of 5 requests/s would slow them down.
func (c *Cluster) restConfig(kubeconfig string) (*rest.Config, error) {
	config, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	if err != nil {
		return nil, err
	}
	config.QPS, config.Burst = 100, 200
	// The one there is says that FQDN endpoints are deprecated; nothing else leads the aggregator to loopback.
	config.WarningHandler = rest.NoWarnings{}
	return config, nil
}
