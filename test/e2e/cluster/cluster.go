// Package cluster runs a Kubernetes control plane on loopback: etcd, kube-apiserver and kube-controller-manager, and
// nothing else. There is no kubelet, so pods are created and stay Pending.
package cluster

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	aggregator "k8s.io/kube-aggregator/pkg/client/clientset_generated/clientset"

	"coder-metrics-adapter/test/e2e/pki"
	"coder-metrics-adapter/test/e2e/process"
)

// Options say which programs to run and where.
type Options struct {
	Etcd, APIServer, ControllerManager, Kubectl string // paths of the programs
	Dir                                         string // data and certificates; the caller removes it
	Logs                                        string // one file for each program
	HPASyncPeriod                               time.Duration
	Hosts                                       []string // further addresses of kube-apiserver; none: loopback alone
}

// Cluster is a running control plane and its administrator's ways in.
type Cluster struct {
	Admin      *rest.Config
	Kubeconfig string // the administrator's
	Client     kubernetes.Interface
	Aggregator aggregator.Interface

	ClientCA   *pki.Authority // users' certificates
	FrontProxy *pki.Authority // the aggregator's own certificate towards the servers behind it

	options    Options
	etcdURL    string
	serverPort int
	serverCA   *pki.Authority
	signing    string     // file with the key of service account tokens
	programs   []*program // in the order of their start
}

// program is a part of the control plane that can be started again.
type program struct {
	*process.Process
	command []string
}

// Start brings the control plane up; what it has started when it fails is stopped again.
func Start(ctx context.Context, options Options) (*Cluster, error) {
	c := &Cluster{options: options}
	steps := []func(context.Context) error{
		c.makeAuthorities, c.startEtcd, c.startAPIServer, c.startControllerManager,
	}
	for _, step := range steps {
		if err := step(ctx); err != nil {
			c.Stop()
			return nil, err
		}
	}
	return c, nil
}

// Stop ends the programs, the last started first, so that none of them loses its server while it still works.
func (c *Cluster) Stop() {
	for i := len(c.programs) - 1; i >= 0; i-- {
		_ = c.programs[i].Stop(5 * time.Second) // nothing hangs on how a control plane ends
	}
}

// LogTails returns the end of every program's log.
func (c *Cluster) LogTails(lines int) string {
	var tails strings.Builder
	for _, p := range c.programs {
		tails.WriteString(p.LogTail(lines))
	}
	return tails.String()
}

func (c *Cluster) makeAuthorities(context.Context) (err error) {
	for _, authority := range []struct {
		into **pki.Authority
		name string
	}{
		{&c.serverCA, "kubernetes-ca"}, {&c.ClientCA, "client-ca"}, {&c.FrontProxy, "front-proxy-ca"},
	} {
		if *authority.into, err = pki.NewAuthority(authority.name); err != nil {
			return err
		}
	}
	key, err := pki.NewSigningKey()
	if err != nil {
		return err
	}
	c.signing, err = pki.WriteFile(c.options.Dir, "service-account.key", key)
	return err
}

// start runs a program of the control plane and waits until it is ready.
func (c *Cluster) start(ctx context.Context, command []string, ready func(context.Context) error) error {
	p, err := process.Start(filepath.Base(command[0]), c.options.Logs, command...)
	if err != nil {
		return err
	}
	c.programs = append(c.programs, &program{p, command})
	return p.AwaitReady(ctx, time.Minute, ready)
}

// Restart kills a program of the control plane, by the name of its file, and starts it again as it was some time later. It does not wait
// until the program is ready.
func (c *Cluster) Restart(name string, later time.Duration) (err error) {
	for _, p := range c.programs {
		if p.Name == name {
			p.Kill()
			time.Sleep(later)
			p.Process, err = process.Start(name, c.options.Logs, p.command...)
			return err
		}
	}
	return fmt.Errorf("no program %s was started", name)
}

// folder makes a folder of its own for one purpose.
func (c *Cluster) folder(name string) (string, error) {
	path := filepath.Join(c.options.Dir, name)
	return path, os.MkdirAll(path, 0o700)
}
