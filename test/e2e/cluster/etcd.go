package cluster

import (
	"context"
	"fmt"
	"io"
	"net/http"

	"coder-metrics-adapter/test/e2e/loopback"
)

func (c *Cluster) startEtcd(ctx context.Context) error {
	clients, err := loopback.FreePort()
	if err != nil {
		return err
	}
	peers, err := loopback.FreePort()
	if err != nil {
		return err
	}
	data, err := c.folder("etcd")
	if err != nil {
		return err
	}
	c.etcdURL = fmt.Sprintf("http://127.0.0.1:%d", clients)
	peerURL := fmt.Sprintf("http://127.0.0.1:%d", peers)
	return c.start(ctx, []string{
		c.options.Etcd,
		"--data-dir=" + data,
		"--listen-client-urls=" + c.etcdURL,
		"--advertise-client-urls=" + c.etcdURL,
		"--listen-peer-urls=" + peerURL,
		"--initial-advertise-peer-urls=" + peerURL,
		"--initial-cluster=default=" + peerURL,
	}, c.etcdHealthy)
}

func (c *Cluster) etcdHealthy(ctx context.Context) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, c.etcdURL+"/health", nil)
	if err != nil {
		return err
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		body, _ := io.ReadAll(answer.Body)
		return fmt.Errorf("%s: %s", answer.Status, body)
	}
	return nil
}
