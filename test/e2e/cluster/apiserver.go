package cluster

import (
	"context"
	"fmt"
	"path/filepath"

	"k8s.io/client-go/kubernetes"
	aggregator "k8s.io/kube-aggregator/pkg/client/clientset_generated/clientset"

	"coder-metrics-adapter/test/e2e/loopback"
	"coder-metrics-adapter/test/e2e/pki"
)

func (c *Cluster) startAPIServer(ctx context.Context) error {
	port, err := loopback.FreePort()
	if err != nil {
		return err
	}
	c.serverPort = port
	listen := "127.0.0.1"
	if len(c.options.Hosts) > 0 {
		listen = "0.0.0.0"
	}
	files, err := c.writeServerFiles()
	if err != nil {
		return err
	}
	if err := c.makeAdmin(); err != nil {
		return err
	}
	return c.start(ctx, append([]string{
		c.options.APIServer,
		"--etcd-servers=" + c.etcdURL,
		"--bind-address=" + listen,
		"--advertise-address=127.0.0.1",
		fmt.Sprintf("--secure-port=%d", port),
		"--service-cluster-ip-range=10.0.0.0/24",
		"--authorization-mode=RBAC",
		"--service-account-issuer=https://kubernetes.default.svc",
		"--service-account-key-file=" + c.signing,
		"--service-account-signing-key-file=" + c.signing,
		"--requestheader-allowed-names=" + FrontProxyName,
		"--requestheader-username-headers=X-Remote-User",
		"--requestheader-uid-headers=X-Remote-Uid",
		"--requestheader-group-headers=X-Remote-Group",
		"--requestheader-extra-headers-prefix=X-Remote-Extra-",
		// The aggregator dials the endpoints itself: there is no kube-proxy that would answer on a cluster IP.
		"--enable-aggregator-routing=true",
		// The one way to hear from outside that another client certificate of the aggregator is in force.
		"--vmodule=dynamic_serving_content=2",
		// The "kubernetes" Service would get the endpoint 127.0.0.1, which is refused over and over.
		"--endpoint-reconciler-type=none",
	}, files...), c.apiServerReady)
}

// FrontProxyName is the common name by which a server knows the aggregator's certificate.
const FrontProxyName = "front-proxy-client"

// writeServerFiles writes kube-apiserver's certificates and returns the flags that name them.
func (c *Cluster) writeServerFiles() ([]string, error) {
	serving, err := c.serverCA.IssueServer(append([]string{"kubernetes.default.svc", "127.0.0.1", "localhost"}, c.options.Hosts...)...)
	if err != nil {
		return nil, err
	}
	if err := c.TrustFrontProxies(c.FrontProxy); err != nil {
		return nil, err
	}
	if err := c.UseFrontProxy(c.FrontProxy); err != nil {
		return nil, err
	}
	var flags []string
	for _, file := range []struct {
		flag, name string
		content    []byte
	}{
		{"--tls-cert-file=", "kube-apiserver.crt", serving.CertPEM},
		{"--tls-private-key-file=", "kube-apiserver.key", serving.KeyPEM},
		{"--client-ca-file=", "client-ca.crt", c.ClientCA.CertPEM},
	} {
		path, err := pki.WriteFile(c.options.Dir, file.name, file.content)
		if err != nil {
			return nil, err
		}
		flags = append(flags, file.flag+path)
	}
	return append(flags,
		"--requestheader-client-ca-file="+filepath.Join(c.options.Dir, frontProxyCA),
		"--proxy-client-cert-file="+filepath.Join(c.options.Dir, frontProxyCert),
		"--proxy-client-key-file="+filepath.Join(c.options.Dir, frontProxyKey)), nil
}

func (c *Cluster) makeAdmin() (err error) {
	if c.Kubeconfig, err = c.WriteKubeconfig("admin", "system:masters"); err != nil {
		return err
	}
	if c.Admin, err = c.restConfig(c.Kubeconfig); err != nil {
		return err
	}
	if c.Client, err = kubernetes.NewForConfig(c.Admin); err != nil {
		return err
	}
	c.Aggregator, err = aggregator.NewForConfig(c.Admin)
	return err
}

func (c *Cluster) apiServerReady(ctx context.Context) error {
	return c.Client.Discovery().RESTClient().Get().AbsPath("/readyz").Do(ctx).Error()
}
