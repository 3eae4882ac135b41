package cluster

import (
	"context"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"coder-metrics-adapter/test/e2e/pki"
)

// startControllerManager runs every stock controller, as kubeadm does, each with its own service account: the garbage
// collector and the namespace controller look at aggregated APIs too, and should find nothing to trip over.
func (c *Cluster) startControllerManager(ctx context.Context) error {
	kubeconfig, err := c.WriteKubeconfig("system:kube-controller-manager")
	if err != nil {
		return err
	}
	rootCA, err := pki.WriteFile(c.options.Dir, "kubernetes-ca.crt", c.serverCA.CertPEM)
	if err != nil {
		return err
	}
	volumePlugins, err := c.folder("volume-plugins")
	if err != nil {
		return err
	}
	return c.start(ctx, []string{
		c.options.ControllerManager,
		"--kubeconfig=" + kubeconfig,
		"--secure-port=0",
		"--leader-elect=false",
		"--use-service-account-credentials=true",
		"--service-account-private-key-file=" + c.signing,
		"--root-ca-file=" + rootCA,
		// Its default is a folder of the machine, which it makes where it is missing.
		"--flex-volume-plugin-dir=" + volumePlugins,
		"--horizontal-pod-autoscaler-sync-period=" + c.options.HPASyncPeriod.String(),
	}, c.controllersReady)
}

// controllersReady waits for the first thing controllers do in a new cluster and pods cannot do without.
func (c *Cluster) controllersReady(ctx context.Context) error {
	_, err := c.Client.CoreV1().ServiceAccounts("default").Get(ctx, "default", metav1.GetOptions{})
	return err
}
